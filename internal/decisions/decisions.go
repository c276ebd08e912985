// Package decisions is what a person may do with a lead that waits for one: send it, close it, say whether Alleviate has
// it, correct its answers, erase them. The command line and the staff's pages call the same code.
package decisions

import (
	"context"
	"errors"
	"time"

	"intake/internal/audit"
	"intake/internal/clock"
	"intake/internal/lead"
	"intake/validation"
)

// Leads is the store of leads, with the store's promises.
type Leads interface {
	// Find returns a lead with its answers.
	Find(ctx context.Context, id lead.PartnerID) (lead.Lead, error)
	// Decide carries out a decision about the lead as the person saw it, in one commit with its audit entry.
	Decide(ctx context.Context, id lead.PartnerID, d lead.Decision) (lead.Lead, error)
	// Amend replaces the answers of a lead as the person saw it. The entry's action and lead are filled in.
	Amend(ctx context.Context, id lead.PartnerID, attempt int, names []string, a lead.Applicant, e audit.Entry) (lead.Lead, error)
	// ToTell returns since when a person must tell Alleviate that a lead ended here, and when they did. A time is zero
	// when there is none.
	ToTell(ctx context.Context, id lead.PartnerID) (since, told time.Time, err error)
	// Told records that they did. The entry's action and lead are filled in.
	Told(ctx context.Context, id lead.PartnerID, e audit.Entry) error
}

// Config is what decisions need. A nil Clock is the machine's; the others are required.
type Config struct {
	Leads    Leads
	Erasures Erasures
	// LookUp asks Alleviate about the id in a decision to adopt a lead, and completes the decision. After any error
	// nothing may be adopted.
	LookUp func(ctx context.Context, l lead.Lead, d lead.Decision) (lead.Decision, error)
	// Validation returns the rules for corrected answers.
	Validation func() validation.Options
	Clock      *clock.Clock
}

// Decisions carries out what a person decides.
type Decisions struct{ cfg Config }

// New makes decisions from cfg.
func New(cfg Config) *Decisions { return &Decisions{cfg} }

// Person is who decides, and why. Reasons are kept for years and name no applicant.
type Person struct{ Name, Reason, RequestID string }

func (p Person) entry(action string) audit.Entry {
	return audit.Entry{Who: p.Name, Action: action, Reason: p.Reason, RequestID: p.RequestID}
}

// Confirmation is who at Alleviate says that it does not have a lead, and when they said so.
type Confirmation struct {
	Who string
	At  time.Time
}

// Release sends a suspect lead, because it is from a person. One that came from a backup may have been sent since the
// backup, and needs a confirmation.
func (d *Decisions) Release(ctx context.Context, l lead.Lead, by Person, c Confirmation) (lead.Lead, error) {
	return d.decide(ctx, l, by, lead.Decision{Event: lead.SuspectFreed, Confirmed: c.Who, ConfirmedAt: c.At})
}

// Discard closes a suspect lead, because it is from a machine.
func (d *Decisions) Discard(ctx context.Context, l lead.Lead, by Person) (lead.Lead, error) {
	return d.decide(ctx, l, by, lead.Decision{Event: lead.SuspectDiscarded})
}

// SendAgain sends a parked lead, or continues with one that Alleviate has. One that came from a backup and must be sent
// needs a confirmation.
func (d *Decisions) SendAgain(ctx context.Context, l lead.Lead, by Person, c Confirmation) (lead.Lead, error) {
	if l.AlleviateID != "" {
		return d.decide(ctx, l, by, lead.Decision{Event: lead.GoOn})
	}
	return d.decide(ctx, l, by, lead.Decision{Event: lead.SendAgain, Confirmed: c.Who, ConfirmedAt: c.At})
}

// NotThere sends a lead in doubt that Alleviate says it does not have.
func (d *Decisions) NotThere(ctx context.Context, l lead.Lead, by Person, c Confirmation) (lead.Lead, error) {
	return d.decide(ctx, l, by, lead.Decision{Event: lead.NotThere, Confirmed: c.Who, ConfirmedAt: c.At})
}

// Adopt continues with a lead in doubt that Alleviate has under the id, if Alleviate shows that it is this lead.
func (d *Decisions) Adopt(ctx context.Context, l lead.Lead, by Person, id lead.AlleviateID) (lead.Lead, error) {
	decision := complete(l, by, lead.Decision{Event: lead.FoundThere, AlleviateID: id})
	if err := l.CheckDecision(decision); err != nil {
		return lead.Lead{}, err
	}
	decision, err := d.cfg.LookUp(ctx, l, decision)
	if err != nil {
		return lead.Lead{}, err
	}
	return d.decide(ctx, l, by, decision)
}

// Close ends the lead. When tell is true Alleviate may have it, and a person must tell them, because its API cannot
// cancel.
func (d *Decisions) Close(ctx context.Context, l lead.Lead, by Person) (closed lead.Lead, tell bool, err error) {
	closed, err = d.decide(ctx, l, by, lead.Decision{Event: lead.ClosedByHand})
	return closed, err == nil && (l.AlleviateID != "" || l.Status == lead.InDoubt), err
}

// MarkTold records that Alleviate was told that a lead ended here. The reason says whom the person told, and how.
func (d *Decisions) MarkTold(ctx context.Context, l lead.Lead, by Person) error {
	if by.Reason == "" {
		return errors.New("say in the reason whom you told, and how")
	}
	return d.cfg.Leads.Told(ctx, l.ID, by.entry(""))
}

func (d *Decisions) decide(ctx context.Context, l lead.Lead, by Person, decision lead.Decision) (lead.Lead, error) {
	return d.cfg.Leads.Decide(ctx, l.ID, complete(l, by, decision))
}

// complete adds who decides and why, and which attempt of the lead they saw.
func complete(l lead.Lead, by Person, decision lead.Decision) lead.Decision {
	decision.Attempt, decision.Who, decision.Reason, decision.RequestID = l.Attempt, by.Name, by.Reason, by.RequestID
	return decision
}
