package lead

import "fmt"

// Status is how far a lead is on its way from the applicant to Alleviate. docs/lead.md describes each status
// and who makes the next step.
type Status string

// The statuses. Submitted and Closed are final.
const (
	Received   Status = "received"   // stored, not with Alleviate
	Suspect    Status = "suspect"    // stored, not sent: it looks like the work of a bot
	Sending    Status = "sending"    // createLead is about to be called, or the call is running
	Created    Status = "created"    // Alleviate answered with its id
	Submitting Status = "submitting" // submitLead is about to be called, or the call is running
	Submitted  Status = "submitted"  // in Alleviate's CRM
	Refused    Status = "refused"    // submitLead said 400 or 422
	InDoubt    Status = "in_doubt"   // a createLead may or may not have succeeded
	Parked     Status = "parked"     // waits for a person; Reason has why
	Closed     Status = "closed"     // ended, with a reason
)

// Event is something that happened to a lead and may move it.
type Event string

// The events of the delivery.
const (
	SendBegun     Event = "send begun"     // claimed, createLead follows
	ResendBegun   Event = "resend begun"   // the one repeat that the resend policy allows
	ResendStopped Event = "resend stopped" // the repeated call was not made: the lead is in doubt as before
	SubmitBegun   Event = "submit begun"   // claimed, submitLead follows
	LookBegun     Event = "look begun"     // claimed, getLeadStatus follows
	Answered      Event = "answered"       // createLead gave an id
	Postponed     Event = "postponed"      // nothing was sent, or a repeat is safe
	Stopped       Event = "stopped"        // the program stopped before the first byte was sent
	Rejected      Event = "rejected"       // Alleviate refused the input before doing anything
	Ambiguous     Event = "ambiguous"      // a createLead may have succeeded
	LeaseExpired  Event = "lease expired"  // the claim ended without a result
	WasSubmitted  Event = "was submitted"  // submitLead said 200 or 208
	WasRefused    Event = "was refused"    // submitLead said 400 or 422
	UnknownStatus Event = "unknown status" // submitLead said something that is not documented
	Looked        Event = "looked"         // getLeadStatus answered
	Unresolved    Event = "unresolved"     // no final result within seven days
	ResultChanged Event = "result changed" // there is a final result after the lead was closed without one
	GaveUp        Event = "gave up"        // too many failures over too long a time
	Unreadable    Event = "unreadable"     // a sealed field does not open
	NoConsent     Event = "no consent"     // an agent's lead whose consent never came
	ConsentGiven  Event = "consent given"  // an agent's lead may go out now
	Certificate   Event = "certificate"    // the certificate that submitLead required has arrived
	Restored      Event = "restored"       // the database came from a backup: what followed is unknown
	TimeIsOver    Event = "time is over"   // the retention time of the answers is over
)

// The events that a person decides.
const (
	SuspectFreed     Event = "suspect freed"     // a supervisor decided that it is from a person
	SuspectDiscarded Event = "suspect discarded" // a supervisor decided that it is from a bot
	FoundThere       Event = "found there"       // Alleviate has it: its id was entered and checked
	NotThere         Event = "not there"         // Alleviate confirms that it does not have it
	SendAgain        Event = "send again"        // a parked lead without an Alleviate id goes back
	GoOn             Event = "go on"             // a parked lead with an Alleviate id goes on
	ClosedByHand     Event = "closed by hand"    // opt-out, erasure, or a person's decision
	RestoreLifted    Event = "restore lifted"    // nothing was sent after the backup: a lead in doubt because of the backup alone is not
)

type move struct {
	from  Status
	event Event
}

