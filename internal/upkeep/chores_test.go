package upkeep

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/chore"
)

// leaseTable is the table of chores in memory, for the processes of one test.
type leaseTable struct {
	mu   sync.Mutex
	rows map[string]chore.State
	err  error // of every call
}

func newLeaseTable() *leaseTable { return &leaseTable{rows: map[string]chore.State{}} }

// Take takes what is due and free.
func (l *leaseTable) Take(_ context.Context, name, owner string, p chore.Period, lease time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, now := l.rows[name], time.Now()
	if l.err != nil || now.Before(c.LeaseUntil) || now.Before(c.DoneAt.Add(p.Every)) || now.Before(c.FailedAt.Add(p.Retry)) {
		return false, l.err
	}
	c.Name, c.Owner, c.LeaseUntil = name, owner, now.Add(lease)
	l.rows[name] = c
	return true, nil
}

// Renew renews what owner has.
func (l *leaseTable) Renew(_ context.Context, name, owner string, lease time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.rows[name]
	if l.err != nil || c.Owner != owner || c.LeaseUntil.IsZero() {
		return false, l.err
	}
	c.LeaseUntil = time.Now().Add(lease)
	l.rows[name] = c
	return true, nil
}

// End ends what owner has.
func (l *leaseTable) End(_ context.Context, name, owner string, begun time.Time, run chore.Result) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.rows[name]
	if l.err != nil || c.Owner != owner || c.LeaseUntil.IsZero() {
		return l.err
	}
	c.LeaseUntil = time.Time{}
	switch run {
	case chore.Done:
		c.DoneAt = begun
	case chore.Failed:
		c.FailedAt = begun
	}
	l.rows[name] = c
	return nil
}

// List lists all.
func (l *leaseTable) List(context.Context) (list []chore.State, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.rows {
		list = append(list, c)
	}
	return list, l.err
}

func (l *leaseTable) change(name string, act func(*chore.State)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.rows[name]
	act(&c)
	l.rows[name] = c
}

// deadLeases is the table as a process sees it that has died: nothing that it does arrives.
type deadLeases struct {
	*leaseTable
	dead func() bool
}

// Renew does nothing once the process is dead.
func (d deadLeases) Renew(ctx context.Context, name, owner string, lease time.Duration) (bool, error) {
	if d.dead() {
		return false, errors.New("dead")
	}
	return d.leaseTable.Renew(ctx, name, owner, lease)
}

// End does nothing once the process is dead.
func (d deadLeases) End(ctx context.Context, name, owner string, begun time.Time, run chore.Result) error {
	if d.dead() {
		return errors.New("dead")
	}
	return d.leaseTable.End(ctx, name, owner, begun, run)
}

// sweeps records the runs of a chore in all processes.
type sweeps struct {
	mu       sync.Mutex
	running  int
	together bool // two ran at the same time
	runs     []string
	started  time.Time
}

// chore takes that long in the process.
func (s *sweeps) chore(process string, takes time.Duration, err error) Chore {
	return Chore{Name: "sweep", Every: time.Minute, Run: func(ctx context.Context) error {
		s.change(func() {
			s.runs = append(s.runs, process+" at "+time.Since(s.started).String())
			s.running++
			s.together = s.together || s.running > 1
		})
		defer s.change(func() { s.running-- })
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(takes):
			return err
		}
	}}
}

func (s *sweeps) runningNow() (n int) {
	s.change(func() { n = s.running })
	return n
}

func (s *sweeps) change(act func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	act()
}

// process starts the loop of one chore in a process, until the returned function is called or the test ends.
func process(t *testing.T, leases Leases, owner string, c Chore, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	cfg := testConfig(t, log)
	cfg.Leases, cfg.Owner = leases, owner
	u := New(cfg)
	u.chores = []*ownChore{{Chore: c}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		u.runChores(ctx)
	}()
	return func() { cancel(); <-ended }
}

