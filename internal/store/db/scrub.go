package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A checkpoint that empties the log holds all writers back while it waits for readers. Each try
// waits for so long and no longer, on a connection of its own: with five seconds on the writer's
// connection one start in 300 held every save back for as long, and some failed.
const (
	scrubHolds = "50" // milliseconds
	scrubPause = 500 * time.Millisecond
	scrubTries = 120 // a minute; the next hour tries again
)

// Scrub moves the log into the database file, where an overwritten value is zeroes, and empties it.
// Readers that have not ended, such as a backup, make it wait; nobody waits for it. It is done with
// no mark too: the log also holds what a draft was before its last change.
func (e *sqliteEngine) Scrub(ctx context.Context, _ []string, _, _ bool) (clean bool, err error) {
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

// Scrub writes the tables anew. A table that is too big or too busy is vacuumed,
// so that new rows take the room; it is for a quiet hour.
func (e *postgresEngine) Scrub(ctx context.Context, tables []string, marked, quiet bool) (clean bool, err error) {
	if !marked && !quiet {
		return true, nil
	}
	conn, err := e.slow.Conn(ctx)
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