// moves is the only table of transitions. A transition that is not in it is an error.
var moves = map[move]Status{
	{Suspect, SuspectFreed}:     Received,
	{Suspect, SuspectDiscarded}: Closed,

	{Received, ConsentGiven}: Received,
	{Created, ConsentGiven}:  Created, // before submitLead
	{Received, NoConsent}:    Closed,
	{Received, SendBegun}:    Sending,
	{Received, Unreadable}:   Parked,

	{Sending, Answered}:      Created,
	{Sending, Postponed}:     Received,
	{Sending, Stopped}:       Received,
	{Sending, ResendStopped}: InDoubt,
	{Sending, Rejected}:      Parked,
	{Sending, Ambiguous}:     InDoubt,
	{Sending, LeaseExpired}:  InDoubt,
	{Sending, Unreadable}:    Parked,
	{Sending, GaveUp}:        Parked, // nothing was sent, for the twelfth time

	// A late answer of the current attempt counts in every open status.
	{InDoubt, Answered}:  Created,
	{Parked, Answered}:   Created,
	{Received, Answered}: Created,

	{InDoubt, ResendBegun}: Sending,
	{InDoubt, FoundThere}:  Created,
	{InDoubt, NotThere}:    Received,

	{Created, LookBegun}:    Created,
	{Created, Looked}:       Created,
	{Created, Postponed}:    Created,
	{Created, Stopped}:      Created,
	{Created, Rejected}:     Created,
	{Created, LeaseExpired}: Created,
	{Created, Unresolved}:   Closed,
	{Created, FoundThere}:   Created, // a 1003 to a repeat: the first call's id was found
	{Created, SubmitBegun}:  Submitting,

	{Submitting, WasSubmitted}:  Submitted,
	{Submitting, WasRefused}:    Refused,
	{Submitting, UnknownStatus}: Parked,
	{Submitting, Rejected}:      Parked,
	{Submitting, Postponed}:     Created,
	{Submitting, Stopped}:       Created,
	{Submitting, LeaseExpired}:  Created,
	{Submitting, Unreadable}:    Parked,
	{Submitting, GaveUp}:        Parked,

	{Created, WasSubmitted}:  Submitted,
	{Created, WasRefused}:    Refused,
	{Created, UnknownStatus}: Parked,

	// Closed without a result: its status at Alleviate is read, and it stays closed whatever that is.
	{Closed, LookBegun}:     Closed,
	{Closed, Looked}:        Closed,
	{Closed, Postponed}:     Closed,
	{Closed, LeaseExpired}:  Closed,
	{Closed, ResultChanged}: Closed,

	{Refused, Certificate}: Created,
	{Parked, SendAgain}:    Received,
	{Parked, GoOn}:         Created,

	{Received, Restored}:     InDoubt, // it may have been sent since
	{Sending, Restored}:      InDoubt,
	{Submitting, Restored}:   Created, // a repeat is safe
	{InDoubt, RestoreLifted}: Received,

	{Received, TimeIsOver}: Closed,
	{Suspect, TimeIsOver}:  Closed,
	{Created, TimeIsOver}:  Closed,
	{InDoubt, TimeIsOver}:  Closed,
	{Refused, TimeIsOver}:  Closed,
	{Parked, TimeIsOver}:   Closed,

	{Received, ClosedByHand}: Closed,
	{Suspect, ClosedByHand}:  Closed,
	{Created, ClosedByHand}:  Closed,
	{InDoubt, ClosedByHand}:  Closed,
	{Refused, ClosedByHand}:  Closed,
	{Parked, ClosedByHand}:   Closed,
}

// Next is the status that event leads to from s, or an error when the table has no such move.
func (s Status) Next(event Event) (Status, error) {
	to, ok := moves[move{s, event}]
	if !ok {
		return s, fmt.Errorf("a lead that is %q cannot take the event %q", s, event)
	}
	return to, nil
}

// Step is the outside call that a lead waits for.
type Step string

// The steps. A lead at rest waits for none.
const (
	AtRest   Step = ""
	Send     Step = "send"      // createLead
	Submit   Step = "submit"    // submitLead
	Look     Step = "look"      // getLeadStatus
	LookBack Step = "look back" // getLeadStatus for a lead that was closed without a result
)

// ClaimEvent is the event of a claim for the step.
func (s Step) ClaimEvent() Event {
	switch s {
	case Send:
		return SendBegun
	case Submit:
		return SubmitBegun
	case Look, LookBack:
		return LookBegun
	}
	panic("lead: a lead at rest is not claimed")
}