func TestChores_OneProcessRunsAndTheOtherTakesOverWhenItStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases, s := newLeaseTable(), &sweeps{started: time.Now()}
		log := slog.New(slog.DiscardHandler)
		stopA := process(t, leases, "a", s.chore("a", 50*time.Second, nil), log)
		time.Sleep(time.Second) // the bubble's clock
		stopB := process(t, leases, "b", s.chore("b", 50*time.Second, nil), log)
		time.Sleep(100 * time.Second)
		stopA() // in the middle of its second run: what it has begun is due at once
		time.Sleep(2 * time.Minute)
		stopB()
		if s.together || len(s.runs) < 3 || s.runs[0] != "a at 0s" || !strings.HasPrefix(s.runs[2], "b at 1m4") {
			t.Errorf("runs %q, at the same time: %v", s.runs, s.together)
		}
	})
}

func TestChores_AnotherTakesOverWhenTheLeaseOfADeadProcessEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases, s := newLeaseTable(), &sweeps{started: time.Now()}
		died := false
		log := slog.New(slog.DiscardHandler)
		stopA := process(t, deadLeases{leases, func() bool { return died }}, "a", s.chore("a", time.Hour, nil), log)
		time.Sleep(10 * time.Second) // the bubble's clock
		died = true
		stopA()
		stopB := process(t, leases, "b", s.chore("b", time.Second, nil), log)
		time.Sleep(70 * time.Second)
		stopB()
		if want := []string{"a at 0s", "b at 1m0s"}; !slices.Equal(s.runs, want) {
			t.Errorf("runs %q, want %q", s.runs, want)
		}
	})
}

func TestChores_ALongRunKeepsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases, s := newLeaseTable(), &sweeps{started: time.Now()}
		log := slog.New(slog.DiscardHandler)
		stopA := process(t, leases, "a", s.chore("a", 10*time.Minute, nil), log)
		time.Sleep(time.Second) // the bubble's clock
		stopB := process(t, leases, "b", s.chore("b", 10*time.Minute, nil), log)
		time.Sleep(9 * time.Minute)
		stopA()
		stopB()
		if s.together || s.runs[0] != "a at 0s" || len(s.runs) > 2 {
			t.Errorf("runs %q, at the same time: %v", s.runs, s.together)
		}
	})
}

func TestChores_ARunEndsWhenItsLeaseIsLostOrCannotBeRenewed(t *testing.T) {
	for name, tt := range map[string]struct {
		lose func(*leaseTable)
		ends time.Duration // at most
	}{
		"another process has taken it": {func(l *leaseTable) { l.change("sweep", func(c *chore.State) { c.Owner = "b" }) }, renewEvery},
		"the database is gone":         {func(l *leaseTable) { l.change("sweep", func(*chore.State) { l.err = errors.New("gone") }) }, choreLease - renewEvery},
	} {
		synctest.Test(t, func(t *testing.T) {
			leases, s := newLeaseTable(), &sweeps{started: time.Now()}
			var log bytes.Buffer
			stop := process(t, leases, "a", s.chore("a", time.Hour, nil), slog.New(slog.NewJSONHandler(&log, nil)))
			time.Sleep(time.Second) // the bubble's clock
			tt.lose(leases)
			time.Sleep(tt.ends - 2*time.Second)
			synctest.Wait()
			if s.runningNow() != 1 {
				t.Errorf("%s: it ended although its lease lasts", name)
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if n := s.runningNow(); n != 0 {
				t.Errorf("%s: %d run although the lease is lost", name, n)
			}
			stop()
			if !strings.Contains(log.String(), `"a chore is stopped: its lease is lost, and another process may run it","chore":"sweep"`) {
				t.Errorf("%s: nothing of it in:\n%s", name, log.String())
			}
		})
	}
}

func TestChores_AFailureIsLoggedAndTriedAgainAMinuteLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases, s := newLeaseTable(), &sweeps{started: time.Now()}
		var log bytes.Buffer
		failing := s.chore("a", 0, errors.New("disk"))
		failing.Every = time.Hour
		stop := process(t, leases, "a", failing, slog.New(slog.NewJSONHandler(&log, nil)))
		time.Sleep(150 * time.Second) // the bubble's clock
		stop()
		if want := []string{"a at 0s", "a at 1m10s", "a at 2m20s"}; !slices.Equal(s.runs, want) || strings.Count(log.String(), `"level":"ERROR","msg":"sweep","cause":"disk"`) != 3 {
			t.Errorf("runs %q, want %q, log:\n%s", s.runs, want, log.String())
		}
	})
}

