package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"intake/internal/app"
	"intake/internal/audit"
	"intake/internal/lead"
	"intake/validation"
)

// request is whose answers are to be erased, and how.
type request struct {
	phone, email, id string
	dryRun           bool
	wait             time.Duration
}

func (r *request) flags(flags *flag.FlagSet) {
	flags.StringVar(&r.phone, "phone", "", "erase: - reads a phone number from standard input")
	flags.StringVar(&r.email, "email", "", "erase: - reads an e-mail address from standard input")
	flags.StringVar(&r.id, "id", "", "erase: our id of a lead")
	flags.BoolVar(&r.dryRun, "dry-run", false, "erase: tell what would be erased, and erase nothing")
	flags.DurationVar(&r.wait, "wait", 3*time.Minute, "erase: how long to wait for a call that is out")
}

// eraseLeads erases a person's answers because they asked for it, and says what stays and why.
func eraseLeads(ctx context.Context, c *leadsCommand) error {
	if c.by.Name == "" || c.by.Reason == "" {
		return errors.New("an erasure needs -by and -reason")
	}
	leads, err := c.requested(ctx)
	if err != nil {
		return err
	}
	if c.request.dryRun {
		c.table("would be erased", leads)
		return nil
	}
	if len(leads) == 0 {
		fmt.Fprintln(c.out, "No lead of ours has these answers; those whose time is over were erased before. There is nothing to erase.")
		return c.store.Audit(ctx, c.entry("erase on request, none found"))
	}
	var failed error
	for _, l := range leads {
		if err := c.erase(ctx, l); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return errors.Join(failed, c.afterErasing(ctx), c.tellOfErasure(ctx, leads))
}

func (c *leadsCommand) entry(action string) audit.Entry {
	return audit.Entry{Who: c.by.Name, Action: action, Reason: c.by.Reason, RequestID: c.by.RequestID}
}

// requested finds the leads that the request is about.
func (c *leadsCommand) requested(ctx context.Context) ([]lead.Lead, error) {
	r := c.request
	if r.id == "" {
		r.id = c.id
	}
	if r.id != "" && r.phone+r.email == "" {
		l, err := c.factsOf(ctx, r.id)
		return []lead.Lead{l}, err
	}
	if r.id != "" || r.phone+r.email == "" {
		return nil, fmt.Errorf("say whose answers: -phone -, -email - or both, or else -id ID\n%s", leadsUsage)
	}
	in := bufio.NewReader(c.in)
	phone, err := c.answer(in, "homePhone", "phone", r.phone)
	if err != nil {
		return nil, err
	}
	email, err := c.answer(in, "email", "email", r.email)
	if err != nil {
		return nil, err
	}
	return c.store.LeadsOf(ctx, phone, email)
}

// answer reads a line of standard input and normalises it as the form does. On the command line the
// value would stand in the list of processes and in the history of the shell.
func (c *leadsCommand) answer(in *bufio.Reader, field, name, given string) (string, error) {
	if given == "" {
		return "", nil
	}
	if given != "-" {
		return "", fmt.Errorf("-%s takes only -, which reads the value from standard input: on the command line every process could see it, and the shell would keep it", name)
	}
	if terminal(c.in) {
		fmt.Fprintf(c.err, "%s: ", name)
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

// terminal says whether a person types at in.
func terminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// erase erases one lead, when the call that is out for it has ended.
func (c *leadsCommand) erase(ctx context.Context, l lead.Lead) error {
	erased, err := c.decisions.Erase(ctx, l, c.by, c.request.wait, func(l lead.Lead) {
		fmt.Fprintf(c.out, "%s: a call for it is out, until %s at the latest; waiting\n", l.ID, clock(l.LeaseUntil))
	})
	if errors.Is(err, lead.ErrCalling) {
		return fmt.Errorf("%s is left as it is: %w; run this command again", l.ID, err)
	}
	if err == nil {
		fmt.Fprintf(c.out, "%s: its answers are erased; it is %s\n", erased.ID, erased.Status)
	}
	return err
}

// afterErasing makes the erasure hold: in the files, and after a restore.
func (c *leadsCommand) afterErasing(ctx context.Context) error {
	if c.cfg.ForgetFile == "" {
		fmt.Fprintln(c.out, "INTAKE_FORGET_FILE is not set: after a restore from a backup, erase these leads again.")
	} else if _, err := c.store.SyncForgetFile(ctx, string(c.cfg.ForgetFile), c.entry("")); err != nil {
		return err
	}
	since, err := c.decisions.Scrub(ctx)
	if err == nil && !since.IsZero() {
		fmt.Fprintln(c.out, "The database is too busy or too big to make it unreadable in its files now: run intake retention -rewrite in a quiet hour.")
	}
	return err
}

// tellOfErasure says what stays, and prints what to send to Alleviate.
func (c *leadsCommand) tellOfErasure(ctx context.Context, leads []lead.Lead) error {
	fmt.Fprintln(c.out, "\nWhat stays: the consent record with name, phone, times, texts and the page as it was shown, sealed and without any other answer.\n"+
		"The Telemarketing Sales Rule asks for five years of it (16 CFR 310.5). It is erased by itself:")
	for _, l := range leads {
		until, err := c.store.EvidenceUntil(ctx, l.ID, app.Retention(c.cfg))
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "  %s after %s\n", l.ID, until.Format(time.DateOnly))
	}
	fmt.Fprintln(c.out, "Ids, times, result codes and the history stay too; they name nobody. Who does not want to be called any more opts out as well.")
	return c.letter(ctx, leads)
}

// letter is for Alleviate, whose API can delete nothing.
func (c *leadsCommand) letter(ctx context.Context, leads []lead.Lead) error {
	open, err := c.decisions.ToTell(ctx, leads)
	if err != nil {
		return err
	}
	var lines []string
	for _, l := range open {
		theirs := "its id with you is not known to us"
		if l.AlleviateID != "" {
			theirs = "your id " + string(l.AlleviateID)
		}
		lines = append(lines, fmt.Sprintf("  our leadId %s, %s\n", l.ID, theirs))
	}
	if lines == nil {
		fmt.Fprintln(c.out, "\nAlleviate never had any of this: there is nothing to ask of them.")
		return nil
	}
	fmt.Fprintf(c.out, "\nAlleviate has it, or may have it, and its API can delete nothing. Send them this, then: intake leads told ID\n\n"+
		"  A person asked us to erase their data. Please erase what you hold of the leads below, stop\n"+
		"  calling about them, and confirm both to us. Should you not have one of them, tell us that.\n%s", strings.Join(lines, ""))
	return nil
}

// toldAlleviate takes a lead off the list of those that Alleviate is to be told about.
func toldAlleviate(ctx context.Context, c *leadsCommand) error {
	l, err := c.find(ctx)
	if err != nil {
		return err
	}
	if err := c.decisions.Told(ctx, l, c.by); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: Alleviate was told\n", l.ID)
	return nil
}
