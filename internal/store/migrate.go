package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/feed"
)

// prepare brings the tables up to date and compares the stamp, before and after: a database of
// another environment must not even be migrated.
func (s *Store) prepare(ctx context.Context, opt Options) error {
	stamped, err := s.engine.HasTable(ctx, "stamp")
	if err != nil {
		return db.Clean(err)
	}
	if !stamped && !opt.Create {
		return errors.New("the database has none of our tables: name the right one, or set it up with intake init")
	}
	if stamped {
		if err := compareStamp(ctx, s.engine.Reader(), s.keys, opt.Environment); err != nil && !errors.Is(err, errNoStamp) {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, db.MigrateLimit)
	defer cancel()
	if err := s.engine.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", db.Clean(err))
	}
	if err := feed.Renumber(ctx, s.engine); err != nil {
		return err
	}
	err = compareStamp(ctx, s.engine.Reader(), s.keys, opt.Environment)
	if errors.Is(err, errNoStamp) && opt.Create {
		if err := s.writeStamp(ctx, opt.Environment); err != nil {
			return fmt.Errorf("stamp the database: %w", err)
		}
		err = compareStamp(ctx, s.engine.Reader(), s.keys, opt.Environment)
	}
	return err
}

// The stamp's sealed value stands where no lead can: as the field of a lead called "stamp".
const stampID, stampField, stampValue = "stamp", "key_check", "intake"

var errNoStamp = errors.New("the database was never set up to its end: run intake init again")

// writeStamp stamps a database that has no stamp yet.
func (s *Store) writeStamp(ctx context.Context, environment string) error {
	check, err := s.keys.Seal([]byte(stampValue), stampID, stampField)
	if err != nil {
		return err
	}
	now := s.now().UnixMilli()
	_, err = db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, `insert into stamp (id, environment, key_check, created_at, checked_at, database_id)
			values (1, $1, $2, $3, $3, $4) on conflict (id) do nothing`, environment, check, now, rand.Text())
	})
	return err
}

// compareStamp refuses a database of another environment or of other keys.
func compareStamp(ctx context.Context, q db.Queries, keys *seal.Keys, environment string) error {
	var stamped string
	var check []byte
	err := q.QueryRowContext(ctx, "select environment, key_check from stamp where id = 1").Scan(&stamped, &check)
	if errors.Is(err, sql.ErrNoRows) {
		return errNoStamp
	}
	if err != nil {
		return fmt.Errorf("read the stamp: %w", db.Clean(err))
	}
	if stamped != environment {
		return fmt.Errorf("the database belongs to the environment %q, and this is %q", stamped, environment)
	}
	if _, err := keys.Open(check, stampID, stampField); err != nil {
		return errors.New("the keys are not those of this database: name the key file that belongs to it")
	}
	return nil
}
