package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// The stamp's sealed value stands where no lead can: as the field of a lead called "stamp".
const stampID, stampField, stampValue = "stamp", "key_check", "intake"

var errNoStamp = errors.New("the database was never set up to its end: run intake init again")

// writeStamp stamps a database, unless it has a stamp.
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

// stamp tells which database this is, and whether it came from a backup.
type stamp struct {
	id         string        // random; a restore gives the database another one
	restoredAt time.Time     // zero unless the database came from a backup and nobody has lifted that yet
	partedAt   time.Time     // when a restore gave it its id
	sentSince  bool          // calls were made that the restored database does not know of
	clockAhead time.Duration // how far its clock was moved
}

func readStamp(ctx context.Context, q db.Queries) (st stamp, err error) {
	var ahead int64
	err = q.QueryRowContext(ctx, "select database_id, restored_at, parted_at, sent_since, clock_ahead from stamp where id = 1").
		Scan(&st.id, table.Millis(&st.restoredAt), table.Millis(&st.partedAt), table.Flag(&st.sentSince), &ahead)
	st.clockAhead = time.Duration(ahead) * time.Millisecond
	return st, err
}

func (s *Store) stamp(ctx context.Context) (st stamp, err error) {
	defer db.Wrap(&err, "read the stamp of the database")
	return readStamp(ctx, s.engine.Reader())
}

// DatabaseID is the random id of the database. A restore gives it another one.
func (s *Store) DatabaseID(ctx context.Context) (string, error) {
	st, err := s.stamp(ctx)
	return st.id, err
}

// Restored tells since when nothing is claimed because the database came from a backup; false
// means that it did not, or that this was lifted.
func (s *Store) Restored(ctx context.Context) (time.Time, bool, error) {
	st, err := s.stamp(ctx)
	return st.restoredAt, !st.restoredAt.IsZero(), err
}

// ClockAhead is how far the clock of the database was moved, which all processes that have it open follow.
func (s *Store) ClockAhead(ctx context.Context) (time.Duration, error) {
	st, err := s.stamp(ctx)
	return st.clockAhead, err
}
