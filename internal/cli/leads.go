package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"intake/internal/app"
	"intake/internal/config"
	"intake/internal/decisions"
	"intake/internal/lead"
	"intake/internal/store"
)

const leadsUsage = `usage: intake leads list [suspect|in_doubt|parked|refused|not_final|changed|stuck|tell]
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

A suspect or parked lead that came from a backup may have gone out since: release and again
need -confirmed WHO -at TIME for it too.
ID is our id, or the reference that the visitor sees on their page, such as K7PM-3XRT.
Reasons are kept for years: name no person in them.

example: intake leads resolve K7PM-3XRT -not-there -confirmed "Dana at Alleviate" -at 2026-03-02T15:04:00Z -by ann -reason "call of March 2"`

// attention are the lists that wait for a person.
var attention = []store.List{
	store.List(lead.InDoubt), store.List(lead.Parked), store.List(lead.Suspect), store.List(lead.Refused), store.NotFinal, store.Changed, store.Stuck, store.Tell,
}

// listed is how many leads of a list are shown.
const listed = 200

// manageLeads shows the leads that wait for a person and carries out what the person decides. It
// prints ids, times, codes and reasons and never what an applicant told us.
func manageLeads(ctx context.Context, in *invocation) error {
	action, rest := in.action()
	act, known := map[string]func(context.Context, *leadsCommand) error{
		"list": listLeads, "show": showLead, "resume": resumeSends, "resolve": resolveDoubt, "again": sendAgain,
		"amend": amendLead, "erase": eraseLeads, "told": toldAlleviate,
		"release": releaseLead, "discard": discardLead, "close": closeLead,
	}[action]
	if isHelp(action) {
		return flag.ErrHelp
	}
	if !known {
		return fmt.Errorf("say what to do\n%s", leadsUsage)
	}
	c := &leadsCommand{in: in.Stdin, out: in.Stdout, err: in.Stderr}
	if err := c.parse(in, rest); err != nil {
		return err
	}
	return in.withStore(ctx, func(cfg config.Config, s *store.Store) error {
		c.cfg, c.store, c.decisions = cfg, s, app.NewDecisions(cfg, s)
		return act(ctx, c)
	})
}

// leadsCommand is what one act of a person needs.
type leadsCommand struct {
	cfg       config.Config
	store     *store.Store
	decisions *decisions.Decisions
	in        io.Reader
	out       io.Writer
	err       io.Writer

	request   request
	set       corrections
	id        string // of a lead, or the name of a list
	by        decisions.Person
	there     string
	notThere  bool
	confirmed string
	at        string
}

// parse reads the flags; the id stands before or behind them.
func (c *leadsCommand) parse(in *invocation, args []string) error {
	flags := in.flags
	c.by.RequestID = "cli-" + rand.Text()
	flags.StringVar(&c.by.Name, "by", "", "who decides")
	flags.StringVar(&c.by.Reason, "reason", "", "why; no personal data")
	flags.StringVar(&c.there, "there", "", "the id under which Alleviate has the lead")
	flags.BoolVar(&c.notThere, "not-there", false, "Alleviate confirms that it does not have the lead")
	flags.StringVar(&c.confirmed, "confirmed", "", "who at Alleviate confirms it")
	flags.StringVar(&c.at, "at", "", "when they did, such as 2026-03-02T15:04:00Z")
	c.request.flags(flags)
	flags.Var(&c.set, "set", "amend: FIELD=-, whose new value is read from standard input")
	var err error
	c.id, err = in.parseWord(args)
	return err
}

func listLeads(ctx context.Context, c *leadsCommand) error {
	since, why, err := c.store.Halted(ctx)
	if err != nil {
		return err
	}
	if !since.IsZero() {
		fmt.Fprintf(c.out, "createLead is halted since %s: %s. See what is in doubt, then: intake leads resume\n\n", clock(since), why)
	}
	lists := attention
	if c.id != "" {
		lists = []store.List{store.List(c.id)}
	}
	for _, list := range lists {
		leads, err := c.store.Leads(ctx, list, listed)
		if err != nil {
			return err
		}
		c.table(list, leads)
	}
	return nil
}

func (c *leadsCommand) table(list store.List, leads []lead.Lead) {
	more := ""
	if len(leads) == listed {
		more = " or more"
	}
	fmt.Fprintf(c.out, "%s: %d%s\n", list, len(leads), more)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, l := range leads {
		fmt.Fprintf(w, "  %s\t%s\tsince %s\tattempt %d\tcode %d\t%s\n", l.ID, l.ID.Reference(), clock(l.ChangedAt), l.Attempt, l.ResultCode, l.Reason)
	}
	_ = w.Flush() // standard output has nobody to tell
}

