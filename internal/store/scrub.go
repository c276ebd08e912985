package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// A checkpoint that empties the log holds all writers back while it waits for readers. Each try
// waits for so long and no longer, on a connection of its own: with five seconds on the writer's
// connection one start in 300 held every save back for as long, and some failed.
const (
	scrubHolds = "50" // milliseconds
	scrubPause = 500 * time.Millisecond
	scrubTries = 120 // a minute; the next hour tries again
)

// scrub moves the log into the database file, where an overwritten value is zeroes, and empties it.
// Readers that have not ended, such as a backup, make it wait; nobody waits for it.
func (e *sqliteEngine) scrub(ctx context.Context) (err error) {
	db, err := sql.Open("sqlite", fileAddress(e.path)+"mode=rw&_dqs=0&_defensive=1&_pragma=busy_timeout("+scrubHolds+
		")&_pragma=synchronous(FULL)&_pragma=trusted_schema(0)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for range scrubTries {
		if empty, err := emptyLog(ctx, db); err != nil || empty {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(scrubPause):
		}
	}
	return errors.New("the log could not be emptied, because the database is in use all the time")
}

// emptyLog first moves what it can without holding anybody, so that little is left to do while
// writers wait.
func emptyLog(ctx context.Context, db *sql.DB) (bool, error) {
	for _, how := range []string{"passive", "truncate"} {
		var busy, frames, moved int
		err := db.QueryRowContext(ctx, "pragma wal_checkpoint("+how+")").Scan(&busy, &frames, &moved)
		if err != nil {
			return false, err
		}
		if how == "truncate" {
			return busy == 0, nil
		}
	}
	return false, nil
}
