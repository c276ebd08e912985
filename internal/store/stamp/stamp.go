// Package stamp is the row that says what a database belongs to: its environment, its keys, its id, and the backup that it came from.
package stamp

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// The stamp's sealed value is bound to ID and Place, where no lead can stand: as the field of a lead called "stamp".
const ID, Place, value = "stamp", "key_check", "intake"

// ErrMissing: the database has no stamp.
var ErrMissing = errors.New("the database was never set up to its end: run intake init again")

// Stamp is the one row of the table stamp, which says what the database belongs to.
type Stamp struct{ *leadtable.Table }

// Write stamps a database, unless it has a stamp.
func Write(ctx context.Context, t *leadtable.Table, environment string) error {
	check, err := Seal(t.Keys)
	if err != nil {
		return err
	}
	now := t.Now().UnixMilli()
	_, err = db.Write(ctx, t.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, `insert into stamp (id, environment, key_check, created_at, checked_at, database_id)
			values (1, $1, $2, $3, $3, $4) on conflict (id) do nothing`, environment, check, now, rand.Text())
	})
	return err
}

// Seal seals what shows that keys are those of the database.
func Seal(keys *seal.Keys) ([]byte, error) {
	return keys.Seal([]byte(value), ID, Place)
}

// Compare refuses a database of another environment or of other keys.
func Compare(ctx context.Context, q db.Queries, keys *seal.Keys, environment string) error {
	var stamped string
	var check []byte
	err := q.QueryRowContext(ctx, "select environment, key_check from stamp where id = 1").Scan(&stamped, &check)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrMissing
	}
	if err != nil {
		return fmt.Errorf("read the stamp: %w", db.Clean(err))
	}
	if stamped != environment {
		return fmt.Errorf("the database belongs to the environment %q, and this is %q", stamped, environment)
	}
	if _, err := keys.Open(check, ID, Place); err != nil {
		return errors.New("the keys are not those of this database: name the key file that belongs to it")
	}
	return nil
}

// State tells which database this is, and whether it came from a backup.
type State struct {
	ID         string        // random; a restore gives the database another one
	RestoredAt time.Time     // zero unless the database came from a backup and nobody has lifted that yet
	PartedAt   time.Time     // when a restore gave it its id
	SentSince  bool          // calls were made that the restored database does not know of
	ClockAhead time.Duration // how far its clock was moved
}

// Read reads the stamp.
func Read(ctx context.Context, q db.Queries) (st State, err error) {
	var ahead int64
	err = q.QueryRowContext(ctx, "select database_id, restored_at, parted_at, sent_since, clock_ahead from stamp where id = 1").
		Scan(&st.ID, table.Millis(&st.RestoredAt), table.Millis(&st.PartedAt), table.Flag(&st.SentSince), &ahead)
	st.ClockAhead = time.Duration(ahead) * time.Millisecond
	return st, err
}

func (s *Stamp) read(ctx context.Context) (st State, err error) {
	defer db.Wrap(&err, "read the stamp of the database")
	return Read(ctx, s.Engine.Reader())
}

// DatabaseID is the random id of the database. A restore gives it another one.
func (s *Stamp) DatabaseID(ctx context.Context) (string, error) {
	st, err := s.read(ctx)
	return st.ID, err
}

// Restored tells since when nothing is claimed because the database came from a backup; false
// means that it did not, or that this was lifted.
func (s *Stamp) Restored(ctx context.Context) (time.Time, bool, error) {
	st, err := s.read(ctx)
	return st.RestoredAt, !st.RestoredAt.IsZero(), err
}

// ClockAhead is how far the clock of the database was moved, which all processes that have it open follow.
func (s *Stamp) ClockAhead(ctx context.Context) (time.Duration, error) {
	st, err := s.read(ctx)
	return st.ClockAhead, err
}
