package store

import (
	"context"
	"database/sql"
	"errors"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
)

// FindByHandle returns what a status page needs: all that is not sealed, and the handle. It
// opens none of the person's answers. No such lead is lead.ErrNotFound.
func (s *Store) FindByHandle(ctx context.Context, handle string) (l lead.Lead, err error) {
	block, err := s.leads.Keys.HandleID(handle)
	id, ok := lead.IDFromBytes(block)
	if err != nil || !ok {
		return l, lead.ErrNotFound
	}
	defer db.Wrap(&err, "find lead by handle")
	l, err = leadtable.Facts(ctx, s.leads.Engine.Reader(), leadtable.SelectFacts, id)
	l.Handle = lead.Keep(handle)
	return l, err
}

// Facts returns all of a lead that is not sealed, and opens nothing. No such lead is
// lead.ErrNotFound.
func (s *Store) Facts(ctx context.Context, id lead.PartnerID) (l lead.Lead, err error) {
	defer db.Wrap(&err, "find lead %s", id)
	return leadtable.Facts(ctx, s.leads.Engine.Reader(), leadtable.SelectFacts, id)
}

// Find returns a lead with everything opened that is not erased. No such lead is lead.ErrNotFound; a sealed record
// that does not open is an error.
func (s *Store) Find(ctx context.Context, id lead.PartnerID) (l lead.Lead, err error) {
	defer db.Wrap(&err, "find lead %s", id)
	r, err := leadtable.One(ctx, s.leads.Engine.Reader(), leadtable.SelectAnswers, id)
	if err != nil {
		return l, err
	}
	if handle := s.leads.HandleOf(id); handle != "" {
		r.Handle = lead.Keep(handle)
	}
	err = s.leads.OpenAnswers(&r)
	return r.Lead, err
}

// Ready stores a small row as durably as a lead and returns nil when that worked: a lead could
// be stored now.
func (s *Store) Ready(ctx context.Context) (err error) {
	defer db.Wrap(&err, "check that a lead can be stored")
	now := s.leads.Now().UnixMilli()
	_, err = db.Write(ctx, s.leads.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, "update stamp set checked_at = $1 where id = 1", now)
	})
	return err
}

// History lists what happened to a lead, oldest first. A lead that is not there has none.
func (s *Store) History(ctx context.Context, id lead.PartnerID) (events []leadtable.Event, err error) {
	defer db.Wrap(&err, "read history of lead %s", id)
	events, err = leadtable.Events(ctx, s.leads.Engine.Reader(), id)
	if err != nil || len(events) > 0 && events[0].Event == leadtable.Stored {
		return events, err
	}
	l, err := leadtable.Facts(ctx, s.leads.Engine.Reader(), leadtable.SelectFacts, id)
	if errors.Is(err, lead.ErrNotFound) {
		return nil, nil
	}
	return append([]leadtable.Event{{At: l.ReceivedAt, Event: leadtable.Stored, To: lead.Received}}, events...), err
}
