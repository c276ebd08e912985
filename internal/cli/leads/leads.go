// Package leads is the subcommand intake leads: it shows the leads that wait for a person and carries out what the
// person decides. It prints ids, times, codes and reasons, and never an applicant's answers.
package leads

import (
	"context"
	"flag"
	"fmt"
	"io"

	"intake/internal/app"
	"intake/internal/audit"
	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/decisions"
	"intake/internal/lead"
	"intake/internal/store"
)

// Usage is how intake leads is called.
const Usage = `usage: intake leads list [suspect|in_doubt|parked|refused|not_final|changed|stuck|tell] [-n 200] [-after PLACE]
                                                        a page of each list, or of one; any status is a list too
       intake leads show ID
       intake leads release ID -by NAME -reason WHY     a suspect is a person: it is sent
       intake leads discard ID -by NAME -reason WHY     a suspect is a machine: it is closed
       intake leads resolve ID -by NAME -reason WHY     a lead in doubt, with one of
             -there ALLEVIATE-ID                        Alleviate has it: checked there, then adopted
             -not-there -confirmed WHO -at TIME         Alleviate says it has not: it is sent again
       intake leads amend ID -by NAME -reason WHY       answers that Alleviate refused are corrected
             -set FIELD=- [-set FIELD=-] …              lines FIELD=value come from standard input
       intake leads again ID -by NAME -reason WHY       a parked lead is sent, or goes on
       intake leads close ID -by NAME -reason WHY       nothing more is done with it
       intake leads told ID -by NAME -reason WHOM       Alleviate was told that a lead ended here
       intake leads erase -by NAME -reason WHY [-dry-run] [-wait 3m]   a person asked for it, with
             -phone - and/or -email -                   the value comes from standard input
             -id ID                                     one lead
       intake leads resume -by NAME -reason WHY         createLead goes on after a halt

A suspect or parked lead that came from a backup may have gone out since, and of a parked lead that
was sent twice nobody knows what became of the first call: release and again need -confirmed WHO -at
TIME for them too.
ID is our id, or the reference that the visitor sees on their page, such as K7PM-3XRT.
Reasons are kept for years: name no person in them.

example: intake leads resolve K7PM-3XRT -not-there -confirmed "Dana at Alleviate" -at 2026-03-02T15:04:00Z -by ann -reason "call of March 2"`

// Run carries out one action of intake leads.
func Run(ctx context.Context, in *command.Invocation) error {
	name, rest := in.Action()
	run, known := map[string]func(context.Context, *action) error{
		"list": list, "show": show, "resume": resume, "resolve": resolve, "again": sendAgain,
		"amend": amend, "erase": erase, "told": markTold,
		"release": release, "discard": discard, "close": closeLead,
	}[name]
	if command.IsHelp(name) {
		return flag.ErrHelp
	}
	if !known {
		return fmt.Errorf("name an action\n%s", Usage)
	}
	a := &action{in: in.Stdin, out: in.Stdout, err: in.Stderr}
	if err := a.parse(in, rest); err != nil {
		return err
	}
	return in.WithStore(ctx, func(cfg config.Config, s *store.Store) error {
		a.cfg, a.store, a.decisions = cfg, s, app.NewDecisions(cfg, s)
		return run(ctx, a)
	})
}

// action is what one action of intake leads is run with.
type action struct {
	cfg       config.Config
	store     *store.Store
	decisions *decisions.Decisions
	in        io.Reader
	out       io.Writer
	err       io.Writer

	id        string // of a lead, or the name of a list
	by        decisions.Person
	there     string
	notThere  bool
	confirmed string
	at        string
	set       corrections
	erasure   erasure
	listing   listing
}

// parse reads the flags, and the id before or after them.
func (a *action) parse(in *command.Invocation, args []string) error {
	flags := in.Flags
	a.by.RequestID = command.NewRequestID()
	flags.StringVar(&a.by.Name, "by", "", "who decides")
	flags.StringVar(&a.by.Reason, "reason", "", "why; no personal data")
	flags.StringVar(&a.there, "there", "", "the id under which Alleviate has the lead")
	flags.BoolVar(&a.notThere, "not-there", false, "Alleviate confirms that it does not have the lead")
	flags.StringVar(&a.confirmed, "confirmed", "", "who at Alleviate confirms it")
	flags.StringVar(&a.at, "at", "", "when they did, such as 2026-03-02T15:04:00Z")
	flags.Var(&a.set, "set", "amend: FIELD=-, whose new value is read from standard input")
	a.erasure.addFlags(flags)
	a.listing.addFlags(flags)
	var err error
	a.id, err = in.ParseOperand(args)
	return err
}

// lead returns the lead that the command names, without its answers.
func (a *action) lead(ctx context.Context) (lead.Lead, error) {
	if a.id == "" {
		return lead.Lead{}, fmt.Errorf("name the lead by our id or its reference\n%s", Usage)
	}
	return a.leadNamed(ctx, a.id)
}

func (a *action) leadNamed(ctx context.Context, name string) (lead.Lead, error) {
	id, err := command.LeadID(ctx, a.store, name)
	if err != nil {
		return lead.Lead{}, err
	}
	return a.store.Facts(ctx, id)
}

// entry is the audit entry of an action that no decision records.
func (a *action) entry(name string) audit.Entry {
	return audit.Entry{Who: a.by.Name, Action: name, Reason: a.by.Reason, RequestID: a.by.RequestID}
}
