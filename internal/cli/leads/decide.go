package leads

import (
	"context"
	"errors"
	"fmt"
	"time"

	"intake/internal/decisions"
	"intake/internal/lead"
)

func release(ctx context.Context, a *action) error {
	return a.decideConfirmed(ctx, lead.SuspectFreed, a.decisions.Release)
}

func discard(ctx context.Context, a *action) error {
	l, err := a.lead(ctx)
	if err != nil {
		return err
	}
	now, err := a.decisions.Discard(ctx, l, a.by)
	return a.printDecision(now, lead.SuspectDiscarded, err)
}

func sendAgain(ctx context.Context, a *action) error {
	return a.decideConfirmed(ctx, lead.SendAgain, a.decisions.SendAgain)
}

func closeLead(ctx context.Context, a *action) error {
	l, err := a.lead(ctx)
	if err != nil {
		return err
	}
	now, tell, err := a.decisions.Close(ctx, l, a.by)
	if err := a.printDecision(now, lead.ClosedByHand, err); err != nil {
		return err
	}
	if tell {
		fmt.Fprintln(a.out, "Alleviate may have this lead; its API has no cancel: tell them to stop, then: intake leads told ID.")
	}
	return nil
}

// decideConfirmed carries out a decision to send the lead. It passes on who at Alleviate confirms that it does not
// have the lead, and when, if that was given.
func (a *action) decideConfirmed(ctx context.Context, event lead.Event, decide func(context.Context, lead.Lead, decisions.Person, decisions.Confirmation) (lead.Lead, error)) error {
	l, err := a.lead(ctx)
	if err != nil {
		return err
	}
	confirmation := decisions.Confirmation{Who: a.confirmed}
	if a.at != "" || event == lead.NotThere {
		if confirmation.At, err = time.Parse(time.RFC3339, a.at); err != nil {
			return errors.New("-at must be a time such as 2026-03-02T15:04:00Z")
		}
	}
	now, err := decide(ctx, l, a.by, confirmation)
	return a.printDecision(now, event, err)
}

func resolve(ctx context.Context, a *action) error {
	if (a.there == "") == !a.notThere {
		return errors.New("say either -there with Alleviate's id or -not-there; without an answer from Alleviate the lead stays in doubt")
	}
	if a.notThere {
		return a.decideConfirmed(ctx, lead.NotThere, a.decisions.NotThere)
	}
	l, err := a.lead(ctx)
	if err != nil {
		return err
	}
	now, err := a.decisions.Adopt(ctx, l, a.by, lead.AlleviateID(a.there))
	return a.printDecision(now, lead.FoundThere, err)
}

// printDecision prints what a decision made of the lead.
func (a *action) printDecision(now lead.Lead, event lead.Event, err error) error {
	if err == nil {
		fmt.Fprintf(a.out, "%s: %s, now %s\n", now.ID, event, now.Status)
	}
	return err
}

func resume(ctx context.Context, a *action) error {
	if a.by.Reason == "" {
		return errors.New("to resume needs a reason")
	}
	err := a.store.Resume(ctx, a.entry(""))
	if err == nil {
		fmt.Fprintln(a.out, "createLead goes on.")
	}
	return err
}

// markTold removes a lead from the list of those that Alleviate must be told about.
func markTold(ctx context.Context, a *action) error {
	l, err := a.lead(ctx)
	if err != nil {
		return err
	}
	if err := a.decisions.MarkTold(ctx, l, a.by); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s: Alleviate was told\n", l.ID)
	return nil
}
