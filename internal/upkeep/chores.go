package upkeep

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"intake/internal/store/chore"
)

// Chore is periodic work on the database that one process does for all. Its Run may be stopped at any moment and run again, by
// this process or another. When a clock jumps, two may run it side by side for some seconds, until the one that has lost the
// lease learns of it. So every Run must be idempotent.
type Chore struct {
	Name  string // a fixed word, for the table, log and doctor
	Every time.Duration
	Run   func(context.Context) error
	Retry time.Duration // how soon again after a failure; 0: after a minute, or Every when that is less
	Limit time.Duration // of a run that hangs while its lease is renewed; 0: ten minutes
}

// Nightly is the Every of a chore that is due once after 03:00 UTC, which is night in the United States.
const (
	Nightly   = 24 * time.Hour
	nightHour = 3 * time.Hour
)

// Leases is the table of chores in the database.
type Leases interface {
	Take(ctx context.Context, name, owner string, p chore.Period, lease time.Duration) (bool, error)
	Renew(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error)
	End(ctx context.Context, name, owner string, begun time.Time, run chore.Result) error
	List(ctx context.Context) ([]chore.State, error)
}

const (
	lookEvery  = 5 * time.Second // how often each process looks whether a chore is due
	lookLimit  = 5 * time.Second
	choreLease = time.Minute // whoever dies loses a chore after this long
	renewEvery = choreLease / 3
	runLimit   = 10 * time.Minute
	retryAfter = time.Minute
	restAfter  = 2 * lookEvery // how much longer a process waits that has failed, so that another one tries

	watchEvery = time.Minute
)

// period is when the chore is due. The half of a look more lets it run at the look that is nearest to its time.
func (c Chore) period(now time.Time) chore.Period {
	every := c.Every - lookEvery/2
	if c.Every == Nightly {
		night := now.Add(-nightHour).Truncate(24 * time.Hour).Add(nightHour)
		every = now.Sub(night) + time.Millisecond // a run that began in this night was one
	}
	return chore.Period{Every: every, Retry: c.retry() - lookEvery/2}
}

func (c Chore) retry() time.Duration { return cmp.Or(c.Retry, min(c.Every, retryAfter)) }

func (c Chore) limit() time.Duration { return cmp.Or(c.Limit, runLimit) }

// ownChore is a chore as this process sees it.
type ownChore struct {
	Chore
	busy      atomic.Bool
	restUntil time.Time // only the run of the chore uses it
}

