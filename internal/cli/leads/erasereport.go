package leads

import (
	"context"
	"fmt"
	"strings"
	"time"

	"intake/internal/app"
	"intake/internal/lead"
)

// reportErasure prints what is kept, and what to send to Alleviate.
func (a *action) reportErasure(ctx context.Context, leads []lead.Summary) error {
	if err := a.printKept(ctx, leads); err != nil {
		return err
	}
	return a.printLetter(ctx, leads)
}

// printKept prints which data outlives an erasure, and until when.
func (a *action) printKept(ctx context.Context, leads []lead.Summary) error {
	fmt.Fprintln(a.out, "\nWhat stays: the consent record with name, phone, times, texts and the page as it was shown, sealed and without any other answer.\n"+
		"The Telemarketing Sales Rule asks for five years of it (16 CFR 310.5). It is erased by itself:")
	for _, l := range leads {
		erased, err := a.store.Facts(ctx, l.ID)
		if err != nil {
			return err
		}
		_, _, until := app.Retention(a.cfg).Due(erased)
		fmt.Fprintf(a.out, "  %s after %s\n", l.ID, until.Format(time.DateOnly))
	}
	fmt.Fprintln(a.out, "Ids, times, result codes and the history stay too; they name nobody. Who does not want to be called any more opts out as well.")
	return nil
}

// printLetter prints the letter that asks Alleviate to erase the leads, because its API cannot.
func (a *action) printLetter(ctx context.Context, leads []lead.Summary) error {
	var now []lead.Lead
	for _, l := range leads { // a call that was out may have brought Alleviate's id meanwhile
		erased, err := a.store.Facts(ctx, l.ID)
		if err != nil {
			return err
		}
		now = append(now, erased)
	}
	open, err := a.decisions.NotTold(ctx, now)
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
		fmt.Fprintln(a.out, "\nAlleviate never had any of this: there is nothing to ask of them.")
		return nil
	}
	fmt.Fprintf(a.out, "\nAlleviate has it, or may have it, and its API can delete nothing. Send them this, then: intake leads told ID\n\n"+
		"  A person asked us to erase their data. Please erase what you hold of the leads below, stop\n"+
		"  calling about them, and confirm both to us. Should you not have one of them, tell us that.\n%s", strings.Join(lines, ""))
	return nil
}
