package leads

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"text/tabwriter"

	"intake/internal/cli/command"
	"intake/internal/lead"
	"intake/internal/store"
)

// waiting are the lists of leads that wait for a person.
var waiting = []store.List{
	store.InDoubt, store.Parked, store.Suspect, store.Refused, store.NotFinal, store.Changed, store.Stuck, store.Tell,
}

// listing is which part of which lists is shown.
type listing struct {
	size  int
	after string
}

func (l *listing) addFlags(flags *flag.FlagSet) {
	flags.IntVar(&l.size, "n", 200, "list: how many leads of a list are shown")
	flags.StringVar(&l.after, "after", "", "list: goes on behind a place, which the page before has printed")
}

// page is the page that the flags name.
func (l *listing) page(list string) (lead.Page, error) {
	if l.size < 1 || l.size > maxListed {
		return lead.Page{}, fmt.Errorf("-n is from 1 to %d", maxListed)
	}
	if l.after == "" {
		return lead.Page{Size: l.size}, nil
	}
	if list == "" {
		return lead.Page{}, errors.New("-after is a place in one list: name that list")
	}
	after, err := lead.ParseCursor(l.after)
	if err != nil {
		return lead.Page{}, fmt.Errorf("-after: %w", err)
	}
	return lead.Page{After: after, Size: l.size}, nil
}

// maxListed keeps a page short for the database.
const maxListed = 1000

func list(ctx context.Context, a *action) error {
	page, err := a.listing.page(a.id)
	if err != nil {
		return err
	}
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
		leads, err := a.store.Leads(ctx, name, page)
		if err != nil {
			return err
		}
		a.printTable(string(name), leads)
		if len(leads) == page.Size {
			fmt.Fprintf(a.out, "  There may be more: intake leads list %s -n %d -after %s\n", name, page.Size, leads[len(leads)-1].Cursor())
		}
	}
	return nil
}

func (a *action) printTable(name string, leads []lead.Summary) {
	fmt.Fprintf(a.out, "%s: %d\n", name, len(leads))
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, l := range leads {
		fmt.Fprintf(w, "  %s\t%s\tsince %s\tattempt %d\tcode %d\t%s\n", l.ID, l.ID.Reference(), command.FormatTime(l.ChangedAt), l.Attempt, l.ResultCode, l.Reason)
	}
	_ = w.Flush() // a failure to write to standard output cannot be reported
}
