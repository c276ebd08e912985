package store

import (
	"context"
	"fmt"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

const updateLookDue = "update lead set step = 'look', next_attempt_at = $1 where id = $2"

// LookNow makes the next status check of a lead due at once, and writes down who asked for it, in one commit. The courier
// claims it like any other, within the pace. A check that is due already stays as it is.
//
// While a call for the lead is running the error is lead.ErrCalling. For a lead that Alleviate does not have, that is
// handed over next, or that has ended it is lead.ErrNoLook. No such lead is lead.ErrNotFound.
func (s *Store) LookNow(ctx context.Context, id lead.PartnerID, by lead.Agent) error {
	_, err := db.Write(ctx, s.leads.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		l, err := leadtable.Facts(ctx, q, leadtable.SelectFacts+s.leads.Engine.LockRow(), id)
		if err != nil {
			return none, err
		}
		now := table.AsStored(s.leads.Now())
		switch {
		case !l.LeaseUntil.IsZero():
			return none, lead.ErrCalling
		case !l.MayLook():
			return none, lead.ErrNoLook
		case l.Step == lead.Look && !l.NextAttemptAt.After(now):
			return none, nil
		}
		if _, err := q.ExecContext(ctx, updateLookDue, now.UnixMilli(), id); err != nil {
			return none, err
		}
		return none, s.AuditLog().Add(ctx, q, audit.Entry{At: now, Who: by.Name, Action: "look now", Lead: string(id)})
	})
	if err != nil {
		return fmt.Errorf("look at lead %s now: %w", id, err)
	}
	return nil
}
