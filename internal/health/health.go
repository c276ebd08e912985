// Package health watches the conditions that need an operator while the program accepts leads.
package health

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"intake/internal/clock"
)

// checkEvery is how often the conditions are checked.
const checkEvery = time.Second

// Condition is one thing that may be wrong.
type Condition struct {
	Cause           string      // a fixed word, for log and metrics
	Active          func() bool // never blocks
	LoggedElsewhere bool        // another part of the program logs its start and end
}

// Meter exports whether each cause is active. Its method never blocks.
type Meter interface {
	Degraded(cause string, active bool)
}

// Monitor checks conditions in the background and answers with the last result at once.
type Monitor struct {
	conditions []Condition
	meter      Meter
	log        *slog.Logger
	clock      *clock.Clock
	degraded   atomic.Bool
	since      map[string]time.Time // used by Run's goroutine only
}

// New returns a monitor that has checked nothing yet: no cause is active.
func New(log *slog.Logger, meter Meter, c *clock.Clock, conditions ...Condition) *Monitor {
	for _, condition := range conditions {
		meter.Degraded(condition.Cause, false)
	}
	return &Monitor{conditions: conditions, meter: meter, log: log, clock: c, since: map[string]time.Time{}}
}

// Run checks at once and then every second, until ctx ends. It logs when a cause begins and when it ends.
func (w *Monitor) Run(ctx context.Context) {
	tick := w.clock.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		w.check()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Degraded says whether any cause is active.
func (w *Monitor) Degraded() bool { return w.degraded.Load() }

func (w *Monitor) check() {
	degraded := false
	for _, condition := range w.conditions {
		active := condition.Active()
		degraded = degraded || active
		w.meter.Degraded(condition.Cause, active)
		w.logChange(condition, active)
	}
	w.degraded.Store(degraded)
}

// logChange logs the start or end of a cause.
func (w *Monitor) logChange(condition Condition, active bool) {
	since, wasActive := w.since[condition.Cause]
	switch {
	case active == wasActive:
		return
	case active:
		w.since[condition.Cause] = w.clock.Now()
	default:
		delete(w.since, condition.Cause)
	}
	switch {
	case condition.LoggedElsewhere:
	case active:
		w.log.Warn("degraded: leads are accepted, and a person should look", "degraded", condition.Cause)
	default:
		w.log.Info("no longer degraded", "degraded", condition.Cause, "seconds", int(w.clock.Now().Sub(since).Seconds()))
	}
}
