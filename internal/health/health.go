// Package health tells what needs a person's eye while the program runs and takes leads.
package health

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"intake/internal/clock"
)

// lookEvery is how often the signs are looked at.
const lookEvery = time.Second

// Sign is one thing that may be wrong.
type Sign struct {
	Cause  string      // a fixed word, for log and metrics
	Stands func() bool // never blocks
	Told   bool        // whoever finds it logs how it begins and ends
}

// Meter shows each cause. Its method never blocks.
type Meter interface {
	Degraded(cause string, stands bool)
}

// Watch looks at signs. What it has seen last is told at once, whatever else the program is busy with.
type Watch struct {
	signs    []Sign
	meter    Meter
	log      *slog.Logger
	clock    *clock.Clock
	degraded atomic.Bool
	since    map[string]time.Time // Run's goroutine alone uses it
}

// New makes a watch that has seen nothing yet: no cause stands.
func New(log *slog.Logger, meter Meter, c *clock.Clock, signs ...Sign) *Watch {
	for _, sign := range signs {
		meter.Degraded(sign.Cause, false)
	}
	return &Watch{signs: signs, meter: meter, log: log, clock: c, since: map[string]time.Time{}}
}

// Run looks at once and then every second, until ctx ends. Each cause is told when it begins and when it ends.
func (w *Watch) Run(ctx context.Context) {
	look := w.clock.NewTicker(lookEvery)
	defer look.Stop()
	for {
		w.look()
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// Degraded says whether any cause stands.
func (w *Watch) Degraded() bool { return w.degraded.Load() }

func (w *Watch) look() {
	degraded := false
	for _, sign := range w.signs {
		stands := sign.Stands()
		degraded = degraded || stands
		w.meter.Degraded(sign.Cause, stands)
		w.tell(sign, stands)
	}
	w.degraded.Store(degraded)
}

// tell logs a change.
func (w *Watch) tell(sign Sign, stands bool) {
	since, stood := w.since[sign.Cause]
	switch {
	case stands == stood:
		return
	case stands:
		w.since[sign.Cause] = w.clock.Now()
	default:
		delete(w.since, sign.Cause)
	}
	switch {
	case sign.Told:
	case stands:
		w.log.Warn("degraded: leads are accepted, and a person should look", "degraded", sign.Cause)
	default:
		w.log.Info("no longer degraded", "degraded", sign.Cause, "seconds", int(w.clock.Now().Sub(since).Seconds()))
	}
}