func TestChores_AnotherProcessTriesWhatOneFailsAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases, s := newLeaseTable(), &sweeps{started: time.Now()}
		log := slog.New(slog.DiscardHandler)
		stopA := process(t, leases, "a", s.chore("a", time.Second, errors.New("disk")), log)
		time.Sleep(2 * time.Second) // the bubble's clock
		stopB := process(t, leases, "b", s.chore("b", time.Second, nil), log)
		time.Sleep(90 * time.Second)
		stopA()
		stopB()
		if diff := cmp.Diff([]string{"a at 0s", "b at 1m2s"}, s.runs); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}

func TestChores_ARunThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases, s := newLeaseTable(), &sweeps{started: time.Now()}
		var log bytes.Buffer
		stop := process(t, leases, "a", s.chore("a", time.Hour, nil), slog.New(slog.NewJSONHandler(&log, nil)))
		time.Sleep(13 * time.Minute) // the bubble's clock
		stop()
		if diff := cmp.Diff([]string{"a at 0s", "a at 11m10s"}, s.runs); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
		if !strings.Contains(log.String(), `"msg":"sweep","cause":"context deadline exceeded"`) {
			t.Errorf("nothing of it in:\n%s", log.String())
		}
	})
}

func TestChores_AnUnreachableDatabaseIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases, s := newLeaseTable(), &sweeps{started: time.Now()}
		leases.err = errors.New("gone")
		var log bytes.Buffer
		stop := process(t, leases, "a", s.chore("a", 0, nil), slog.New(slog.NewJSONHandler(&log, nil)))
		time.Sleep(time.Hour) // the bubble's clock
		stop()
		if n := strings.Count(log.String(), `"look for chores that are due","cause":"gone"`); n != 1 || len(s.runs) > 0 {
			t.Errorf("logged %d times, runs %q", n, s.runs)
		}
	})
}

func TestChores_WhatNobodyGetsDoneIsOverdueUntilItIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		jobs := &jobsStub{optOutsSince: map[string]int{}}
		eraser := &eraserStub{t: t, started: time.Now(), err: errors.New("disk")}
		cfg := testConfig(t, slog.New(slog.NewJSONHandler(&log, nil)))
		cfg.Eraser, cfg.Expirer, cfg.Chainer, cfg.AuditLog = eraser, jobs, jobs, auditStub{jobs}
		u := New(cfg)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); u.Run(ctx) }()
		time.Sleep(65*time.Minute + time.Second) // the bubble's clock
		if u.ChoreOverdue() {
			t.Error("overdue too early")
		}
		time.Sleep(2 * time.Minute)
		if !u.ChoreOverdue() {
			t.Error("nobody learns that nothing is erased")
		}
		eraser.setErr(nil)
		time.Sleep(2 * time.Minute)
		if u.ChoreOverdue() {
			t.Error("overdue although it is done")
		}
		stop()
		<-ended
		if n := strings.Count(log.String(), `"a chore is overdue","chore":"erase","done":"0001-01-01T00:00:00Z"`); n != 1 || strings.Count(log.String(), "overdue") != 1 {
			t.Errorf("logged %d times in:\n%s", n, log.String())
		}
	})
}
