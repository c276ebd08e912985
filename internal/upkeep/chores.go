package upkeep

import (
	"context"
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
}

// Leases is the table of chores in the database.
type Leases interface {
	Take(ctx context.Context, name, owner string, p chore.Period, lease time.Duration) (bool, error)
	Renew(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error)
	End(ctx context.Context, name, owner string, begun time.Time, run chore.Result) error
	List(ctx context.Context) ([]chore.State, error)
}

const (
	lookEvery  = 5 * time.Second // how often each process looks whether a chore is due
	choreLease = time.Minute     // whoever dies loses a chore after this long
	renewEvery = choreLease / 3
	retryAfter = time.Minute // after a failure, when the chore runs less often than that

	overdueAfter = 10 * time.Minute // how much later than it should a chore may be done before a person is told
	watchEvery   = time.Minute
)

// period is when the chore is due. The half of a look more lets it run at the look that is nearest to its time.
func (c Chore) period() chore.Period {
	return chore.Period{Every: c.Every - lookEvery/2, Retry: min(c.Every, retryAfter) - lookEvery/2}
}

// repeatChore runs a chore whenever it is due and no other process runs it, until ctx ends.
func (cfg Config) repeatChore(ctx context.Context, c Chore) {
	tick := cfg.Clock.NewTicker(lookEvery)
	defer tick.Stop()
	var unreachable bool
	for ctx.Err() == nil { // a tick that came during the run must not begin another one
		taken, err := cfg.Leases.Take(ctx, c.Name, cfg.Owner, c.period(), choreLease)
		if err != nil && !unreachable {
			cfg.logFailure(ctx, "look for a chore that is due", err) // once: it is asked every few seconds
		}
		if unreachable = err != nil; taken {
			cfg.runChore(ctx, c)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// runChore runs a chore whose lease this process has just taken, renews the lease meanwhile, and gives it back.
func (cfg Config) runChore(ctx context.Context, c Chore) {
	begun := cfg.Clock.Now()
	running, stop := context.WithCancel(ctx)
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		cfg.keepLease(running, c, stop)
	}()
	err := c.Run(running)
	result := chore.Done
	switch {
	case running.Err() != nil:
		result = chore.Stopped
	case err != nil:
		result = chore.Failed
		cfg.logFailure(ctx, c.Name, err)
	}
	stop()
	<-renewing
	if err := cfg.Leases.End(context.WithoutCancel(ctx), c.Name, cfg.Owner, begun, result); err != nil {
		cfg.logFailure(ctx, "give back the lease of a chore", err)
	}
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
		chores, err := u.Leases.List(ctx)
		if err != nil {
			u.logFailure(ctx, "look for chores that are overdue", err)
			continue
		}
		u.watch.overdue.Store(u.findOverdue(chores))
	}
}

// findOverdue says whether a chore was overdue at this look and at the one before: when a clock is moved, all are for a moment.
func (u *Upkeep) findOverdue(stored []chore.State) (overdue bool) {
	done := map[string]time.Time{}
	for _, c := range stored {
		done[c.Name] = c.DoneAt
	}
	late := map[string]bool{}
	for _, c := range u.chores {
		last := done[c.Name]
		if last.Before(u.watch.started) {
			last = u.watch.started
		}
		if u.Clock.Now().Sub(last) <= c.Every+overdueAfter {
			continue
		}
		if late[c.Name] = true; !u.watch.late[c.Name] {
			u.Log.Warn("a chore is overdue", "chore", c.Name, "done", done[c.Name])
			continue
		}
		overdue = true
	}
	u.watch.late = late
	return overdue
}

// ChoreOverdue says whether no process has got a chore done for much longer than it should take. It never blocks.
func (u *Upkeep) ChoreOverdue() bool { return u.watch.overdue.Load() }
