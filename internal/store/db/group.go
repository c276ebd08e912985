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

// group is SQLite's one writer: a goroutine that commits together what is waiting together, and
// never waits for a fuller group. A row that breaks a constraint is its caller's trouble alone;
// any other error fails the whole group. A write may be run more than once before it is
// committed. Nobody hears of success before the commit has returned.
type group struct {
	db    *sql.DB
	log   *checkpoints
	files openFiles
	texts statements // the goroutine's alone
	polls bool       // likewise: SQLite itself does not wait on this connection any more
	queue chan *job
	end   sync.Once
	stop  chan struct{} // closed by close
	gone  chan struct{} // closed when the goroutine has ended
}

type job struct {
	ctx  context.Context // how long its caller waits
	work Work
	done chan error // holds one, so that the writer never waits for a caller
}

func startGroup(db *sql.DB, log *checkpoints, files openFiles) *group {
	g := &group{db: db, log: log, files: files, texts: statements{}, queue: make(chan *job, queueSize), stop: make(chan struct{}), gone: make(chan struct{})}
	go g.run()
	return g
}

// write queues w and waits until it is committed or ctx ends; in the latter case it may still be
// committed.
func (g *group) write(ctx context.Context, w Work) error {
	select {
	case <-g.stop:
		return ErrClosed
	case <-g.log.lost:
		return g.log.why
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
	case <-g.gone:
	}
	select {
	case err := <-j.done: // both were ready
		return err
	default:
		return ErrClosed
	}
}

// close lets what is queued be written, and returns when the writer has ended. A second close
// does nothing more.
func (g *group) close() {
	g.end.Do(func() { close(g.stop) })
	<-g.gone
}

func (g *group) run() {
	defer close(g.gone)
	idle := time.NewTicker(presentEvery)
	defer idle.Stop()
	for {
		select {
		case first := <-g.queue:
			g.serve(g.gather(first))
			continue
		case <-idle.C:
			_ = g.look() // it is told by lost
			continue
		case <-g.stop:
		}
		select {
		case first := <-g.queue:
			g.serve(g.gather(first))
		default:
			return
		}
	}
}

// gather takes what is waiting right now.
func (g *group) gather(first *job) []*job {
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

func (g *group) serve(jobs []*job) {
	if g.log.isLost() {
		g.refuse(jobs, g.log.why)
		return
	}
	own, err := g.commit(jobs)
	if gone := g.look(); gone != nil { // nobody is told that it is kept
		err = gone
	}
	if err != nil {
		g.refuse(jobs, err)
		return
	}
	for i, j := range jobs {
		j.done <- own[i]
	}
	g.log.tell(context.Background(), g.db, len(jobs)) // nobody waits for it any more
}

// look ends the writing when the files of the database are gone.
func (g *group) look() error {
	err := g.files.check()
	if err != nil {
		g.log.lose(err)
	}
	return err
}

func (g *group) refuse(jobs []*job, err error) {
	for _, j := range jobs {
		j.done <- err
	}
}

// commit writes jobs in one transaction and returns each one's own error, or the error that all
// share. A savepoint costs a copy of every page that is changed under it, and hardly ever has a
// job an error of its own: only then all are undone and run again, each under its savepoint.
func (g *group) commit(jobs []*job) ([]error, error) {
	own, err := g.transact(jobs, unguarded)
	if errors.Is(err, errOfOne) {
		return g.transact(jobs, member)
	}
	return own, err
}

// errOfOne says that a job has an error of its own and that nothing is written.
var errOfOne = errors.New("one write of the group has an error")

// transact runs on no caller's context: an interrupted statement would roll back the group.
func (g *group) transact(jobs []*job, run func(context.Context, Queries, Work) (own, shared error)) ([]error, error) {
	ctx := context.Background()
	g.texts.compile(ctx, g.db)
	tx, err := g.begin(ctx, jobs)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	own, bound := make([]error, len(jobs)), compiled{tx, g.texts, map[string]*sql.Stmt{}}
	for i, j := range jobs {
		own[i] = j.ctx.Err() // nobody waits any more: leave it out
		if own[i] != nil {
			continue
		}
		if own[i], err = run(ctx, bound, j.work); err != nil {
			return nil, err
		}
	}
	return own, tx.Commit()
}

// begin takes the write lock. SQLite itself looks for it every 100 ms, and a process that commits one group
// after the other is then met at work each time; every millisecond finds the gap between two commits. It gives
// up when no caller waits any more.
func (g *group) begin(ctx context.Context, jobs []*job) (*sql.Tx, error) {
	if !g.polls {
		if _, err := g.db.ExecContext(ctx, pollSQL); err != nil {
			return nil, err
		}
		g.polls = true
	}
	tx, err := g.db.BeginTx(ctx, nil)
	for isBusy(err) && !g.log.isLost() && slices.ContainsFunc(jobs, func(j *job) bool { return j.ctx.Err() == nil }) {
		<-time.After(time.Millisecond)
		tx, err = g.db.BeginTx(ctx, nil)
	}
	return tx, err
}

func isBusy(err error) bool {
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && lite.Code()&0xff == codeBusy
}

func unguarded(ctx context.Context, tx Queries, w Work) (own, shared error) {
	if w(ctx, tx) != nil {
		return nil, errOfOne // it comes again under its savepoint, and is told then
	}
	return nil, nil
}

// member runs w under a savepoint. own is w's error, undone; shared ends the group.
func member(ctx context.Context, tx Queries, w Work) (own, shared error) {
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
