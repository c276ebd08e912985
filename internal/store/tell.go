package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// ErrNothingToTell: the lead is not on the list Tell.
var ErrNothingToTell = errors.New("there is nothing to tell Alleviate about this lead")

// Told takes a lead off the list Tell. The entry tells who told Alleviate and how, and is written in
// the same commit; its action and its lead are filled in.
func (s *Store) Told(ctx context.Context, id lead.PartnerID, e audit.Entry) error {
	e.Action, e.Lead = "told Alleviate", string(id)
	now := s.leads.Now()
	_, err := db.Write(ctx, s.leads.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		n, err := table.Affected(q.ExecContext(ctx, "update lead set told_at = $1 where id = $2 and tell_since is not null and told_at is null", now.UnixMilli(), id))
		if err != nil {
			return none, err
		}
		if n == 0 {
			return none, ErrNothingToTell
		}
		return none, s.AuditLog().Add(ctx, q, e)
	})
	if err != nil {
		return fmt.Errorf("note that Alleviate was told of lead %s: %w", id, err)
	}
	return nil
}

// ToTell says since when a person is to tell Alleviate about the lead, and when they did; zero times
// stand for never.
func (s *Store) ToTell(ctx context.Context, id lead.PartnerID) (since, told time.Time, err error) {
	err = s.leads.Engine.Reader().QueryRowContext(ctx, "select tell_since, told_at from lead where id = $1", id).Scan(table.Millis(&since), table.Millis(&told))
	if errors.Is(err, sql.ErrNoRows) {
		return since, told, lead.ErrNotFound
	}
	if err != nil {
		return since, told, fmt.Errorf("look whether Alleviate is to be told of lead %s: %w", id, db.Clean(err))
	}
	return since, told, nil
}