func showLead(ctx context.Context, c *leadsCommand) error {
	l, err := c.find(ctx)
	if err != nil {
		return err
	}
	history, err := c.store.History(ctx, l.ID)
	if err != nil {
		return err
	}
	acts, err := c.store.AuditOf(ctx, string(l.ID))
	if err != nil {
		return err
	}
	tell, told, err := c.store.ToTell(ctx, l.ID)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, fact := range [][2]string{
		{"our id", string(l.ID)}, {"reference", l.ID.Reference().String()}, {"Alleviate's id", string(l.AlleviateID)}, {"status", string(l.Status)}, {"since", clock(l.ChangedAt)},
		{"reason", l.Reason}, {"held for", l.Hold}, {"waits for", string(l.Step)}, {"due", clock(l.NextAttemptAt)}, {"lease until", clock(l.LeaseUntil)},
		{"attempts", fmt.Sprint(l.Attempt)}, {"failures", fmt.Sprint(l.Failures)}, {"in doubt since", clock(l.DoubtSince)},
		{"result code", fmt.Sprint(l.ResultCode)}, {"submitLead status", fmt.Sprint(l.SubmitStatus)}, {"CRM record", strings.TrimSpace(l.CRM + " " + l.CRMRecordID)},
		{"received", clock(l.ReceivedAt)}, {"answers erased", clock(l.ErasedAt)}, {"tell Alleviate since", clock(tell)}, {"Alleviate was told", clock(told)},
	} {
		if fact[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", fact[0], fact[1])
		}
	}
	fmt.Fprintln(w, "\nhistory")
	for _, e := range history {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", clock(e.At), e.Attempt, e.Event, e.To, e.Reason)
	}
	for _, e := range acts {
		fmt.Fprintf(w, "%s\t\t%s\tby %s\t%s\n", clock(e.At), e.Action, e.Who, e.Reason)
	}
	_ = w.Flush() // standard output has nobody to tell
	fmt.Fprintf(c.out, "\nchoices: %s\n", choices(l))
	if l.Status == lead.InDoubt {
		fmt.Fprintf(c.out, "ask Alleviate: do you have a lead with our leadId %s, and under which id?\n", l.ID)
	}
	return nil
}

// choices names the commands for what may be decided.
func choices(l lead.Lead) string {
	words := map[lead.Event]string{
		lead.SuspectFreed: "release", lead.SuspectDiscarded: "discard", lead.FoundThere: "resolve -there", lead.NotThere: "resolve -not-there",
		lead.SendAgain: "again", lead.GoOn: "again", lead.ClosedByHand: "close",
	}
	var names []string
	for _, event := range l.Choices() {
		names = append(names, words[event])
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (c *leadsCommand) find(ctx context.Context) (lead.Lead, error) {
	if c.id == "" {
		return lead.Lead{}, fmt.Errorf("name the lead by our id or its reference\n%s", leadsUsage)
	}
	return c.factsOf(ctx, c.id)
}

// factsOf is the lead of an id or a reference.
func (c *leadsCommand) factsOf(ctx context.Context, typed string) (lead.Lead, error) {
	id, err := leadNamed(ctx, c.store, typed)
	if err != nil {
		return lead.Lead{}, err
	}
	return c.store.Facts(ctx, id)
}

func releaseLead(ctx context.Context, c *leadsCommand) error {
	return c.decideConfirmed(ctx, lead.SuspectFreed, c.decisions.Release)
}

func discardLead(ctx context.Context, c *leadsCommand) error {
	l, err := c.find(ctx)
	if err != nil {
		return err
	}
	now, err := c.decisions.Discard(ctx, l, c.by)
	return c.show(now, lead.SuspectDiscarded, err)
}

func sendAgain(ctx context.Context, c *leadsCommand) error {
	return c.decideConfirmed(ctx, lead.SendAgain, c.decisions.SendAgain)
}

func closeLead(ctx context.Context, c *leadsCommand) error {
	l, err := c.find(ctx)
	if err != nil {
		return err
	}
	now, tell, err := c.decisions.Close(ctx, l, c.by)
	if err := c.show(now, lead.ClosedByHand, err); err != nil {
		return err
	}
	if tell {
		fmt.Fprintln(c.out, "Alleviate may have this lead; its API has no cancel: tell them to stop, then: intake leads told ID.")
	}
	return nil
}

// decideConfirmed carries out a decision to send with who at Alleviate confirms that it does not have the
// lead, when that was given.
func (c *leadsCommand) decideConfirmed(ctx context.Context, event lead.Event, decide func(context.Context, lead.Lead, decisions.Person, decisions.Confirmation) (lead.Lead, error)) error {
	l, err := c.find(ctx)
	if err != nil {
		return err
	}
	confirmation := decisions.Confirmation{Who: c.confirmed}
	if c.at != "" || event == lead.NotThere {
		if confirmation.At, err = time.Parse(time.RFC3339, c.at); err != nil {
			return errors.New("-at must be a time such as 2026-03-02T15:04:00Z")
		}
	}
	now, err := decide(ctx, l, c.by, confirmation)
	return c.show(now, event, err)
}

func resolveDoubt(ctx context.Context, c *leadsCommand) error {
	if (c.there == "") == !c.notThere {
		return errors.New("say either -there with Alleviate's id or -not-there; without an answer from Alleviate the lead stays in doubt")
	}
	if c.notThere {
		return c.decideConfirmed(ctx, lead.NotThere, c.decisions.NotThere)
	}
	l, err := c.find(ctx)
	if err != nil {
		return err
	}
	now, err := c.decisions.Adopt(ctx, l, c.by, lead.AlleviateID(c.there))
	return c.show(now, lead.FoundThere, err)
}

// show prints what became of the lead.
func (c *leadsCommand) show(now lead.Lead, event lead.Event, err error) error {
	if err == nil {
		fmt.Fprintf(c.out, "%s: %s, now %s\n", now.ID, event, now.Status)
	}
	return err
}

func resumeSends(ctx context.Context, c *leadsCommand) error {
	if c.by.Reason == "" {
		return errors.New("to resume needs a reason")
	}
	err := c.store.Resume(ctx, c.entry(""))
	if err == nil {
		fmt.Fprintln(c.out, "createLead goes on.")
	}
	return err
}

// clock is a time as people read it; nothing for none.
func clock(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05Z")
}
