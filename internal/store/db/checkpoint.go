package db

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
)

// After so many pages SQLite's log is moved into the database file; that is 4 MB. A commit of one lead
// has 15, one of 64 leads about 200.
const (
	logPages    = 1000
	commitPages = 12
	writePages  = 3
)

// ErrLost: pages of the database are not on disk although they seem to be. Nothing is written any
// more; the next start moves them out of the log again, and nothing that was acknowledged is missing.
var ErrLost = errors.New("the disk lost what was moved from the log into the database: start again, and it is moved once more")

// checkpoints moves SQLite's log into the database file. SQLite would do it by itself, but badly
// on a disk that fails: where a reader keeps it from moving the whole log it notes the pages as moved
// and leaves their fsync to a later run, and when that one fails, Linux takes them for clean and
// nobody moves them again. A power cut then leaves a broken file. So readers are waited for, a run
// that moved a part is remembered, and a failure after it ends the writing.
type checkpoints struct {
	mu    sync.Mutex
	pages int           // in the log since the last run, roughly
	owing bool          // pages were noted as moved and not fsynced
	lost  chan struct{} // closed when nothing may be written any more
	once  sync.Once
	why   error // of lost; read after it is closed

	failed atomic.Bool  // the last run
	parts  atomic.Int32 // so many logs that were long enough were not moved whole, one after the other
}

// partsMost is when a log that is not moved whole is trouble: at 64 MB. A backup is through by then.
const partsMost = 16

// stuck says whether the log cannot be moved: the disk does not take it, or somebody reads without end.
func (c *checkpoints) stuck() bool { return c.failed.Load() || c.parts.Load() >= partsMost }

// tell counts a commit of so many writes and moves the log when it is long enough. Its error is told by
// stuck: what was not moved stays in the log, and the next run tries again.
func (c *checkpoints) tell(ctx context.Context, writer *sql.DB, writes int) {
	c.mu.Lock()
	c.pages += commitPages + writes*writePages
	due := c.pages >= logPages
	if due {
		c.pages = 0
	}
	c.mu.Unlock()
	if !due {
		return
	}
	c.parts.Add(1)
	_, _ = c.runBriefly(ctx, writer, "full", pollSQL)
}

// runBriefly is run on the writer's own connection, which waits no longer than scrubHolds for others, and as then
// says afterwards.
func (c *checkpoints) runBriefly(ctx context.Context, writer *sql.DB, how, then string) (whole bool, err error) {
	if _, err := writer.ExecContext(ctx, "pragma busy_timeout = "+scrubHolds); err != nil {
		return false, err
	}
	defer func() {
		_, waits := writer.ExecContext(ctx, then)
		err = errors.Join(err, waits)
	}()
	return c.run(ctx, writer, how)
}

// run moves the log, "full" or "truncate", and tells whether all of it was moved and fsynced. A part is
// left to a reader who stays, or to another process that writes.
func (c *checkpoints) run(ctx context.Context, db *sql.DB, how string) (whole bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isLost() {
		return false, c.why
	}
	defer func() { c.note(ctx, whole, err) }()
	var busy, frames, moved int
	err = db.QueryRowContext(ctx, "pragma wal_checkpoint("+how+")").Scan(&busy, &frames, &moved)
	switch {
	case err != nil && c.owing && isIO(err):
		c.lose(ErrLost)
		return false, ErrLost
	case err != nil:
		return false, err // this run noted nothing as moved
	case frames >= 0: // else another process was at it
		c.owing = busy > 0 // beside a writer of another process its numbers look whole when they are not
	}
	return busy == 0, nil
}

// note keeps how a run ended; one that was broken off says nothing.
func (c *checkpoints) note(ctx context.Context, whole bool, err error) {
	if ctx.Err() != nil {
		return
	}
	c.failed.Store(err != nil)
	if whole {
		c.parts.Store(0)
	}
}

// lose ends the writing.
func (c *checkpoints) lose(why error) {
	c.once.Do(func() {
		c.why = why
		close(c.lost)
	})
}

func (c *checkpoints) isLost() bool {
	select {
	case <-c.lost:
		return true
	default:
		return false
	}
}

func isIO(err error) bool {
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && lite.Code()&0xff == codeIO
}

// settleLog empties the log at a start. It may hold the pages of a commit whose fsync failed before the
// last stop: SQLite takes them for committed now, and what is written behind them would be cut off
// with them when the power goes. With another process in the file there was no such stop.
func (e *sqliteEngine) settleLog(ctx context.Context) error {
	_, err := e.checkpoints.runBriefly(ctx, e.writer, "truncate", waitSQL)
	if lite, ok := errors.AsType[*sqlite.Error](err); ok && lite.Code()&0xff == codeFull {
		return nil // a full disk keeps what is in the log, and refuses what would come behind it
	}
	return err
}
