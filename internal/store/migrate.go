package store

import (
	"context"
	"errors"
	"fmt"

	"intake/internal/store/db"
	"intake/internal/store/feed"
	"intake/internal/store/stamp"
)

// prepare brings the tables up to date and compares the stamp, before and after: a database of
// another environment must not even be migrated.
func (s *Store) prepare(ctx context.Context, opt Options) error {
	stamped, err := s.leads.Engine.HasTable(ctx, "stamp")
	if err != nil {
		return db.Clean(err)
	}
	if !stamped && !opt.Create {
		return errors.New("the database has none of our tables: name the right one, or set it up with intake init")
	}
	if stamped {
		if err := stamp.Compare(ctx, s.leads.Engine.Reader(), s.leads.Keys, opt.Environment); err != nil && !errors.Is(err, stamp.ErrMissing) {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, db.MigrateLimit)
	defer cancel()
	if err := s.leads.Engine.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", db.Clean(err))
	}
	if err := feed.Renumber(ctx, s.leads.Engine); err != nil {
		return err
	}
	err = stamp.Compare(ctx, s.leads.Engine.Reader(), s.leads.Keys, opt.Environment)
	if !errors.Is(err, stamp.ErrMissing) || !opt.Create {
		return err
	}
	if err := stamp.Write(ctx, s.leads, opt.Environment); err != nil {
		return fmt.Errorf("stamp the database: %w", err)
	}
	return stamp.Compare(ctx, s.leads.Engine.Reader(), s.leads.Keys, opt.Environment)
}
