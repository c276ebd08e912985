package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// pace is how many outside calls all processes together may begin in a minute; 0 lifts it.
type pace int

// interval is from one call to the next, never shorter than the pace allows.
func (p pace) interval() time.Duration {
	return (time.Minute/time.Duration(p) + time.Millisecond - 1).Truncate(time.Millisecond)
}

// burst is how many calls may begin at once after a rest. It makes up for couriers that look once a
// second; in no minute do more than pace + burst calls begin.
func (p pace) burst() int { return 2 + int(p)/60 }

// room says how many calls may begin now and from when on they are counted. A freeAt more than a minute ahead means
// that a clock was set back; it is ignored.
func (p pace) room(freeAt, now time.Time) (n int, from time.Time) {
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

// gate is a host that is called, a row of the table delivery, and the pace of all processes' calls to it.
type gate struct {
	host string
	pace pace
}

// mlasHost takes leads. The table has a row for "debtcore" too.
const mlasHost = "mlas"

// shared is what all processes share about calls to a host.
type shared struct {
	freeAt, haltedAt, countedFrom time.Time
	haltReason                    string
}

// read reads it. With LockRow as lock nobody else changes it in this transaction.
func (g gate) read(ctx context.Context, q db.Queries, lock string) (sh shared, err error) {
	err = q.QueryRowContext(ctx, "select free_at, halted_at, halt_reason, counted_from from delivery where host = $1"+lock, g.host).
		Scan(table.Millis(&sh.freeAt), table.Millis(&sh.haltedAt), &sh.haltReason, table.Millis(&sh.countedFrom))
	return sh, err
}

// lockShared reads for a change what all processes share about calls for leads.
func (s *Store) lockShared(ctx context.Context, q db.Queries) (shared, error) {
	return s.mlas.read(ctx, q, s.engine.LockRow())
}

// claimWithinPace runs claim for as many of n rows as the pace of a host and, with mayHalt, its halt allow, and counts
// their calls. Both are one transaction, so that nobody waits for the pace after a claim. It is false when none may be
// called now.
func claimWithinPace[R any](ctx context.Context, s *Store, q db.Queries, g gate, mayHalt bool, n int, now time.Time, claim func(n int) ([]R, error)) ([]R, bool, error) {
	sh, err := g.read(ctx, q, s.engine.LockRow())
	if err != nil {
		return nil, false, err
	}
	room, from := g.pace.room(sh.freeAt, now)
	if room == 0 || mayHalt && !sh.haltedAt.IsZero() {
		return nil, false, nil
	}
	rows, err := claim(min(n, room))
	if err != nil || len(rows) == 0 || g.pace == 0 {
		return rows, true, err
	}
	free := from.Add(time.Duration(len(rows)) * g.pace.interval())
	_, err = q.ExecContext(ctx, "update delivery set free_at = $1 where host = $2", free.UnixMilli(), g.host)
	return rows, true, err
}

// countDoubtsSQL counts the doubts that calls left behind. Those of a restore do not count: Alleviate did not cause
// them.
const countDoubtsSQL = `select count(*) from lead_event where to_status = 'in_doubt' and at > $1
	and event in ('` + string(lead.Ambiguous) + `', '` + string(lead.LeaseExpired) + `')`

// haltIfTooMany halts createLead when the last hour brought too many doubts, the one that was just
// written among them.
func (s *Store) haltIfTooMany(ctx context.Context, q db.Queries) error {
	if s.options.DoubtHalt == 0 {
		return nil
	}
	sh, err := s.lockShared(ctx, q)
	if err != nil || !sh.haltedAt.IsZero() {
		return err
	}
	now := s.now()
	since := now.Add(-time.Hour)
	if sh.countedFrom.After(since) {
		since = sh.countedFrom
	}
	var n int
	if err := q.QueryRowContext(ctx, countDoubtsSQL, since.UnixMilli()).Scan(&n); err != nil || n <= s.options.DoubtHalt {
		return err
	}
	_, err = q.ExecContext(ctx, "update delivery set halted_at = $1, halt_reason = $2 where host = $3",
		now.UnixMilli(), fmt.Sprintf("%d new doubts within an hour", n), s.mlas.host)
	return err
}

// Halted tells since when createLead is halted, and why; the zero time means that it is not.
func (s *Store) Halted(ctx context.Context) (since time.Time, why string, err error) {
	defer db.Wrap(&err, "read whether createLead is halted")
	sh, err := s.mlas.read(ctx, s.engine.Reader(), "")
	return sh.haltedAt, sh.haltReason, err
}

// ErrNotHalted: there is nothing to resume.
var ErrNotHalted = errors.New("createLead is not halted")

// Resume lets createLead go on for all processes. The doubts so far count no more. The entry tells
// who and why, and is written in the same commit; its action is filled in.
func (s *Store) Resume(ctx context.Context, e audit.Entry) (err error) {
	defer db.Wrap(&err, "resume createLead")
	e.Action = "resume createLead"
	_, err = writeAudited(ctx, s, decisionLimit, e, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		sh, err := s.lockShared(ctx, q)
		if err != nil {
			return nil, err
		}
		if sh.haltedAt.IsZero() {
			return nil, ErrNotHalted
		}
		return q.ExecContext(ctx, "update delivery set halted_at = null, halt_reason = '', counted_from = $1 where host = $2", s.now().UnixMilli(), s.mlas.host)
	})
	return err
}
