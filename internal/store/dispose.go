package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/disposition"
	"intake/internal/store/table"
)

// agentChannel is the channel of an opt-out that an agent took down on a call.
const agentChannel = "agent"

// Dispose writes down how a call about a lead ended. A lead may get several, and none is changed afterwards. DoNotCall also
// opts the person out in the same commit, by every phone and the address of the lead, and stops their leads as OptOut does. It goes on when
// ctx ends.
//
// No such lead is lead.ErrNotFound. A lead whose answers are erased gets none, since nobody would erase the note: lead.ErrErased.
func (s *Store) Dispose(ctx context.Context, d lead.Disposition) error {
	if d.At.IsZero() {
		d.At = s.now()
	}
	d.At, d.CallBackAt = table.AsStored(d.At), table.AsStored(d.CallBackAt)
	err := d.Check()
	var agentID int64
	if err == nil {
		agentID, err = s.agents.Of(ctx, d.By)
	}
	if err == nil {
		_ = s.keys.Refresh() // as in Save
		_, err = db.Write(ctx, s.engine, acceptLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
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
		if _, err := s.lockShared(ctx, q); err != nil { // as in OptOut, and before the lead, as every claim does
			return err
		}
	}
	r, err := s.lockedLead(ctx, q, selectAnswers, d.Lead)
	switch {
	case err != nil:
		return err
	case !r.ErasedAt.IsZero():
		return lead.ErrErased
	}
	if err := s.dispositions().Add(ctx, q, d, agentID); err != nil || !optsOut {
		return err
	}
	if err := s.openAnswers(&r); err != nil {
		return err
	}
	return s.optOutByAgent(ctx, q, &r, d.At)
}

// optOutByAgent opts out the person of a lead, by the lead's phones and its address.
func (s *Store) optOutByAgent(ctx context.Context, q db.Queries, r *leadRow, at time.Time) error {
	var all [][]byte
	var rows []optOutRow
	for _, o := range optOutsOf(r, at) {
		row, persons, err := s.newOptOutRow(o)
		if err != nil {
			return err
		}
		rows, all = append(rows, row), append(all, persons...)
	}
	slices.SortFunc(all, bytes.Compare) // two at once wait for each other in one order
	for i, row := range rows {
		var persons [][]byte
		if i == len(rows)-1 { // one act for each phone, and all persons in one order
			persons = all
		}
		if _, err := s.writeOptOut(ctx, q, row, persons); err != nil {
			return err
		}
	}
	return nil
}

// optOutsOf are an opt-out for each phone of the lead; the first has the address too.
func optOutsOf(r *leadRow, at time.Time) (acts []lead.OptOut) {
	a := &r.Applicant
	phones := []lead.Private[string]{a.HomePhone}
	for _, phone := range []lead.Private[string]{a.CellPhone, a.WorkPhone} {
		if phone.Given() && !slices.ContainsFunc(phones, phone.Equal) {
			phones = append(phones, phone)
		}
	}
	for _, phone := range phones {
		acts = append(acts, lead.OptOut{At: at, Channel: agentChannel, Language: r.Language, Phone: phone})
	}
	acts[0].Email = a.Email
	return acts
}

func (s *Store) dispositions() disposition.Log {
	return disposition.Log{Engine: s.engine, Keys: s.keys}
}

// Dispositions lists how the calls about a lead ended, oldest first. Notes that are erased are not given.
func (s *Store) Dispositions(ctx context.Context, id lead.PartnerID) ([]lead.Disposition, error) {
	list, err := s.dispositions().Of(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read how the calls about lead %s ended: %w", id, err)
	}
	return list, nil
}
