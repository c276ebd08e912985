// Package gate is what all processes share about the calls to a host: the pace, and whether they are halted.
package gate

import (
	"context"
	"math"
	"time"

	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Pace is how many outside calls all processes together may begin in a minute; 0 lifts it.
type Pace int

// interval is from one call to the next, never shorter than the pace allows.
func (p Pace) interval() time.Duration {
	return (time.Minute/time.Duration(p) + time.Millisecond - 1).Truncate(time.Millisecond)
}

// burst is how many calls may begin at once after a rest. It makes up for couriers that look once a
// second; in no minute do more than pace + burst calls begin.
func (p Pace) burst() int { return 2 + int(p)/60 }

// Room says how many calls may begin now and from when on they are counted. A freeAt more than a minute ahead means
// that a clock was set back; it is ignored.
func (p Pace) Room(freeAt, now time.Time) (n int, from time.Time) {
	if p == 0 {
		return math.MaxInt, now
	}
	if freeAt.After(now.Add(time.Minute)) {
		freeAt = now
	}
	from = now.Add(-time.Duration(p.burst()-1) * p.interval())
	if freeAt.After(from) {
		from = freeAt
	}
	if from.After(now) {
		return 0, from
	}
	return int(now.Sub(from)/p.interval()) + 1, from
}

// Gate is a host that is called, a row of the table delivery, and the pace of all processes' calls to it.
type Gate struct {
	Engine db.Engine
	Host   string
	Pace   Pace
}

// MLAS is the host that takes leads. The table has a row for "debtcore" too.
const MLAS = "mlas"

// State is what all processes share about calls to a host.
type State struct {
	FreeAt, HaltedAt, CountedFrom time.Time
	HaltReason                    string
}

// Read reads the state of the calls to a host.
func (g *Gate) Read(ctx context.Context) (State, error) { return g.read(ctx, g.Engine.Reader(), "") }

// Lock is Read for a change: nobody else changes it in this transaction, and nobody claims.
func (g *Gate) Lock(ctx context.Context, q db.Queries) (State, error) {
	return g.read(ctx, q, g.Engine.LockRow())
}

func (g *Gate) read(ctx context.Context, q db.Queries, lock string) (sh State, err error) {
	err = q.QueryRowContext(ctx, "select free_at, halted_at, halt_reason, counted_from from delivery where host = $1"+lock, g.Host).
		Scan(table.Millis(&sh.FreeAt), table.Millis(&sh.HaltedAt), &sh.HaltReason, table.Millis(&sh.CountedFrom))
	return sh, err
}

// Claim runs claim for as many of n rows as the pace of a host and, with mayHalt, its halt allow, and counts
// their calls. Both are one transaction, so that nobody waits for the pace after a claim. It is false when none may be
// called now.
func Claim[R any](ctx context.Context, g *Gate, q db.Queries, mayHalt bool, n int, now time.Time, claim func(n int) ([]R, error)) ([]R, bool, error) {
	sh, err := g.Lock(ctx, q)
	if err != nil {
		return nil, false, err
	}
	room, from := g.Pace.Room(sh.FreeAt, now)
	if room == 0 || mayHalt && !sh.HaltedAt.IsZero() {
		return nil, false, nil
	}
	rows, err := claim(min(n, room))
	if err != nil || len(rows) == 0 || g.Pace == 0 {
		return rows, true, err
	}
	free := from.Add(time.Duration(len(rows)) * g.Pace.interval())
	_, err = q.ExecContext(ctx, "update delivery set free_at = $1 where host = $2", free.UnixMilli(), g.Host)
	return rows, true, err
}
