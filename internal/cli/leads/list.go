package leads

import (
	"context"
	"fmt"
	"text/tabwriter"

	"intake/internal/cli/command"
	"intake/internal/lead"
	"intake/internal/store"
)

// waiting are the lists of leads that wait for a person.
var waiting = []store.List{
	store.List(lead.InDoubt), store.List(lead.Parked), store.List(lead.Suspect), store.List(lead.Refused), store.NotFinal, store.Changed, store.Stuck, store.Tell,
}

// maxListed is how many leads of a list are shown.
const maxListed = 200

func list(ctx context.Context, a *action) error {
	since, why, err := a.store.Halted(ctx)
	if err != nil {
		return err
	}
	if !since.IsZero() {
		fmt.Fprintf(a.out, "createLead is halted since %s: %s. See what is in doubt, then: intake leads resume\n\n", command.FormatTime(since), why)
	}
	lists := waiting
	if a.id != "" {
		lists = []store.List{store.List(a.id)}
	}
	for _, name := range lists {
		leads, err := a.store.Leads(ctx, name, maxListed)
		if err != nil {
			return err
		}
		a.printTable(name, leads)
	}
	return nil
}

func (a *action) printTable(name store.List, leads []lead.Lead) {
	more := ""
	if len(leads) == maxListed {
		more = " or more"
	}
	fmt.Fprintf(a.out, "%s: %d%s\n", name, len(leads), more)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, l := range leads {
		fmt.Fprintf(w, "  %s\t%s\tsince %s\tattempt %d\tcode %d\t%s\n", l.ID, l.ID.Reference(), command.FormatTime(l.ChangedAt), l.Attempt, l.ResultCode, l.Reason)
	}
	_ = w.Flush() // a failure to write to standard output cannot be reported
}
