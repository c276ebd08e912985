package store

import (
	"context"
	"errors"
	"fmt"

	"intake/internal/store/db"
	"intake/internal/store/feed"
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
		if err := Compare(ctx, s.leads.Engine.Reader(), s.leads.Keys, opt.Environment); err != nil && !errors.Is(err, errNoStamp) {
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
	err = Compare(ctx, s.leads.Engine.Reader(), s.leads.Keys, opt.Environment)
	if !errors.Is(err, errNoStamp) || !opt.Create {
		return err
	}
	if err := s.Stamp.Write(ctx, opt.Environment); err != nil {
		return fmt.Errorf("stamp the database: %w", err)
	}
	return Compare(ctx, s.leads.Engine.Reader(), s.leads.Keys, opt.Environment)
}
