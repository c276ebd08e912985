package db

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
)

// newSQLite is a new database with a table of unique words.
func newSQLite(t *testing.T) *sqliteEngine {
	t.Helper()
	opened, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "a.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	if err := opened.Write(t.Context(), run("create table words (word text unique)")); err != nil {
		t.Fatal(err)
	}
	return opened.(*sqliteEngine)
}

func run(query string, args ...any) Work {
	return func(ctx context.Context, q Queries) error {
		_, err := q.ExecContext(ctx, query, args...)
		return err
	}
}

// hold keeps the writer busy until the returned function lets it go on.
func hold(t *testing.T, g *groupWriter) (release func()) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	go func() {
		_ = g.write(context.Background(), func(context.Context, Queries) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() { close(end) }
}

// queued puts all of jobs into the queue, so that the writer takes them as one group, and
// returns what each was told.
func queued(t *testing.T, g *groupWriter, jobs ...Work) []error {
	t.Helper()
	release := hold(t, g)
	list := make([]*job, len(jobs))
	for i, w := range jobs {
		list[i] = &job{t.Context(), w, make(chan error, 1)}
		g.queue <- list[i]
	}
	release()
	errs := make([]error, len(jobs))
	for i, j := range list {
		errs[i] = <-j.done
	}
	return errs
}

func words(t *testing.T, e Engine) (n int) {
	t.Helper()
	if err := e.Reader().QueryRowContext(t.Context(), "select count(*) from words").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestGroup_IsAllOrNone(t *testing.T) {
	e := newSQLite(t)
	g := e.group
	errs := queued(t, g,
		run("insert into words values ('one')"),
		run("insert into no_such_table values ('two')"),
		run("insert into words values ('three')"))
	for i, err := range errs {
		if err == nil {
			t.Errorf("write %d was told that it is saved", i)
		}
	}
	if n := words(t, e); n != 0 {
		t.Errorf("%d rows of a failed group are stored", n)
	}
	if err := g.write(t.Context(), run("insert into words values ('four')")); err != nil {
		t.Errorf("the next write: %v", err)
	}
}

func TestGroup_ConstraintErrorBelongsToItsCaller(t *testing.T) {
	e := newSQLite(t)
	g := e.group
	refused := errors.New("refused by the work itself")
	errs := queued(t, g,
		run("insert into words values ('one')"),
		run("insert into words values ('two'), ('one')"),
		func(ctx context.Context, q Queries) error {
			return errors.Join(run("insert into words values ('three')")(ctx, q), refused)
		},
		run("insert into words values ('four')"))
	for i, want := range []bool{true, false, false, true} {
		if (errs[i] == nil) != want {
			t.Errorf("write %d: %v, want saved: %v", i, errs[i], want)
		}
	}
	if n := words(t, e); n != 2 {
		t.Errorf("%d rows are stored, want 2", n)
	}
}

func TestGroup_LeavesOutWhoHasGone(t *testing.T) {
	e := newSQLite(t)
	g := e.group
	release := hold(t, g)
	ctx, leave := context.WithCancel(t.Context())
	gone := &job{ctx, run("insert into words values ('gone')"), make(chan error, 1)}
	g.queue <- gone
	leave()
	release()
	if err := <-gone.done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := words(t, e); n != 0 {
		t.Errorf("%d rows are stored", n)
	}
}

func TestGroup_RefusesAtOnceWhenTheQueueIsFull(t *testing.T) {
	e := newSQLite(t)
	g := e.group
	release := hold(t, g)
	list := make([]*job, queueSize)
	for i := range list {
		list[i] = &job{t.Context(), run("insert into words values ($1)", fmt.Sprint(i)), make(chan error, 1)}
		g.queue <- list[i]
	}
	if err := g.write(t.Context(), run("insert into words values ('one too many')")); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	release()
	for _, j := range list {
		if err := <-j.done; err != nil {
			t.Error(err)
		}
	}
	if n := words(t, e); n != queueSize {
		t.Errorf("%d rows are stored, want %d", n, queueSize)
	}
}

func TestGroup_CloseWritesWhatIsQueued(t *testing.T) {
	g := newSQLite(t).group
	release := hold(t, g)
	last := &job{t.Context(), run("insert into words values ('last')"), make(chan error, 1)}
	g.queue <- last
	closed := make(chan struct{})
	go func() {
		g.close()
		close(closed)
	}()
	<-g.stop
	release()
	<-closed
	if err := <-last.done; err != nil {
		t.Error(err)
	}
	if err := g.write(t.Context(), run("insert into words values ('later')")); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}
