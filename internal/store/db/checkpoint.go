package db

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
)

// A checkpoint is due when the write-ahead log has this many pages, which is 4 MB. The pages of a commit are
// estimated: 15 for one lead, about 200 for 64 leads.
const (
	checkpointPages = 1000
	commitPages     = 12
	writePages      = 3
)

// ErrLost: pages of the database are not on disk although the kernel reports them as written. Nothing is written any
// more. The log still holds them, so the next start moves them once more and no acknowledged write is missing.
var ErrLost = errors.New("the disk lost what was moved from the log into the database: start again, and it is moved once more")

// checkpoints moves SQLite's write-ahead log into the database file. SQLite's own automatic checkpoint is unsafe on
// a disk that fails: when a reader blocks it half way, it records the pages as moved and leaves their fsync to a
// later run. If that fsync fails, Linux marks the pages as clean and nobody writes them again, and a power cut then
// leaves a damaged file. So a checkpoint here waits for readers, remembers an incomplete run, and stops all writing
// when an I/O error follows one.
type checkpoints struct {
	mu       sync.Mutex
	pages    int  // in the log since the last run, estimated
	unsynced bool // the last run moved pages and did not fsync them

	writable context.Context // ends, with a cause, when nothing may be written any more
	fail     context.CancelCauseFunc

	lastFailed atomic.Bool  // the last run returned an error
	incomplete atomic.Int32 // checkpoints in a row that were due and did not move the whole log
}

// maxIncomplete incomplete checkpoints in a row, 64 MB of log, are reported. A backup, which reads all the while, has
// ended by then.
const maxIncomplete = 16

// stuck says whether the log cannot be moved: the disk fails, or a reader does not end.
func (c *checkpoints) stuck() bool {
	return c.lastFailed.Load() || c.incomplete.Load() >= maxIncomplete
}

// committed counts a commit of this many writes and runs a checkpoint when one is due. Its error is not returned:
// what was not moved stays in the log for the next run, and stuck reports it.
func (c *checkpoints) committed(ctx context.Context, writer *sql.DB, writes int) {
	c.mu.Lock()
	c.pages += commitPages + writes*writePages
	due := c.pages >= checkpointPages
	if due {
		c.pages = 0
	}
	c.mu.Unlock()
	if !due {
		return
	}
	c.incomplete.Add(1) // a complete run sets it to zero
	_, _ = c.runWithShortWait(ctx, writer, "full", pollSQL)
}

// runWithShortWait runs a checkpoint on the writer's own connection, where it waits for others no longer than
// shortBusyTimeout. restoreSQL sets the connection's timeout afterwards.
func (c *checkpoints) runWithShortWait(ctx context.Context, writer *sql.DB, mode, restoreSQL string) (whole bool, err error) {
	if _, err := writer.ExecContext(ctx, "pragma busy_timeout = "+shortBusyTimeout); err != nil {
		return false, err
	}
	defer func() {
		_, restoreErr := writer.ExecContext(ctx, restoreSQL)
		err = errors.Join(err, restoreErr)
	}()
	return c.run(ctx, writer, mode)
}

// run runs a checkpoint in the mode "full" or "truncate" and returns whether the whole log was moved and fsynced. It
// is not when a reader stays, or another process writes.
func (c *checkpoints) run(ctx context.Context, db *sql.DB, mode string) (whole bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := context.Cause(c.writable); err != nil {
		return false, err
	}
	defer func() { c.recordResult(ctx, whole, err) }()
	var busy, frames, moved int
	err = db.QueryRowContext(ctx, "pragma wal_checkpoint("+mode+")").Scan(&busy, &frames, &moved)
	switch {
	case err != nil && c.unsynced && codeOf(err) == codeIO:
		c.fail(ErrLost)
		return false, ErrLost
	case err != nil:
		return false, err // this run recorded no page as moved
	case frames >= 0: // it is negative when another process runs a checkpoint
		c.unsynced = busy > 0 // frames and moved are no proof: beside another process's writer they can be equal too early
	}
	return busy == 0, nil
}

// recordResult keeps how a run ended for stuck. A cancelled run proves nothing.
func (c *checkpoints) recordResult(ctx context.Context, whole bool, err error) {
	if ctx.Err() != nil {
		return
	}
	c.lastFailed.Store(err != nil)
	if whole {
		c.incomplete.Store(0)
	}
}

// emptyLog runs a checkpoint at the start. The log may hold the pages of a commit whose fsync failed before the last
// stop. SQLite takes them for committed, and a power cut would lose them together with all that is written behind
// them. If another process has the file open the last one did not stop that way, so an incomplete run is fine.
func (e *sqliteEngine) emptyLog(ctx context.Context) error {
	_, err := e.checkpoints.runWithShortWait(ctx, e.writer, "truncate", waitSQL)
	if codeOf(err) == codeFull {
		return nil // on a full disk the log stays as it is, and nothing can be written behind it
	}
	return err
}
