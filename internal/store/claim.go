package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/gate"
	"intake/internal/store/leadtable"
	"intake/internal/store/restore"
	"intake/internal/store/table"
)

// unreadable is why a lead is parked whose answers do not open.
const unreadable = "a sealed field does not open"

// claimable is the condition of a lead that a claim may take; the index lead_due has the same one.
const claimable = "lease_until is null and hold = '' and next_attempt_at is not null"

// mayGoOut is the condition of a claim that a call follows: the database does not wait for a restore to be lifted, and
// the lead's person has not opted out after it was received.
const mayGoOut = "(select restored_at from stamp where id = 1) is null and not " + leadtable.OptedOut

func (s *Store) claimSQL(pick, set string) string {
	return table.ClaimRows(s.leads.Engine, "lead", pick, ", "+set, leadtable.FactColumns+", "+leadtable.AnswerColumns)
}

// A claim takes up to $6 leads that wait for the step $3 in the status $4, and are due by $5.
const (
	pickDue = "step = $3 and status = $4 and " + claimable + " and next_attempt_at <= $5 and " + mayGoOut + " order by next_attempt_at limit $6"
	setDue  = `status = $7, called_until = case when $7 = 'sending' then $2 else called_until end,
		changed_at = case when status = $7 then changed_at else $5 end`
)

// claimedFrom is where a claim for a step takes a lead from.
var claimedFrom = map[lead.Step]lead.Status{
	lead.Send: lead.Received, lead.Submit: lead.Created, lead.Look: lead.Created, lead.LookBack: lead.Closed,
}

// Claim claims up to n due leads that wait for step, oldest due first: it sets their status, a
// new attempt, owner and lease. All of that and the "begun" event are on disk when it returns:
// the caller may now make the one outside call. No two claims take the same lead. NextAttemptAt
// of a claimed lead still tells when it was due. After a restore nothing is claimed until it is
// lifted, and never a lead whose person opted out after it was received. A database that is older than
// what this node has sent is guarded by the claim itself, and the error is ErrOlder.
//
// The answers of leads that wait for Send or Submit are opened. A lead whose sealed record does
// not open is parked, with that reason, and not returned. For looks nothing sealed is opened.
func (s *Store) Claim(ctx context.Context, step lead.Step, n int, owner string, leaseUntil time.Time) (leads []lead.Lead, err error) {
	defer db.Wrap(&err, "claim")
	from, known := claimedFrom[step]
	if !known {
		return nil, fmt.Errorf("there is no claim for the step %q", step)
	}
	leads, _, err = s.claim(ctx, from, step.ClaimEvent(), n, s.claimSQL(pickDue, setDue), func(to lead.Status, now time.Time, n int) []any {
		return []any{owner, leaseUntil.UnixMilli(), step, from, now.UnixMilli(), n, to}
	})
	return leads, err
}

// claim claims leads by a statement with the parameters args, as many of n as the pace allows. Without room the
// pace, or the halt of createLead, allows none.
func (s *Store) claim(ctx context.Context, from lead.Status, event lead.Event, n int, query string,
	args func(to lead.Status, now time.Time, n int) []any) (leads []lead.Lead, hasRoom bool, err error) {
	to, err := from.Next(event)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil || n < 1 {
		return nil, false, err
	}
	leads, err = restore.ClaimWithMark(ctx, s.Restorer, s.undoClaims, func(ctx context.Context, q db.Queries) (leads []lead.Lead, err error) {
		now := table.AsStored(s.leads.Now()) // after the wait for the lock: a call must not seem older than it is
		leads, hasRoom, err = gate.Claim(ctx, s.mlas, q, to == lead.Sending, n, now, func(n int) ([]lead.Lead, error) {
			rows, err := leadtable.Columns.All(ctx, q, query, args(to, now, n)...)
			if err != nil {
				return nil, err
			}
			return s.addClaimEvents(ctx, q, rows, leadtable.Event{At: now, Event: event, From: from, To: to})
		})
		return leads, err
	})
	if err != nil {
		return nil, false, err
	}
	return leads, hasRoom, nil
}

// addClaimEvents writes the event of each claim, opens the answers if the call needs them, and parks the leads whose
// records do not open. It returns the others, the oldest due first: "returning" has no order.
func (s *Store) addClaimEvents(ctx context.Context, q db.Queries, rows []leadtable.Row, begun leadtable.Event) ([]lead.Lead, error) {
	slices.SortFunc(rows, func(a, b leadtable.Row) int {
		return cmp.Or(a.NextAttemptAt.Compare(b.NextAttemptAt), cmp.Compare(a.ID, b.ID))
	})
	answers := begun.To == lead.Sending || begun.To == lead.Submitting
	var leads []lead.Lead
	for _, r := range rows {
		begun.Attempt = r.Attempt
		if err := leadtable.AddEvent(ctx, q, r.ID, begun); err != nil {
			return nil, err
		}
		if answers && s.leads.OpenAnswers(&r) != nil {
			if _, err := leadtable.Move(ctx, q, r.Lead, lead.Outcome{Event: lead.Unreadable, At: begun.At, Reason: unreadable}); err != nil {
				return nil, err
			}
			continue
		}
		if answers {
			r.Handle = lead.Keep(s.leads.HandleOf(r.ID))
		}
		r.Origin = lead.Private[lead.Attribution]{} // it never goes to Alleviate
		leads = append(leads, r.Lead)
	}
	return leads, nil
}

// undoClaims undoes claims whose calls are not made. Where the database refuses that now, as when its disk is full
// too, the next claim tries again; a lease may have ended by then.
func (s *Store) undoClaims(ctx context.Context, more ...lead.Lead) error {
	s.undoing.Lock()
	defer s.undoing.Unlock()
	var left []lead.Lead
	var errs []error
	for _, l := range append(s.undone, more...) {
		if err := s.Record(ctx, l.ID, l.Attempt, undoneClaim(l)); err != nil && !errors.Is(err, lead.ErrFenced) {
			left, errs = append(left, l), append(errs, err)
		}
	}
	s.undone = left
	return errors.Join(errs...)
}

// undoneClaim is the outcome that makes a claimed lead what it was before its claim.
func undoneClaim(l lead.Lead) lead.Outcome {
	switch {
	case l.Status == lead.Closed:
		return lead.Outcome{Event: lead.Postponed, Reason: l.Reason, Next: l.Step}
	case l.Status == lead.Sending && !l.DoubtSince.IsZero(): // by ClaimDoubt
		return lead.Outcome{Event: lead.ResendStopped, Reason: l.Reason}
	}
	return lead.Outcome{Event: lead.Stopped, Reason: "the delivery mark could not be written", Next: l.Step}
}
