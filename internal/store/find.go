package store

import (
	"context"
	"database/sql"
	"fmt"

	"intake/internal/lead"
	"intake/internal/store/db"
)

// FindByHandle returns what a status page needs: all that is not sealed, and the handle. It
// opens none of the person's answers. No such lead is lead.ErrNotFound.
func (s *Store) FindByHandle(ctx context.Context, handle string) (lead.Lead, error) {
	block, err := s.keys.HandleID(handle)
	id, ok := lead.IDFromBytes(block)
	if err != nil || !ok {
		return lead.Lead{}, lead.ErrNotFound
	}
	l, err := facts(ctx, s.engine.Reader(), selectFacts, id)
	if err != nil {
		return lead.Lead{}, fmt.Errorf("find lead by handle: %w", db.Clean(err))
	}
	l.Handle = lead.Keep(handle)
	return l, nil
}

// Find returns a lead with everything opened that is not erased. No such lead is lead.ErrNotFound; a sealed record
// that does not open is an error.
func (s *Store) Find(ctx context.Context, id lead.PartnerID) (lead.Lead, error) {
	r, err := oneLead(ctx, s.engine.Reader(), selectAnswers, id)
	if err == nil {
		err = s.openAnswers(&r)
	}
	if err != nil {
		return lead.Lead{}, fmt.Errorf("find lead %s: %w", id, db.Clean(err))
	}
	if handle := s.handleOf(id); handle != "" {
		r.Handle = lead.Keep(handle)
	}
	return r.Lead, nil
}

// Ready stores a small row as durably as a lead and returns nil when that worked: a lead could
// be stored now.
func (s *Store) Ready(ctx context.Context) error {
	now := s.now().UnixMilli()
	_, err := db.Write(ctx, s.engine, acceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, "update stamp set checked_at = $1 where id = 1", now)
	})
	if err != nil {
		return fmt.Errorf("check that a lead can be stored: %w", err)
	}
	return nil
}
