package leadtable

import (
	"context"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// OptedOut is the condition of a lead whose person opted out after it was received. Every claim checks it, so
// that such a lead is never sent, even when the claim and the opt-out happen at the same time.
const OptedOut = `exists (select 1 from lead_private cross join suppression where lead_private.lead_id = lead.id and suppression.last_at >= lead.received_at
	and suppression.person in (email_index, home_phone_index, cell_phone_index, work_phone_index))`

// CloseForOptOut closes the lead of a person who opted out, unless it has ended already, and puts it on the list
// Tell when Alleviate has it or may have it. It returns the lead as it is then. A lead whose call is running stays
// as it is: CloseIfOptedOut closes it when the call ends.
func (t *Table) CloseForOptOut(ctx context.Context, q db.Queries, l lead.Lead) (lead.Lead, error) {
	if !l.LeaseUntil.IsZero() {
		return l, nil
	}
	if err := MarkTell(ctx, q, l.ID, t.Now()); err != nil || !HasNextStep(l) {
		return l, err
	}
	return Move(ctx, q, l, lead.Outcome{Event: lead.ClosedByHand, At: table.AsStored(t.Now()), Reason: lead.OptedOut})
}

// HasNextStep says whether the courier or a person still has something to do with the lead. A created lead that
// waits for a look has: a submit may follow.
func HasNextStep(l lead.Lead) bool {
	switch l.Status {
	case lead.Submitted, lead.Closed:
		return false
	case lead.Created:
		return l.Step != lead.AtRest
	}
	return true
}

// markTellSQL marks a lead that Alleviate has or may have, so that a person tells them that it has ended. These are
// leads with Alleviate's id, in doubt, closed while in doubt, or with an answer that came too late to move them.
// The first mark stays.
const markTellSQL = `update lead set tell_since = $1 where id = $2 and tell_since is null and (alleviate_id <> '' or status = 'in_doubt'
	or exists (select 1 from lead_event where lead_event.lead_id = lead.id 
		and (from_status = 'in_doubt' and to_status = 'closed' or lead_event.alleviate_id <> '')))`

// CloseIfOptedOut closes l, which the caller has read in the same transaction, when its person opted out after it
// was received.
func (t *Table) CloseIfOptedOut(ctx context.Context, q db.Queries, l lead.Lead) (lead.Lead, error) {
	var n int
	err := q.QueryRowContext(ctx, "select count(*) from lead where id = $1 and "+OptedOut, l.ID).Scan(&n)
	if err != nil || n == 0 {
		return l, err
	}
	return t.CloseForOptOut(ctx, q, l)
}

// MarkTell puts a lead that has just ended on the list Tell, if Alleviate has or may have it.
func MarkTell(ctx context.Context, q db.Queries, id lead.PartnerID, now time.Time) error {
	_, err := q.ExecContext(ctx, markTellSQL, now.UnixMilli(), id)
	return err
}

// IsOpen says whether the lead has not ended: it has a next step, or Alleviate has given no final result.
func IsOpen(l lead.Lead) bool { return HasNextStep(l) || l.Status == lead.Created && !l.Final() }
