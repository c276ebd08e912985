package store

import (
	"context"
	"fmt"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/disposition"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// Dispose writes down how a call about a lead ended. A lead may get several, and none is changed afterwards. DoNotCall also
// opts the person out in the same commit, by every phone and the address of the lead, and stops their leads as OptOut does. It goes on when
// ctx ends.
//
// No such lead is lead.ErrNotFound. A lead whose answers are erased gets none, since nobody would erase the note: lead.ErrErased.
func (s *Store) Dispose(ctx context.Context, d lead.Disposition) error {
	if d.At.IsZero() {
		d.At = s.leads.Now()
	}
	d.At, d.CallBackAt = table.AsStored(d.At), table.AsStored(d.CallBackAt)
	err := d.Check()
	var agentID int64
	if err == nil {
		agentID, err = s.agents.Of(ctx, d.By)
	}
	if err == nil {
		_ = s.leads.Keys.Refresh() // as in Save
		_, err = db.Write(ctx, s.leads.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
			return none, s.dispose(ctx, q, d, agentID)
		})
	}
	if err != nil {
		return fmt.Errorf("write down how the call about lead %s ended: %w", d.Lead, err)
	}
	return nil
}

func (s *Store) dispose(ctx context.Context, q db.Queries, d lead.Disposition, agentID int64) error {
	optsOut := d.Kind == lead.DoNotCall
	if optsOut {
		if _, err := s.mlas.Lock(ctx, q); err != nil { // as in OptOut, and before the lead, as every claim does
			return err
		}
	}
	r, err := s.leads.Locked(ctx, q, leadtable.SelectAnswers, d.Lead)
	switch {
	case err != nil:
		return err
	case !r.ErasedAt.IsZero():
		return lead.ErrErased
	}
	if err := s.dispositions().Add(ctx, q, d, agentID); err != nil || !optsOut {
		return err
	}
	if err := s.leads.OpenAnswers(&r); err != nil {
		return err
	}
	return s.OptOutByAgent(ctx, q, &r, d.At)
}

func (s *Store) dispositions() disposition.Log {
	return disposition.Log{Engine: s.leads.Engine, Keys: s.leads.Keys}
}

// Dispositions lists how the calls about a lead ended, oldest first. Notes that are erased are not given.
func (s *Store) Dispositions(ctx context.Context, id lead.PartnerID) ([]lead.Disposition, error) {
	list, err := s.dispositions().Of(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read how the calls about lead %s ended: %w", id, err)
	}
	return list, nil
}
