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
	case <-g.log.failed:
		return g.log.cause
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
			continue
		case <-idle.C:
			_ = g.checkFiles() // it closes log.failed
			continue
		case <-g.stop:
		}
		select {
		case first := <-g.queue:
			g.process(g.gather(first))
		default:
			return
		}
	}
}

// gather takes what is waiting now, without waiting for more.
func (g *groupWriter) gather(first *job) []*job {
	jobs := []*job{first}
	for len(jobs) < groupSize {
		select {
		case j := <-g.queue:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// process commits jobs and answers them.
func (g *groupWriter) process(jobs []*job) {
	if g.log.hasFailed() {
		g.failAll(jobs, g.log.cause)
		return
	}
	errs, err := g.commit(jobs)
	if gone := g.checkFiles(); gone != nil { // what was committed is in a file that nobody finds again
		err = gone
	}
	if err != nil {
		g.failAll(jobs, err)
		return
	}
	for i, j := range jobs {
		j.done <- errs[i]
	}
	g.log.committed(context.Background(), g.db, len(jobs)) // after the answers, so that no caller waits for it
}

// checkFiles stops all writing when the files of the database are gone.
func (g *groupWriter) checkFiles() error {
	err := g.files.check()
	if err != nil {
		g.log.fail(err)
	}
	return err
}

func (g *groupWriter) failAll(jobs []*job, err error) {
	for _, j := range jobs {
		j.done <- err
	}
}

// commit runs jobs in one transaction and returns the error of each, or the one error that failed them all. A
// savepoint costs a copy of every page that is changed under it, and jobs hardly ever fail. So they are run without
// savepoints first, and only when one fails, all again, each under its own.
func (g *groupWriter) commit(jobs []*job) ([]error, error) {
	errs, err := g.transact(jobs, runDirectly)
	if errors.Is(err, errJobFailed) {
		return g.transact(jobs, runInSavepoint)
	}
	return errs, err
}

// errJobFailed: a job failed and the transaction is to be repeated with savepoints.
var errJobFailed = errors.New("one write of the group has an error")

// transact runs jobs in one transaction. It uses the context of no caller: an interrupted statement would roll back
// the whole group.
func (g *groupWriter) transact(jobs []*job, run func(context.Context, Queries, Work) (own, shared error)) ([]error, error) {
	ctx := context.Background()
	g.statements.prepare(ctx, g.db)
	tx, err := g.begin(ctx, jobs)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	errs, prepared := make([]error, len(jobs)), preparedTx{tx, g.statements, map[string]*sql.Stmt{}}
	for i, j := range jobs {
		errs[i] = j.ctx.Err()
		if errs[i] != nil {
			continue // its caller has left
		}
		if errs[i], err = run(ctx, prepared, j.work); err != nil {
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
	for isBusy(err) && !g.log.hasFailed() && slices.ContainsFunc(jobs, func(j *job) bool { return j.ctx.Err() == nil }) {
		<-time.After(time.Millisecond)
		tx, err = g.db.BeginTx(ctx, nil)
	}
	return tx, err
}

func isBusy(err error) bool {
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && lite.Code()&0xff == codeBusy
}

// runDirectly runs w without a savepoint.
func runDirectly(ctx context.Context, tx Queries, w Work) (own, shared error) {
	if w(ctx, tx) != nil {
		return nil, errJobFailed // the repeat under a savepoint returns the error itself
	}
	return nil, nil
}

// runInSavepoint runs w under a savepoint. own is the error of w, whose changes are undone; shared fails the group.
func runInSavepoint(ctx context.Context, tx Queries, w Work) (own, shared error) {
	if _, err := tx.ExecContext(ctx, "savepoint member"); err != nil {
		return nil, err
	}
	own = w(ctx, tx)
	if lite, ok := errors.AsType[*sqlite.Error](own); ok && lite.Code()&0xff != codeConstraint {
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
