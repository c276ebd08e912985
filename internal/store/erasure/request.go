package erasure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/draft"
	"intake/internal/store/handoff"
	"intake/internal/store/leadtable"
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
func (s *Eraser) EraseOnRequest(ctx context.Context, id lead.PartnerID, e audit.Entry) (lead.Lead, error) {
	e.Action, e.Lead = "erase on request", string(id)
	l, err := db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (lead.Lead, error) {
		l, _, err := s.EraseNow(ctx, q, id, s.Now())
		if err != nil {
			return l, err
		}
		return l, s.AuditLog().Add(ctx, q, e)
	})
	if err != nil {
		return lead.Lead{}, fmt.Errorf("erase lead %s on request: %w", id, err)
	}
	return l, nil
}

// EraseNow erases the answers of a lead that was erased on request at a time, and returns it as it is then. It is false
// when they were erased before.
func (s *Eraser) EraseNow(ctx context.Context, q db.Queries, id lead.PartnerID, requested time.Time) (lead.Lead, bool, error) {
	r, err := leadtable.One(ctx, q, selectErasable+s.Engine.LockRow(), id)
	if err == nil && !r.LeaseUntil.IsZero() {
		err = lead.ErrCalling
	}
	if err == nil {
		err = NoteErased(ctx, q, id, requested)
	}
	if err != nil || !r.ErasedAt.IsZero() {
		return r.Lead, false, err
	}
	now := table.AsStored(s.Now())
	if leadtable.IsOpen(r.Lead) {
		r.Lead, err = leadtable.Move(ctx, q, r.Lead, lead.Outcome{Event: lead.ClosedByHand, At: now, Reason: onRequest})
	}
	if err == nil {
		err = leadtable.MarkTell(ctx, q, id, now)
	}
	if err == nil {
		err = errors.Join(draft.Delete(ctx, q, r.DraftID), handoff.DropOf(ctx, q, id))
	}
	if err == nil {
		r.EraseDueAt = now // retention then computes when the evidence is due
		err = eraseParts(ctx, q, &r, now, onRequest, leadtable.AnswersErased)
	}
	if err == nil {
		err = db.MarkUnscrubbed(ctx, q, now)
	}
	return r.Lead, true, err
}

// NoteErased notes that the answers of a lead were erased on request.
func NoteErased(ctx context.Context, q db.Queries, id lead.PartnerID, at time.Time) error {
	_, err := q.ExecContext(ctx, "insert into erasure (lead_id, at) values ($1, $2) on conflict (lead_id) do nothing", id, at.UnixMilli())
	return err
}
