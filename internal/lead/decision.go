package lead

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decision is what a person decided about a lead as they saw it. It is stored in one commit with its audit
// entry.
type Decision struct {
	Event     Event  // one of those that a person may decide
	Attempt   int    // as shown to them: a lead with a later attempt is not changed
	Who       string // who decides
	Reason    string // why, in their words; no personal data
	RequestID string

	// Confirmed names who at Alleviate confirmed that it does not have the lead, and when; for NotThere, and
	// for SuspectFreed and SendAgain of a lead from a backup.
	Confirmed   string
	ConfirmedAt time.Time

	// What Alleviate shows for the lead, and what follows from it; for FoundThere.
	AlleviateID AlleviateID
	ResultCode  int
	Bid         string
	Next        Step
	NextAt      time.Time
}

// byPerson are the events that a person may decide.
var byPerson = []Event{SuspectFreed, SuspectDiscarded, FoundThere, NotThere, SendAgain, GoOn, ClosedByHand}

// LandedBefore is the reason for a 1003 in answer to a repeated createLead: an earlier call had succeeded, or
// the person was there already.
const LandedBefore = "landed before"

// ChangedLate is how the reason of a closed lead begins whose result is final after all.
const ChangedLate = "Alleviate has a result since it was closed"

// Choices are the decisions that a person can make about the lead now. There is none while a call may be
// running, and none that repeats a call which may have succeeded.
func (l Lead) Choices() []Event {
	var events []Event
	for _, event := range byPerson {
		if l.allows(event) == nil {
			events = append(events, event)
		}
	}
	return events
}

// CheckDecision returns why the decision cannot be made about the lead, or nil.
func (l Lead) CheckDecision(d Decision) error {
	switch {
	case d.Who == "":
		return errors.New("a decision needs the name of who decides")
	case d.Reason == "":
		return errors.New("a decision needs a reason")
	case !slices.Contains(byPerson, d.Event):
		return fmt.Errorf("%q is not for a person to decide", d.Event)
	case d.Attempt != l.Attempt:
		return fmt.Errorf("the lead has moved on: it is %q after attempt %d now", l.Status, l.Attempt)
	case (d.Confirmed == "") != d.ConfirmedAt.IsZero(), d.Event == NotThere && d.Confirmed == "":
		return errors.New("say who at Alleviate confirms that it does not have the lead, and when")
	case d.Event == FoundThere && d.AlleviateID == "":
		return errors.New("say under which id Alleviate has the lead")
	}
	return l.allows(d.Event)
}

func (l Lead) allows(event Event) error {
	if _, err := l.Status.Next(event); err != nil {
		return err
	}
	switch {
	case !l.LeaseUntil.IsZero():
		return errors.New("a call for the lead is running; try again when it has ended")
	case !l.ErasedAt.IsZero() && (event == SuspectFreed || event == NotThere || event == SendAgain):
		return errors.New("its answers are erased: there is nothing left to send")
	case event == FoundThere && l.Status == Created && !strings.HasPrefix(l.Reason, LandedBefore):
		return errors.New("the lead's id at Alleviate is known")
	case event == SendAgain && l.AlleviateID != "":
		return errors.New("the lead is at Alleviate: it can go on and is never sent again")
	case event == GoOn && l.AlleviateID == "":
		return errors.New("the lead is not at Alleviate: it can be sent again")
	case (event == SendAgain || event == GoOn) && !l.documented():
		return errors.New("submitLead gave a status that is not documented: the lead can only be closed")
	}
	return nil
}

// documented says whether submitLead gave no status yet or one whose meaning is published.
func (l Lead) documented() bool {
	return slices.Contains([]int{0, 200, 208, 400, 422}, l.SubmitStatus)
}

// Outcome is the outcome that the decision has for l.
func (d Decision) Outcome(l Lead) Outcome {
	out := Outcome{
		Event: d.Event, Reason: d.Reason,
		AlleviateID: d.AlleviateID, ResultCode: d.ResultCode, Bid: d.Bid, Next: d.Next, NextAt: d.NextAt,
	}
	if d.Confirmed != "" {
		out.Reason = fmt.Sprintf("%s confirmed at %s: %s", d.Confirmed, d.ConfirmedAt.UTC().Format(time.RFC3339), d.Reason)
	}
	switch d.Event {
	case SuspectFreed, SendAgain, NotThere:
		out.Next = Send
	case GoOn:
		out.Next = Look
		if l.Qualified() {
			out.Next = Submit
		}
	}
	return out
}
