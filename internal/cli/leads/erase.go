package leads

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"intake/internal/cli/command"
	"intake/internal/lead"
	"intake/validation"
)

// erasure is whose answers to erase, and how.
type erasure struct {
	phone, email, id string
	dryRun           bool
	wait             time.Duration
}

func (e *erasure) addFlags(flags *flag.FlagSet) {
	flags.StringVar(&e.phone, "phone", "", "erase: - reads a phone number from standard input")
	flags.StringVar(&e.email, "email", "", "erase: - reads an e-mail address from standard input")
	flags.StringVar(&e.id, "id", "", "erase: our id of a lead")
	flags.BoolVar(&e.dryRun, "dry-run", false, "erase: tell what would be erased, and erase nothing")
	flags.DurationVar(&e.wait, "wait", 3*time.Minute, "erase: how long to wait for a call that is out")
}

// erase erases a person's answers because they asked for it, and prints what is kept and why.
func erase(ctx context.Context, a *action) error {
	if a.by.Name == "" || a.by.Reason == "" {
		return errors.New("an erasure needs -by and -reason")
	}
	leads, err := a.leadsToErase(ctx)
	if err != nil {
		return err
	}
	if a.erasure.dryRun {
		a.printTable("would be erased", leads)
		return nil
	}
	if len(leads) == 0 {
		if err := a.store.AuditLog().Write(ctx, a.entry("erase on request, none found")); err != nil {
			return err
		}
		fmt.Fprintln(a.out, "No lead of ours has these answers; those whose time is over were erased before. There is nothing to erase.")
		return nil
	}
	var failed error
	for _, l := range leads {
		if err := a.eraseLead(ctx, l); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return errors.Join(failed, a.makePermanent(ctx), a.reportErasure(ctx, leads))
}

// leadsToErase finds the leads that the flags name.
func (a *action) leadsToErase(ctx context.Context) ([]lead.Summary, error) {
	e := a.erasure
	id := cmp.Or(e.id, a.id)
	if id != "" && e.phone+e.email == "" {
		l, err := a.leadNamed(ctx, id)
		return []lead.Summary{l.Summary()}, err
	}
	if id != "" || e.phone+e.email == "" {
		return nil, fmt.Errorf("say whose answers: -phone -, -email - or both, or else -id ID\n%s", Usage)
	}
	in := bufio.NewReader(a.in)
	phone, err := a.readAnswer(in, "homePhone", "phone", e.phone)
	if err != nil {
		return nil, err
	}
	email, err := a.readAnswer(in, "email", "email", e.email)
	if err != nil {
		return nil, err
	}
	return a.allLeadsOf(ctx, phone, email)
}

// allLeadsOf reads all pages before anything is erased: a lead whose answers are erased is found no more.
func (a *action) allLeadsOf(ctx context.Context, phone, email string) (all []lead.Summary, err error) {
	for page := (lead.Page{Size: maxListed}); ; {
		leads, err := a.store.LeadsOf(ctx, phone, email, page)
		all = append(all, leads...)
		if err != nil || len(leads) < page.Size {
			return all, err
		}
		page.After = leads[len(leads)-1].Cursor()
	}
}

// readAnswer reads a line of standard input and normalizes it as the form does. It takes no value from the command
// line, which the list of processes and the shell's history would show.
func (a *action) readAnswer(in *bufio.Reader, field, name, given string) (string, error) {
	if given == "" {
		return "", nil
	}
	if given != "-" {
		return "", fmt.Errorf("-%s takes only -, which reads the value from standard input: on the command line every process could see it, and the shell would keep it", name)
	}
	if isTerminal(a.in) {
		fmt.Fprintf(a.err, "%s: ", name)
	}
	line, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the %s from standard input: %w", name, err)
	}
	typed := validation.NewForm(map[string]string{field: strings.TrimRight(line, "\r\n")})
	applicant, problems := validation.Parse(typed, validation.Options{Desk: true})
	if problem, found := problems.For(field); found {
		return "", errors.New(problem.Message.In("en"))
	}
	for _, answer := range applicant.Answers() {
		if text, given := answer.Text(); given && answer.Name == field {
			return text, nil
		}
	}
	return "", fmt.Errorf("no %s stands on standard input", name)
}

// isTerminal reports whether in is a terminal.
func isTerminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// eraseLead erases the answers of one lead. It waits for the end of a call that is running for it.
func (a *action) eraseLead(ctx context.Context, found lead.Summary) error {
	l, err := a.store.Facts(ctx, found.ID)
	if err != nil {
		return err
	}
	erased, err := a.decisions.Erase(ctx, l, a.by, a.erasure.wait, func(l lead.Lead) {
		fmt.Fprintf(a.out, "%s: a call for it is out, until %s at the latest; waiting\n", l.ID, command.FormatTime(l.LeaseUntil))
	})
	if errors.Is(err, lead.ErrCalling) {
		return fmt.Errorf("%s is left as it is: %w; run this command again", l.ID, err)
	}
	if err == nil {
		fmt.Fprintf(a.out, "%s: its answers are erased; it is %s\n", erased.ID, erased.Status)
	}
	return err
}

// makePermanent records the erasures for a restore from an older backup, and makes the erased values unreadable in
// the database's files.
func (a *action) makePermanent(ctx context.Context) error {
	if a.cfg.ForgetFile == "" {
		fmt.Fprintln(a.out, "INTAKE_FORGET_FILE is not set: after a restore from a backup, erase these leads again.")
	} else if _, err := a.store.SyncForgetFile(ctx, string(a.cfg.ForgetFile), a.entry("")); err != nil {
		return err
	}
	since, err := a.decisions.Scrub(ctx)
	if err == nil && !since.IsZero() {
		fmt.Fprintln(a.out, "The database is too busy or too big to make it unreadable in its files now: run intake retention -rewrite in a quiet hour.")
	}
	return err
}
