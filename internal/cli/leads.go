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
	"intake/internal/audit"
	"intake/internal/config"
	"intake/internal/delivery"
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
	act, known := map[string]func(context.Context, *desk) error{
		"list": listLeads, "show": showLead, "resume": resumeSends, "resolve": resolveDoubt, "again": sendAgain,
		"amend": amendLead, "erase": eraseLeads, "told": toldAlleviate,
		"release": release, "discard": decides(lead.SuspectDiscarded), "close": decides(lead.ClosedByHand),
	}[action]
	if isHelp(action) {
		return flag.ErrHelp
	}
	if !known {
		return fmt.Errorf("say what to do\n%s", leadsUsage)
	}
	d := &desk{in: in.Stdin, out: in.Stdout, err: in.Stderr}
	if err := d.parse(in, rest); err != nil {
		return err
	}
	var err error
	if d.cfg, err = config.Read(in.Environ); err != nil {
		return err
	}
	if d.leads, err = app.OpenStore(ctx, d.cfg, false); err != nil {
		return err
	}
	return errors.Join(act(ctx, d), d.leads.Close())
}

// desk is what one act of a person needs.
type desk struct {
	cfg   config.Config
	leads *store.Store
	in    io.Reader
	out   io.Writer
	err   io.Writer

	request   request
	set       corrections
	id        string // of a lead, or the name of a list
	by        string
	reason    string
	there     string
	notThere  bool
	confirmed string
	at        string
}

// parse reads the flags; the id stands before or behind them.
func (d *desk) parse(in *invocation, args []string) error {
	flags := in.flags
	flags.StringVar(&d.by, "by", "", "who decides")
	flags.StringVar(&d.reason, "reason", "", "why; no personal data")
	flags.StringVar(&d.there, "there", "", "the id under which Alleviate has the lead")
	flags.BoolVar(&d.notThere, "not-there", false, "Alleviate confirms that it does not have the lead")
	flags.StringVar(&d.confirmed, "confirmed", "", "who at Alleviate confirms it")
	flags.StringVar(&d.at, "at", "", "when they did, such as 2026-03-02T15:04:00Z")
	d.request.flags(flags)
	flags.Var(&d.set, "set", "amend: FIELD=-, whose new value is read from standard input")
	var err error
	d.id, err = in.parseWord(args)
	return err
}

func listLeads(ctx context.Context, d *desk) error {
	since, why, err := d.leads.Halted(ctx)
	if err != nil {
		return err
	}
	if !since.IsZero() {
		fmt.Fprintf(d.out, "createLead is halted since %s: %s. See what is in doubt, then: intake leads resume\n\n", clock(since), why)
	}
	lists := attention
	if d.id != "" {
		lists = []store.List{store.List(d.id)}
	}
	for _, list := range lists {
		leads, err := d.leads.Leads(ctx, list, listed)
		if err != nil {
			return err
		}
		d.table(list, leads)
	}
	return nil
}

func (d *desk) table(list store.List, leads []lead.Lead) {
	more := ""
	if len(leads) == listed {
		more = " or more"
	}
	fmt.Fprintf(d.out, "%s: %d%s\n", list, len(leads), more)
	w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	for _, l := range leads {
		fmt.Fprintf(w, "  %s\t%s\tsince %s\tattempt %d\tcode %d\t%s\n", l.ID, l.ID.Reference(), clock(l.ChangedAt), l.Attempt, l.ResultCode, l.Reason)
	}
	_ = w.Flush() // standard output has nobody to tell
}

