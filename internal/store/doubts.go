package store

import (
	"context"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/restore"
)

// resendable is the condition of a doubt that the policy may send once more: a call left it behind,
// it was not repeated before, and the database did not come from a backup meanwhile.
const resendable = `status = '` + string(lead.InDoubt) + `' and resent = 0 and lease_until is null and reason <> '` + restore.AfterBackup + `'`

const selectDoubts = "select " + summaryColumns + ", doubt_since as listed_at from lead where " + resendable + " order by doubt_since, id limit $1"

// doubtsAtOnce bounds a list of doubts; the halt keeps it far shorter.
const doubtsAtOnce = 1000

// Doubts lists the leads in doubt that were not repeated yet, oldest first.
func (s *Store) Doubts(ctx context.Context) (leads []lead.Summary, err error) {
	defer db.Wrap(&err, "list doubts")
	return s.summaries(ctx, selectDoubts, doubtsAtOnce)
}

const (
	pickDoubt = "id = $3 and attempt = $4 and doubt_since <= $5 and " + resendable + " and " + mayGoOut
	setDoubt  = "status = $6, step = $7, resent = 1, called_until = $2, next_attempt_at = $8, changed_at = $8"
)

// ClaimDoubt is the claim for the one repeat of a createLead whose outcome nobody knows. It claims the lead only if
// it is still as it was seen, its doubt is at least settled old, and it was never repeated. That it is the repeat, its
// attempt and its lease are on disk when it returns. Pace and halt hold as in
// Claim. Its DoubtSince stays, and no other lead that is being sent has one. No lead means that there is nothing to
// repeat; lead.ErrPaced means that pace or halt allow no call now.
func (s *Store) ClaimDoubt(ctx context.Context, doubt lead.Summary, settled time.Duration, owner string, leaseUntil time.Time) (leads []lead.Lead, err error) {
	defer db.Wrap(&err, "claim doubt")
	leads, hasRoom, err := s.claim(ctx, lead.InDoubt, lead.ResendBegun, 1, s.claimSQL(pickDoubt, setDoubt), func(to lead.Status, now time.Time, _ int) []any {
		return []any{owner, leaseUntil.UnixMilli(), doubt.ID, doubt.Attempt, now.Add(-settled).UnixMilli(), to, lead.Send, now.UnixMilli()}
	})
	if err == nil && !hasRoom {
		return nil, lead.ErrPaced
	}
	return leads, err
}
