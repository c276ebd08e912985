package store

import (
	"context"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// onRequest is why the answers of a lead went before their time.
const onRequest = "erased on request"

// EraseOnRequest overwrites the answers of a lead at once, as retention does when their time is over,
// and closes the lead if anybody would still do something with it. What the draft that it was made
// from holds goes too. The consent record stays as long as it must. The lead is noted as erased, so
// that a restore erases it again, and put on the list Tell if Alleviate has or may have it. All of
// that and the audit entry are one commit; the entry's action and lead are filled in.
//
// It returns the lead as it is now. While a call is running the error is lead.ErrCalling and nothing is
// changed. To erase again does nothing more. Scrub or the next Erase takes the bytes out of the files.
func (s *Store) EraseOnRequest(ctx context.Context, id lead.PartnerID, e audit.Entry) (lead.Lead, error) {
	e.Action, e.Lead = "erase on request", string(id)
	l, err := db.Write(ctx, s.engine, acceptLimit, func(ctx context.Context, q db.Queries) (lead.Lead, error) {
		l, err := facts(ctx, q, selectFacts+s.engine.LockRow(), id)
		if err != nil {
			return l, err
		}
		if l, err = s.eraseNow(ctx, q, l); err != nil {
			return l, err
		}
		return l, s.AuditLog().Add(ctx, q, e)
	})
	if err != nil {
		return lead.Lead{}, fmt.Errorf("erase lead %s on request: %w", id, err)
	}
	return l, nil
}

// eraseNow erases the answers of a lead that the caller has read in the same transaction.
func (s *Store) eraseNow(ctx context.Context, q db.Queries, l lead.Lead) (lead.Lead, error) {
	now := table.AsStored(s.now())
	if !l.LeaseUntil.IsZero() {
		return l, lead.ErrCalling
	}
	if err := noteErased(ctx, q, l.ID, now); err != nil || !l.ErasedAt.IsZero() {
		return l, err
	}
	if isOpen(l) {
		out := lead.Outcome{Event: lead.ClosedByHand, At: now, Reason: onRequest}
		if err := move(ctx, q, l, out); err != nil {
			return l, err
		}
	}
	if err := markTell(ctx, q, l.ID, now); err != nil {
		return l, err
	}
	r, err := oneLead(ctx, q, selectErasable, l.ID)
	if err != nil {
		return l, err
	}
	if err := deleteDraft(ctx, q, r.draftID); err != nil {
		return l, err
	}
	if err := eraseAllAnswers(ctx, q, &r, onRequest, now); err != nil {
		return l, err
	}
	next, err := facts(ctx, q, selectFacts, l.ID)
	if err != nil {
		return l, err
	}
	return next, db.MarkUnscrubbed(ctx, q, now)
}

const selectErasable = "select " + factColumns + ", page_id, draft_id from lead where id = $1"

func noteErased(ctx context.Context, q db.Queries, id lead.PartnerID, at time.Time) error {
	_, err := q.ExecContext(ctx, "insert into erasure (lead_id, at) values ($1, $2) on conflict (lead_id) do nothing", id, at.UnixMilli())
	return err
}
