package store

import (
	"context"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// resendable is the condition of a doubt that the policy may send once more: a call left it behind,
// it was not repeated before, and the database did not come from a backup meanwhile.
const resendable = `status = '` + string(lead.InDoubt) + `' and resent = 0 and lease_until is null and reason <> '` + afterBackup + `'`

const selectDoubts = "select " + summaryColumns + ", doubt_since as listed_at from lead where " + resendable + " order by doubt_since, id limit $1"

// doubtsAtOnce bounds a list of doubts; the halt keeps it far shorter.
const doubtsAtOnce = 1000

// Doubts lists the leads in doubt that were not repeated yet, oldest first.
func (s *Store) Doubts(ctx context.Context) ([]lead.Summary, error) {
	leads, err := s.summaries(ctx, selectDoubts, doubtsAtOnce)
	if err != nil {
		return nil, fmt.Errorf("list doubts: %w", db.Clean(err))
	}
	return leads, nil
}

func (s *Store) claimDoubtSQL() string {
	return claimRows(s.engine, "lead", "id = $3 and attempt = $4 and doubt_since <= $5 and "+resendable+" and ("+restoredAtSQL+") is null and not "+optedOut,
		", status = $6, step = $7, resent = 1, called_until = $2, next_attempt_at = $8, changed_at = $8", factColumns+", "+answerColumns)
}

// ClaimDoubt is the claim for the one repeat of a createLead whose outcome nobody knows. It claims the lead only if
// it is still as it was seen, its doubt is at least settled old, and it was never repeated. That it is the repeat, its
// attempt and its lease are on disk when it returns. Pace and halt hold as in
// Claim. Its DoubtSince stays, and no other lead that is being sent has one. No lead means that there is nothing to
// repeat; lead.ErrPaced means that pace or halt allow no call now.
func (s *Store) ClaimDoubt(ctx context.Context, doubt lead.Summary, settled time.Duration, owner string, leaseUntil time.Time) ([]lead.Lead, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	to, err := lead.InDoubt.Next(lead.ResendBegun)
	if err != nil {
		return nil, fmt.Errorf("claim doubt: %w", err)
	}
	var hasRoom bool
	leads, err := claimWithMark(ctx, s, s.undoClaims, func(ctx context.Context, q db.Queries) ([]lead.Lead, error) {
		now := table.AsStored(s.now()) // after the wait for the lock: a call must not seem older than it is
		begun := Event{At: now, Event: lead.ResendBegun, From: lead.InDoubt, To: to}
		hasRoom = false
		return claimWithinPace(ctx, s, q, s.mlas, true, 1, now, func(int) ([]lead.Lead, error) {
			hasRoom = true
			rows, err := selectClaimed(ctx, q, s.claimDoubtSQL(), owner, leaseUntil.UnixMilli(), doubt.ID, doubt.Attempt, now.Add(-settled).UnixMilli(),
				to, lead.Send, now.UnixMilli())
			if err != nil {
				return nil, err
			}
			return s.addClaimEvents(ctx, q, rows, begun, true)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("claim doubt: %w", err)
	}
	if !hasRoom {
		return nil, lead.ErrPaced
	}
	return leads, nil
}
