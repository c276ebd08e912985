package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/store/db"
	"intake/internal/store/table"
)

// choreSkew is how far the clocks of two hosts may differ. A lease or a run that is further in the future was written before
// a clock was set back, and does not count.
const choreSkew = time.Hour

// Chore is periodic work on the database, which one process does for all.
type Chore struct {
	Name       string
	Owner      string    // the process that runs it, or ran it last
	LeaseUntil time.Time // the zero time: nobody runs it
	DoneAt     time.Time // when the last run that succeeded began; the zero time: none did
	FailedAt   time.Time // likewise, of the last run that failed
}

var choreTable = table.Of[Chore]{
	"name":        func(c *Chore) any { return &c.Name },
	"owner":       func(c *Chore) any { return &c.Owner },
	"lease_until": func(c *Chore) any { return table.Millis(&c.LeaseUntil) },
	"done_at":     func(c *Chore) any { return table.Millis(&c.DoneAt) },
	"failed_at":   func(c *Chore) any { return table.Millis(&c.FailedAt) },
}

const (
	choreColumns = "select name, owner, lease_until, done_at, failed_at from chore"
	selectChores = choreColumns + " order by name"
	selectChore  = choreColumns + " where name = $1"
	insertChore  = "insert into chore (name) values ($1) on conflict (name) do nothing"
	takeChore    = "update chore set owner = $1, lease_until = $2 where name = $3"
	renewChore   = "update chore set lease_until = $1 where name = $2 and owner = $3 and lease_until is not null"
	endChore     = `update chore set lease_until = null, done_at = coalesce($1, done_at), failed_at = coalesce($2, failed_at)
		where name = $3 and owner = $4 and lease_until is not null`
)

// free says whether a process may take the chore now.
func (c Chore) free(now time.Time) bool {
	return !now.Before(c.LeaseUntil) || c.LeaseUntil.After(now.Add(choreSkew))
}

// due says whether the chore is to run now.
func (c Chore) due(now time.Time, p Period) bool {
	return passed(c.DoneAt, now, p.Every) && passed(c.FailedAt, now, p.Retry)
}

// passed says whether at is so long ago, or was written before a clock was set back.
func passed(at, now time.Time, ago time.Duration) bool {
	return !now.Before(at.Add(ago)) || at.After(now.Add(choreSkew))
}

// Period is how often a chore runs, and how soon again after it has failed.
type Period struct{ Every, Retry time.Duration }

// TakeChore takes a chore for owner and says whether it did: only when the chore is due and no other process runs it. The
// lease keeps others away until it ends; whoever dies loses it then.
func (s *Store) TakeChore(ctx context.Context, name, owner string, p Period, lease time.Duration) (bool, error) {
	may := func(c Chore) bool { return c.free(s.now()) && c.due(s.now(), p) }
	seen, err := choreTable.One(ctx, s.engine.Reader(), selectChore, name) // so that most looks write nothing
	if err == nil && !may(seen) {
		return false, nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("look at the chore %s: %w", name, db.Clean(err))
	}
	taken, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (bool, error) {
		if _, err := q.ExecContext(ctx, insertChore, name); err != nil {
			return false, err
		}
		c, err := choreTable.One(ctx, q, selectChore+s.engine.LockRow(), name)
		if err != nil || !may(c) {
			return false, err
		}
		_, err = q.ExecContext(ctx, takeChore, owner, s.now().Add(lease).UnixMilli(), name)
		return err == nil, err
	})
	if err != nil {
		return false, fmt.Errorf("take the chore %s: %w", name, err)
	}
	return taken, nil
}

// RenewChore makes the lease last for another while from now. It says false when another process has taken the chore: then
// owner must stop.
func (s *Store) RenewChore(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error) {
	n, err := db.Write(ctx, s.engine, claimLimit, func(ctx context.Context, q db.Queries) (int, error) {
		return table.Affected(q.ExecContext(ctx, renewChore, s.now().Add(lease).UnixMilli(), name, owner))
	})
	if err != nil {
		return false, fmt.Errorf("renew the lease of the chore %s: %w", name, err)
	}
	return n == 1, nil
}

// ChoreRun says how a run of a chore ended.
type ChoreRun int

// A run that was stopped is due again at once, for whichever process.
const (
	ChoreStopped ChoreRun = iota
	ChoreDone
	ChoreFailed
)

// EndChore gives the lease back and notes how the run that began then has ended. It changes nothing when another process has
// taken the chore since.
func (s *Store) EndChore(ctx context.Context, name, owner string, begun time.Time, run ChoreRun) error {
	var done, failed time.Time
	switch run {
	case ChoreDone:
		done = begun
	case ChoreFailed:
		failed = begun
	}
	_, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, endChore, table.Millis(&done), table.Millis(&failed), name, owner)
	})
	if err != nil {
		return fmt.Errorf("end the chore %s: %w", name, err)
	}
	return nil
}

// Chores lists every chore that was ever taken, by name.
func (s *Store) Chores(ctx context.Context) ([]Chore, error) {
	chores, err := choreTable.All(ctx, s.engine.Reader(), selectChores)
	if err != nil {
		return nil, fmt.Errorf("list the chores: %w", db.Clean(err))
	}
	return chores, nil
}