// runChores looks whether chores are due that no other process runs, and runs them beside each other: a long one must not
// delay the others. It returns when ctx has ended and they have stopped.
func (u *Upkeep) runChores(ctx context.Context) {
	tick := u.Clock.NewTicker(lookEvery)
	defer tick.Stop()
	var running sync.WaitGroup
	defer running.Wait()
	var unreachable bool
	for ctx.Err() == nil { // a tick that has come in time must not begin another look
		stored, err := u.storedChores(ctx)
		if err != nil && !unreachable {
			u.logFailure(ctx, "look for chores that are due", err) // once: it is asked every few seconds
		}
		if unreachable = err != nil; !unreachable {
			u.startDue(ctx, stored, &running)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// storedChores are the rows of the chores, by name.
func (u *Upkeep) storedChores(ctx context.Context) (map[string]chore.State, error) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	chores, err := u.Leases.List(ctx)
	stored := map[string]chore.State{}
	for _, c := range chores {
		stored[c.Name] = c
	}
	return stored, err
}

// startDue takes the chores that may run, and runs them.
func (u *Upkeep) startDue(ctx context.Context, stored map[string]chore.State, running *sync.WaitGroup) {
	for _, c := range u.chores {
		if c.busy.Load() || !stored[c.Name].MayRun(u.Clock.Now(), c.period(u.Clock.Now())) {
			continue
		}
		c.busy.Store(true)
		running.Go(func() {
			defer c.busy.Store(false)
			u.takeChore(ctx, c)
		})
	}
}

func (u *Upkeep) takeChore(ctx context.Context, c *ownChore) {
	now := u.Clock.Now()
	if now.Before(c.restUntil) && c.restUntil.Sub(now) <= c.retry()+restAfter { // else a clock was set back
		return
	}
	taken, err := u.Leases.Take(ctx, c.Name, u.Owner, c.period(now), choreLease)
	u.logFailure(ctx, "take a chore that is due", err)
	if err != nil || taken && !u.runChore(ctx, c.Chore) {
		c.restUntil = u.Clock.Now().Add(c.retry() + restAfter)
	}
}

// runChore runs a chore whose lease this process has just taken, renews the lease meanwhile, and gives it back. It says
// whether the run did not fail.
func (cfg Config) runChore(ctx context.Context, c Chore) bool {
	begun := cfg.Clock.Now()
	running, stop := context.WithCancel(ctx)
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		cfg.keepLease(running, c, stop)
	}()
	limited, cancel := context.WithTimeout(running, c.limit())
	err := c.Run(limited)
	result := chore.Done
	switch {
	case running.Err() != nil:
		result = chore.Stopped
	case err != nil:
		result = chore.Failed
		cfg.logFailure(ctx, c.Name, err)
	}
	cancel()
	stop()
	<-renewing
	if err := cfg.Leases.End(context.WithoutCancel(ctx), c.Name, cfg.Owner, begun, result); err != nil {
		cfg.logFailure(ctx, "give back the lease of a chore", err)
	}
	return result != chore.Failed
}

// keepLease renews the lease of a chore until ctx ends, and calls stop when the lease is lost or cannot be renewed in time.
func (cfg Config) keepLease(ctx context.Context, c Chore, stop func()) {
	tick := cfg.Clock.NewTicker(renewEvery)
	defer tick.Stop()
	renewed := cfg.Clock.Mark()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := cfg.Clock.Mark()
		held, err := cfg.Leases.Renew(ctx, c.Name, cfg.Owner, choreLease)
		switch {
		case held:
			renewed = asked
		case err == nil || cfg.Clock.Passed(renewed) >= choreLease-renewEvery:
			cfg.Log.Warn("a chore is stopped: its lease is lost, and another process may run it", "chore", c.Name)
			stop()
			return
		default:
			cfg.logFailure(ctx, "renew the lease of a chore", err)
		}
	}
}

// watch notices chores that no process gets done.
type watch struct {
	started time.Time
	late    map[string]bool // at the last look
	overdue atomic.Bool
}

// watchChores looks every minute whether a chore is overdue, until ctx ends.
func (u *Upkeep) watchChores(ctx context.Context) {
	tick := u.Clock.NewTicker(watchEvery)
	defer tick.Stop()
	u.watch.started = u.Clock.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		stored, err := u.storedChores(ctx)
		if err != nil {
			u.logFailure(ctx, "look for chores that are overdue", err)
			continue
		}
		u.watch.overdue.Store(u.findOverdue(stored))
	}
}

// findOverdue says whether a chore was overdue at this look and at the one before: when a clock is moved, all are for a moment.
func (u *Upkeep) findOverdue(stored map[string]chore.State) (overdue bool) {
	late := map[string]bool{}
	for _, c := range u.chores {
		last := stored[c.Name].DoneAt
		if last.Before(u.watch.started) {
			last = u.watch.started
		}
		if u.Clock.Now().Sub(last) <= c.Every+c.limit() {
			continue
		}
		if late[c.Name] = true; !u.watch.late[c.Name] {
			u.Log.Warn("a chore is overdue", "chore", c.Name, "done", stored[c.Name].DoneAt)
			continue
		}
		overdue = true
	}
	u.watch.late = late
	return overdue
}

// ChoreOverdue says whether no process has got a chore done for much longer than it should take. It never blocks.
func (u *Upkeep) ChoreOverdue() bool { return u.watch.overdue.Load() }
