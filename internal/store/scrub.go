package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// markUnscrubbed notes, in the commit of an erasure or a re-sealing, that old bytes may stand in the
// files until the next scrub.
func markUnscrubbed(ctx context.Context, q queries, now time.Time) error {
	_, err := q.ExecContext(ctx, "update stamp set unscrubbed = unscrubbed + 1, unscrubbed_since = coalesce(unscrubbed_since, $1) where id = 1", now.UnixMilli())
	return err
}

// Scrub makes overwritten values unreadable in the files of the database, as each Erase does. With
// quiet it does so however long everybody else has to wait. It returns since when there are some that
// it could not get at.
func (s *Store) Scrub(ctx context.Context, quiet bool) (since time.Time, err error) {
	return s.scrub(ctx, quiet)
}

// scrub does it, also what an earlier run began and did not finish. It returns since when there is
// something that could not be done.
func (s *Store) scrub(ctx context.Context, quiet bool) (since time.Time, err error) {
	since, err = s.scrubMarked(ctx, quiet)
	if err != nil {
		return since, fmt.Errorf("make erased values unreadable in the files: %w", clean(err))
	}
	return since, nil
}

func (s *Store) scrubMarked(ctx context.Context, quiet bool) (since time.Time, err error) {
	var marks int64
	err = s.engine.reader().QueryRowContext(ctx, "select unscrubbed, unscrubbed_since from stamp where id = 1").Scan(&marks, millis{&since})
	if err != nil {
		return time.Time{}, err
	}
	if since.IsZero() {
		since = s.now()
	}
	scrubbed, err := s.engine.scrub(ctx, marks > 0, quiet)
	if err != nil || !scrubbed {
		return since, err
	}
	if marks == 0 {
		return time.Time{}, nil
	}
	_, err = write(ctx, s, courierLimit, func(ctx context.Context, q queries) (sql.Result, error) { // unless more came meanwhile
		return q.ExecContext(ctx, "update stamp set unscrubbed = 0, unscrubbed_since = null where id = 1 and unscrubbed = $1", marks)
	})
	return time.Time{}, err
}

// A checkpoint that empties the log holds all writers back while it waits for readers. Each try
// waits for so long and no longer, on a connection of its own: with five seconds on the writer's
// connection one start in 300 held every save back for as long, and some failed.
const (
	scrubHolds = "50" // milliseconds
	scrubPause = 500 * time.Millisecond
	scrubTries = 120 // a minute; the next hour tries again
)

// scrub moves the log into the database file, where an overwritten value is zeroes, and empties it.
// Readers that have not ended, such as a backup, make it wait; nobody waits for it. It is done with
// no mark too: the log also holds what a draft was before its last change.
func (e *sqliteEngine) scrub(ctx context.Context, _, _ bool) (clean bool, err error) {
	db, err := sql.Open("sqlite", fileAddress(e.path)+"mode=rw&_dqs=0&_defensive=1&_pragma=busy_timeout("+scrubHolds+
		")&_pragma=synchronous(FULL)&_pragma=trusted_schema(0)")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for range scrubTries {
		if empty, err := e.checkpoints.run(ctx, db, "truncate"); err != nil || empty {
			return empty, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(scrubPause):
		}
	}
	return false, nil
}

// PostgreSQL keeps what was overwritten in the free room of its pages, where VACUUM leaves it: only a
// table that is written anew is without it. That holds everybody back, so it is done for tables
// that take a second or two, and broken off before a visitor's five seconds are over.
const (
	rewriteMost  = 128 << 20 // bytes of a table with its indexes: about 80,000 leads, 1.2 s on a slow machine
	rewriteWaits = "1s"      // for a transaction that uses the table; the rest waits behind
	rewriteTakes = "3s"
)

// scrub writes the tables with sealed values anew. A table that is too big or too busy is vacuumed,
// so that new rows take the room; it is for a quiet hour.
func (e *postgresEngine) scrub(ctx context.Context, marked, quiet bool) (clean bool, err error) {
	if !marked && !quiet {
		return true, nil
	}
	conn, err := e.slow.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	clean = true
	for _, t := range sealedTables {
		done, err := rewrite(ctx, conn, t.name, quiet)
		if err != nil {
			return false, err
		}
		clean = clean && done
	}
	return clean, nil
}

func rewrite(ctx context.Context, conn *sql.Conn, table string, quiet bool) (bool, error) {
	if quiet {
		_, err := conn.ExecContext(ctx, "vacuum (full) "+table)
		return err == nil, err
	}
	var size int64
	if err := conn.QueryRowContext(ctx, "select pg_total_relation_size($1::regclass)", table).Scan(&size); err != nil {
		return false, err
	}
	if size <= rewriteMost {
		if err := limitTimes(ctx, conn, rewriteWaits, rewriteTakes); err != nil {
			return false, err
		}
		_, err := conn.ExecContext(ctx, "vacuum (full) "+table)
		if err := limitTimes(context.WithoutCancel(ctx), conn, "0", "0"); err != nil {
			return false, err
		}
		if !tookTooLong(err) {
			return err == nil, err
		}
	}
	_, err := conn.ExecContext(ctx, "vacuum "+table)
	return false, err
}

// limitTimes says how long a statement of the connection waits for a lock, and takes in all.
func limitTimes(ctx context.Context, conn *sql.Conn, lock, statement string) error {
	_, err := conn.ExecContext(ctx, "select set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false)", lock, statement)
	return err
}

// tookTooLong says whether the server broke the statement off because of one of the time limits.
func tookTooLong(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "55P03" || pg.Code == "57014")
}
