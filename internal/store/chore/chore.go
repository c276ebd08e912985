// Package chore leases periodic work on the database to the process that does it for all.
package chore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"intake/internal/clock"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Time limits of writes.
const (
	writeLimit = 30 * time.Second
	renewLimit = 5 * time.Second // the lease runs already
)

// skew is how far the clocks of two hosts may differ. A lease or a run that is further in the future was written before
// a clock was set back, and does not count.
const skew = 15 * time.Minute

// State is how a chore stands.
type State struct {
	Name       string
	Owner      string    // the process that runs it, or ran it last
	LeaseUntil time.Time // the zero time: nobody runs it
	DoneAt     time.Time // when the last run that succeeded began; the zero time: none did
	FailedAt   time.Time // likewise, of the last run that failed, if none succeeded since
}

var columns = table.Of[State]{
	"name":        func(c *State) any { return &c.Name },
	"owner":       func(c *State) any { return &c.Owner },
	"lease_until": func(c *State) any { return table.Millis(&c.LeaseUntil) },
	"done_at":     func(c *State) any { return table.Millis(&c.DoneAt) },
	"failed_at":   func(c *State) any { return table.Millis(&c.FailedAt) },
}

const (
	selectAll  = "select name, owner, lease_until, done_at, failed_at from chore"
	selectList = selectAll + " order by name"
	selectOne  = selectAll + " where name = $1"
	insert     = "insert into chore (name) values ($1) on conflict (name) do nothing"
	take       = "update chore set owner = $1, lease_until = $2 where name = $3"
	renew      = "update chore set lease_until = $1 where name = $2 and owner = $3 and lease_until is not null"
	end        = `update chore set lease_until = null, done_at = coalesce($1, done_at),
		failed_at = case when cast($1 as bigint) is null then coalesce($2, failed_at) end
		where name = $3 and owner = $4 and lease_until is not null`
)

// MayRun says whether a process may take the chore now: when it is due and no other process runs it.
func (c State) MayRun(now time.Time, p Period) bool { return c.free(now) && c.due(now, p) }

// free says whether a process may take the chore now.
func (c State) free(now time.Time) bool {
	return !now.Before(c.LeaseUntil) || c.LeaseUntil.After(now.Add(skew))
}

// due says whether the chore is to run now.
func (c State) due(now time.Time, p Period) bool {
	return passed(c.DoneAt, now, p.Every) && passed(c.FailedAt, now, p.Retry)
}

// passed says whether at is so long ago, or was written before a clock was set back.
func passed(at, now time.Time, ago time.Duration) bool {
	return !now.Before(at.Add(ago)) || at.After(now.Add(skew))
}

// Period is how often a chore runs, and how soon again after it has failed.
type Period struct{ Every, Retry time.Duration }

// Leases are those of all chores.
type Leases struct {
	Engine db.Engine
	Clock  *clock.Clock
}

// Take takes a chore for owner and says whether it did, which is when it may run. The lease keeps others away until it
// ends; whoever dies loses it then.
func (l Leases) Take(ctx context.Context, name, owner string, p Period, lease time.Duration) (bool, error) {
	taken, err := db.Write(ctx, l.Engine, writeLimit, func(ctx context.Context, q db.Queries) (bool, error) {
		if _, err := q.ExecContext(ctx, insert, name); err != nil {
			return false, err
		}
		c, err := columns.One(ctx, q, selectOne+l.Engine.LockRow(), name)
		if err != nil || !c.MayRun(l.Clock.Now(), p) {
			return false, err
		}
		_, err = q.ExecContext(ctx, take, owner, l.Clock.Now().Add(lease).UnixMilli(), name)
		return err == nil, err
	})
	if err != nil {
		return false, fmt.Errorf("take the chore %s: %w", name, err)
	}
	return taken, nil
}

// Renew makes the lease last for another while from now. It says false when another process has taken the chore: then
// owner must stop.
func (l Leases) Renew(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error) {
	n, err := db.Write(ctx, l.Engine, renewLimit, func(ctx context.Context, q db.Queries) (int, error) {
		return table.Affected(q.ExecContext(ctx, renew, l.Clock.Now().Add(lease).UnixMilli(), name, owner))
	})
	if err != nil {
		return false, fmt.Errorf("renew the lease of the chore %s: %w", name, err)
	}
	return n == 1, nil
}

// Result is how a run of a chore ended.
type Result int

// A run that was stopped is due again at once, for whichever process.
const (
	Stopped Result = iota
	Done
	Failed
)

// End gives the lease back and notes how the run that began then has ended. It changes nothing when another process has
// taken the chore since.
func (l Leases) End(ctx context.Context, name, owner string, begun time.Time, run Result) error {
	var done, failed time.Time
	switch run {
	case Done:
		done = begun
	case Failed:
		failed = begun
	}
	_, err := db.Write(ctx, l.Engine, writeLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, end, table.Millis(&done), table.Millis(&failed), name, owner)
	})
	if err != nil {
		return fmt.Errorf("end the chore %s: %w", name, err)
	}
	return nil
}

// List lists every chore that was ever taken, by name.
func (l Leases) List(ctx context.Context) ([]State, error) {
	chores, err := columns.All(ctx, l.Engine.Reader(), selectList)
	if err != nil {
		return nil, fmt.Errorf("list the chores: %w", db.Clean(err))
	}
	return chores, nil
}
