package db

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"time"

	"modernc.org/sqlite"
)

const (
	groupSize = 64  // writes that share one fsync
	queueSize = 256 // waiting writes; above that a visitor is told at once to try again
)

// SQLite's result codes that we act upon; an extended code has them in its low byte.
const (
	codeBusy       = 5
	codeIO         = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeCantOpen   = 14
	codeConstraint = 19
	codeNotADB     = 26
)

// codeOf is the result code of an error of SQLite, and 0 of any other.
func codeOf(err error) int {
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code() & 0xff
	}
	return 0
}

// groupWriter is SQLite's one writer, with group commit: its goroutine commits all writes that are waiting in one
// transaction, and never waits for more. A write that breaks a constraint fails alone; any other error of SQLite
// fails the whole group. A write may be run more than once before it is committed. No caller gets an answer before
// the commit has returned.
type groupWriter struct {
	db    *sql.DB
	log   *checkpoints
	files openFiles
	queue chan *job
	once  sync.Once
	stop  chan struct{} // closed by close
	ended chan struct{} // closed when the goroutine has ended

	// Only the goroutine uses these.
	statements statements
	polling    bool // the connection's busy timeout is zero, see begin
}

type job struct {
	ctx  context.Context // how long its caller waits
	work Work
	done chan error // with room for one answer, so that the writer never waits for a caller
}

func startGroupWriter(db *sql.DB, log *checkpoints, files openFiles) *groupWriter {
	g := &groupWriter{db: db, log: log, files: files, statements: statements{}, queue: make(chan *job, queueSize), stop: make(chan struct{}), ended: make(chan struct{})}
	go g.run()
	return g
}

// write queues w and waits until it is committed or ctx ends; in the latter case it may still be
// committed.
func (g *groupWriter) write(ctx context.Context, w Work) error {
	select {
	case <-g.stop:
		return ErrClosed
	case <-g.log.writable.Done():
		return context.Cause(g.log.writable)
	default:
	}
	j := &job{ctx, w, make(chan error, 1)}
	select {
	case g.queue <- j:
	default:
		return ErrBusy
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-g.ended:
	}
	select {
	case err := <-j.done: // the answer came at the same moment
		return err
	default:
		return ErrClosed
	}
}

// close writes what is queued and returns when the goroutine has ended. It may be called more than once.
func (g *groupWriter) close() {
	g.once.Do(func() { close(g.stop) })
	<-g.ended
}

func (g *groupWriter) run() {
	defer close(g.ended)
	idle := time.NewTicker(fileCheckEvery)
	defer idle.Stop()
	for {
		select {
		case first := <-g.queue:
			g.process(g.gather(first))
		case <-idle.C:
			_ = g.checkFiles() // it ends log.writable
		case <-g.stop:
			for len(g.queue) > 0 {
				g.process(g.gather(<-g.queue))
			}
			return
		}
	}
}

// gather takes what is waiting now, without waiting for more: nobody else takes from the queue.
func (g *groupWriter) gather(first *job) []*job {
	jobs := []*job{first}
	for len(jobs) < groupSize && len(g.queue) > 0 {
		jobs = append(jobs, <-g.queue)
	}
	return jobs
}

// process commits jobs and answers them.
func (g *groupWriter) process(jobs []*job) {
	errs, err := g.commit(jobs)
	if gone := g.checkFiles(); gone != nil { // what was committed is in a file that nobody finds again
		err = gone
	}
	for i, j := range jobs {
		if err != nil {
			j.done <- err
		} else {
			j.done <- errs[i]
		}
	}
	if err == nil {
		g.log.committed(context.Background(), g.db, len(jobs)) // after the answers, so that no caller waits for it
	}
}

// checkFiles stops all writing when the files of the database are gone.
func (g *groupWriter) checkFiles() error {
	err := g.files.check()
	if err != nil {
		g.log.fail(err)
	}
	return err
}

// commit runs jobs in one transaction and returns the error of each, or the one error that failed them all. A
// savepoint costs a copy of every page that is changed under it, and jobs hardly ever fail. So they are run without
// savepoints first, and only when one fails, all again, each under its own.
func (g *groupWriter) commit(jobs []*job) ([]error, error) {
	errs, err := g.transact(jobs, false)
	if errors.Is(err, errJobFailed) {
		return g.transact(jobs, true)
	}
	return errs, err
}

// errJobFailed: a job failed and the transaction is to be repeated with savepoints.
var errJobFailed = errors.New("one write of the group has an error")

// transact runs jobs in one transaction. It uses the context of no caller: an interrupted statement would roll back
// the whole group.
func (g *groupWriter) transact(jobs []*job, savepoints bool) ([]error, error) {
	if err := context.Cause(g.log.writable); err != nil {
		return nil, err
	}
	ctx := context.Background()
	g.statements.prepare(ctx, g.db)
	tx, err := g.begin(ctx, jobs)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	errs, queries := make([]error, len(jobs)), g.statements.in(tx)
	for i, j := range jobs {
		errs[i] = j.ctx.Err()
		switch {
		case errs[i] != nil: // its caller has left
		case savepoints:
			errs[i], err = runInSavepoint(ctx, queries, j.work)
		case j.work(ctx, queries) != nil:
			err = errJobFailed // the repeat under a savepoint returns the error itself
		}
		if err != nil {
			return nil, err
		}
	}
	return errs, tx.Commit()
}

// begin takes the write lock. While it waits, SQLite itself tries every 100 ms and rarely meets the gap between two
// commits of another process that commits one group after the other. A try every millisecond does. It gives up when
// no caller waits any more.
func (g *groupWriter) begin(ctx context.Context, jobs []*job) (*sql.Tx, error) {
	if !g.polling {
		if _, err := g.db.ExecContext(ctx, pollSQL); err != nil {
			return nil, err
		}
		g.polling = true
	}
	tx, err := g.db.BeginTx(ctx, nil)
	for codeOf(err) == codeBusy && g.log.writable.Err() == nil && slices.ContainsFunc(jobs, func(j *job) bool { return j.ctx.Err() == nil }) {
		<-time.After(time.Millisecond)
		tx, err = g.db.BeginTx(ctx, nil)
	}
	return tx, err
}

// runInSavepoint runs w under a savepoint. own is the error of w, whose changes are undone; shared fails the group.
func runInSavepoint(ctx context.Context, tx Queries, w Work) (own, shared error) {
	if _, err := tx.ExecContext(ctx, "savepoint member"); err != nil {
		return nil, err
	}
	own = w(ctx, tx)
	if code := codeOf(own); code != 0 && code != codeConstraint {
		return nil, own
	}
	if own != nil {
		if _, err := tx.ExecContext(ctx, "rollback to member"); err != nil {
			return nil, err
		}
	}
	_, err := tx.ExecContext(ctx, "release member")
	return own, err
}