func showLead(ctx context.Context, d *desk) error {
	l, err := d.find(ctx)
	if err != nil {
		return err
	}
	history, err := d.leads.History(ctx, l.ID)
	if err != nil {
		return err
	}
	acts, err := d.leads.AuditOf(ctx, string(l.ID))
	if err != nil {
		return err
	}
	tell, told, err := d.leads.ToTell(ctx, l.ID)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
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
	fmt.Fprintf(d.out, "\nchoices: %s\n", choices(l))
	if l.Status == lead.InDoubt {
		fmt.Fprintf(d.out, "ask Alleviate: do you have a lead with our leadId %s, and under which id?\n", l.ID)
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

func (d *desk) find(ctx context.Context) (lead.Lead, error) {
	if d.id == "" {
		return lead.Lead{}, fmt.Errorf("name the lead by our id or its reference\n%s", leadsUsage)
	}
	return d.factsOf(ctx, d.id)
}

// factsOf is the lead of an id or a reference.
func (d *desk) factsOf(ctx context.Context, typed string) (lead.Lead, error) {
	id, err := leadNamed(ctx, d.leads, typed)
	if err != nil {
		return lead.Lead{}, err
	}
	return d.leads.Facts(ctx, id)
}

// decides is the act of one event.
func decides(event lead.Event) func(context.Context, *desk) error {
	return func(ctx context.Context, d *desk) error {
		l, err := d.find(ctx)
		if err != nil {
			return err
		}
		return d.decide(ctx, l, lead.Decision{Event: event})
	}
}

func sendAgain(ctx context.Context, d *desk) error {
	l, err := d.find(ctx)
	if err != nil {
		return err
	}
	if l.AlleviateID != "" {
		return d.decide(ctx, l, lead.Decision{Event: lead.GoOn})
	}
	return d.decideConfirmed(ctx, l, lead.SendAgain)
}

func release(ctx context.Context, d *desk) error {
	l, err := d.find(ctx)
	if err != nil {
		return err
	}
	return d.decideConfirmed(ctx, l, lead.SuspectFreed)
}

// decideConfirmed adds who at Alleviate confirms that it does not have the lead, when that was given.
func (d *desk) decideConfirmed(ctx context.Context, l lead.Lead, event lead.Event) error {
	decision := lead.Decision{Event: event, Confirmed: d.confirmed}
	if d.at != "" || event == lead.NotThere {
		at, err := time.Parse(time.RFC3339, d.at)
		if err != nil {
			return errors.New("-at must be a time such as 2026-03-02T15:04:00Z")
		}
		decision.ConfirmedAt = at
	}
	return d.decide(ctx, l, decision)
}

func resolveDoubt(ctx context.Context, d *desk) error {
	l, err := d.find(ctx)
	if err != nil {
		return err
	}
	if (d.there == "") == !d.notThere {
		return errors.New("say either -there with Alleviate's id or -not-there; without an answer from Alleviate the lead stays in doubt")
	}
	if d.notThere {
		return d.decideConfirmed(ctx, l, lead.NotThere)
	}
	decision := d.complete(l, lead.Decision{Event: lead.FoundThere, AlleviateID: lead.AlleviateID(d.there)})
	if err := l.Takes(decision); err != nil {
		return err
	}
	if d.cfg.APIURL == "" {
		return errors.New("the simulator lives in another process: set ALLEVIATE_TOKEN_URL and ALLEVIATE_API_URL to the addresses in its log")
	}
	client, err := app.NewClient(d.cfg, app.EnvironmentOf(d.cfg))
	if err != nil {
		return err
	}
	if decision, err = delivery.Found(ctx, client, l, decision, d.cfg.CRM == config.Manual, time.Now()); err != nil {
		return fmt.Errorf("nothing was changed: %w", err)
	}
	return d.decide(ctx, l, decision)
}

// complete fills in who decides, why, and what they saw.
func (d *desk) complete(l lead.Lead, decision lead.Decision) lead.Decision {
	decision.Attempt, decision.Who, decision.Reason, decision.RequestID = l.Attempt, d.by, d.reason, "cli-"+rand.Text()
	return decision
}

func (d *desk) decide(ctx context.Context, l lead.Lead, decision lead.Decision) error {
	now, err := d.leads.Decide(ctx, l.ID, d.complete(l, decision))
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%s: %s, now %s\n", now.ID, decision.Event, now.Status)
	if decision.Event == lead.ClosedByHand && (l.AlleviateID != "" || l.Status == lead.InDoubt) {
		fmt.Fprintln(d.out, "Alleviate may have this lead; its API has no cancel: tell them to stop, then: intake leads told ID.")
	}
	return nil
}

func resumeSends(ctx context.Context, d *desk) error {
	if d.reason == "" {
		return errors.New("to resume needs a reason")
	}
	err := d.leads.Resume(ctx, audit.Entry{Who: d.by, Reason: d.reason, RequestID: "cli-" + rand.Text()})
	if err == nil {
		fmt.Fprintln(d.out, "createLead goes on.")
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
