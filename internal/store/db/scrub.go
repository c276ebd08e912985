package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A checkpoint that empties the log blocks all writers while it waits for readers. So each try waits only this long,
// on a connection of its own. With five seconds on the writer's connection, one start in 300 blocked every save for as
// long, and some failed.
const (
	shortBusyTimeout = "50" // milliseconds
	scrubPause       = 500 * time.Millisecond
	scrubTries       = 120 // a minute; the next hourly run tries again
)

// MarkUnscrubbed notes, in the commit of an erasure or a re-sealing, that old bytes may stand in the
// files until the next scrub.
func MarkUnscrubbed(ctx context.Context, q Queries, now time.Time) error {
	_, err := q.ExecContext(ctx, "update stamp set unscrubbed = unscrubbed + 1, unscrubbed_since = coalesce(unscrubbed_since, $1) where id = 1", now.UnixMilli())
	return err
}

// Scrub moves the log into the database file, where SQLite overwrites deleted values with zeroes, and empties it. It
// waits for readers, such as a backup, and nobody waits for it. The log also holds
// the values from before each change.
func (e *sqliteEngine) Scrub(ctx context.Context, _ []string, _ bool) (clean bool, err error) {
	db, err := sql.Open("sqlite", fileAddress(e.path)+"mode=rw&_dqs=0&_defensive=1&_pragma=busy_timeout("+shortBusyTimeout+
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

// PostgreSQL leaves overwritten values in the free space of its pages, and so does VACUUM. Only VACUUM FULL, which
// rewrites the table, removes them. It blocks everybody, so it is run on tables that take a second or two, and
// cancelled before the five seconds that a visitor waits.
const (
	rewriteMaxBytes    = 128 << 20 // bytes of a table with its indexes
	rewriteLockTimeout = "1s"      // for a transaction that uses the table; all others queue behind this one
	rewriteTimeout     = "3s"
)

// Scrub rewrites the tables. One that is too big or too busy is only vacuumed, so that new rows reuse the space; a run
// with quiet rewrites it.
func (e *postgresEngine) Scrub(ctx context.Context, tables []string, quiet bool) (clean bool, err error) {
	conn, err := e.unlimited.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	clean = true
	for _, table := range tables {
		done, err := rewrite(ctx, conn, table, quiet)
		if err != nil {
			return false, err
		}
		clean = clean && done
	}
	return clean, nil
}

// rewrite returns whether the table was rewritten.
func rewrite(ctx context.Context, conn *sql.Conn, table string, quiet bool) (bool, error) {
	if quiet {
		_, err := conn.ExecContext(ctx, "vacuum (full) "+table)
		return err == nil, err
	}
	var size int64
	if err := conn.QueryRowContext(ctx, "select pg_total_relation_size($1::regclass)", table).Scan(&size); err != nil {
		return false, err
	}
	if size <= rewriteMaxBytes {
		if err := setTimeouts(ctx, conn, rewriteLockTimeout, rewriteTimeout); err != nil {
			return false, err
		}
		_, err := conn.ExecContext(ctx, "vacuum (full) "+table)
		if err := setTimeouts(context.WithoutCancel(ctx), conn, "0", "0"); err != nil {
			return false, err
		}
		if !timedOut(err) {
			return err == nil, err
		}
	}
	_, err := conn.ExecContext(ctx, "vacuum "+table)
	return false, err
}

// setTimeouts limits how long a statement of the connection waits for a lock, and how long it takes in all.
func setTimeouts(ctx context.Context, conn *sql.Conn, lock, statement string) error {
	_, err := conn.ExecContext(ctx, "select set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false)", lock, statement)
	return err
}

// timedOut says whether the server cancelled the statement for one of the timeouts.
func timedOut(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "55P03" || pg.Code == "57014")
}
