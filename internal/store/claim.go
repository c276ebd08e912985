package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// unreadable is why a lead is parked whose answers do not open.
const unreadable = "a sealed field does not open"

// claimable is the condition of a lead that a claim may take; the index lead_due has the same one.
const claimable = "lease_until is null and hold = '' and next_attempt_at is not null"

// claimMove is where a claim for step takes a lead from and to.
func claimMove(step lead.Step) (from, to lead.Status, err error) {
	switch step {
	case lead.Send:
		from = lead.Received
	case lead.Submit, lead.Look:
		from = lead.Created
	case lead.LookBack:
		from = lead.Closed
	default:
		return "", "", fmt.Errorf("there is no claim for the step %q", step)
	}
	to, err = from.Next(step.ClaimEvent())
	return from, to, err
}

// claimSQL claims up to $6 leads that wait for the step $3 in the status $4, and are due by $5.
func (s *Store) claimSQL() string {
	return claimRows(s.engine, "lead", "step = $3 and status = $4 and "+claimable+" and next_attempt_at <= $5 and ("+restoredAtSQL+`) is null
			and not `+optedOut+" order by next_attempt_at limit $6",
		`, status = $7, called_until = case when $7 = 'sending' then $2 else called_until end,
			changed_at = case when status = $7 then changed_at else $5 end`, factColumns+", "+answerColumns)
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
func (s *Store) Claim(ctx context.Context, step lead.Step, n int, owner string, leaseUntil time.Time) ([]lead.Lead, error) {
	if err := ctx.Err(); err != nil || n < 1 {
		return nil, err
	}
	from, to, err := claimMove(step)
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	leads, err := claimWithMark(ctx, s, s.undoClaims, func(ctx context.Context, q db.Queries) ([]lead.Lead, error) {
		now := table.AsStored(s.now()) // after the wait for the lock: a call must not seem older than it is
		begun := Event{At: now, Event: step.ClaimEvent(), From: from, To: to}
		return claimWithinPace(ctx, s, q, s.mlas, step == lead.Send, n, now, func(n int) ([]lead.Lead, error) {
			rows, err := selectClaimed(ctx, q, s.claimSQL(), owner, leaseUntil.UnixMilli(), step, from, now.UnixMilli(), n, to)
			if err != nil {
				return nil, err
			}
			return s.addClaimEvents(ctx, q, rows, begun, step == lead.Send || step == lead.Submit)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	return leads, nil
}

// selectClaimed runs a claim and returns its rows, the oldest due first: "returning" has no order.
func selectClaimed(ctx context.Context, q db.Queries, query string, args ...any) ([]leadRow, error) {
	rows, err := leadTable.All(ctx, q, query, args...)
	slices.SortFunc(rows, func(a, b leadRow) int {
		return cmp.Or(a.NextAttemptAt.Compare(b.NextAttemptAt), cmp.Compare(a.ID, b.ID))
	})
	return rows, err
}

// addClaimEvents writes the event of each claim, opens the answers if they are needed, and parks the leads whose
// records do not open.
func (s *Store) addClaimEvents(ctx context.Context, q db.Queries, rows []leadRow, begun Event, answers bool) ([]lead.Lead, error) {
	var leads []lead.Lead
	for _, r := range rows {
		begun.Attempt = r.Attempt
		if err := addEvent(ctx, q, r.ID, begun); err != nil {
			return nil, err
		}
		if !answers || s.openAnswers(&r) == nil {
			if answers {
				r.Handle = lead.Keep(s.handleOf(r.ID))
			}
			r.Origin = lead.Private[lead.Attribution]{} // it never goes to Alleviate
			leads = append(leads, r.Lead)
			continue
		}
		out := lead.Outcome{Event: lead.Unreadable, At: begun.At, Reason: unreadable}
		if _, err := move(ctx, q, r.Lead, out); err != nil {
			return nil, err
		}
	}
	return leads, nil
}
