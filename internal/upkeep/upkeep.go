// Package upkeep is the periodic work of a running program: it erases data at the end of its retention, logs
// what could not be erased, and extends and verifies the hash chains.
package upkeep

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"intake/internal/audit"
	"intake/internal/clock"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
)

// eraseEvery is how often erasure runs. The store also erases what is due before the next run, so that nothing
// is erased late.
const eraseEvery = time.Hour

// Eraser is the part of the store that erases.
type Eraser interface {
	Erase(ctx context.Context, now time.Time, keep store.Retention) (store.Erased, error)
	RefreshKeys() error
	SyncForgetFile(ctx context.Context, path string, by audit.Entry) (store.Kept, error)
}

// Config configures the upkeep. Every field but ForgetFile is required.
type Config struct {
	Eraser     Eraser
	MinuteJobs MinuteJobs
	Retention  store.Retention
	// GuardIfOlder stops delivery when the database came from a backup, so that no lead is sent again.
	GuardIfOlder func(context.Context) error
	SaveHead     func(context.Context, consent.Head) error // writes the head of the consent records outside the database
	Chains       []Chain
	// ForgetFile is the path of the list of erasures and opt-outs; empty: there is none.
	ForgetFile string
	Meter      Meter
	Log        *slog.Logger
	Clock      *clock.Clock
}

// Run does each kind of work at once and then again until ctx ends: it erases every hour, verifies the chains
// every night, runs the minute jobs every minute, and syncs the forget file every ten seconds.
func Run(ctx context.Context, cfg Config) {
	var all sync.WaitGroup
	all.Go(func() { cfg.eraseHourly(ctx) })
	linked := make(chan struct{})
	all.Go(func() { cfg.runMinuteJobs(ctx, func() { close(linked) }) })
	all.Go(func() { cfg.verifyChains(ctx, linked) }) // beside the others: a long chain must not delay them
	all.Go(func() { cfg.syncForgetFile(ctx) })
	all.Wait()
}

func (cfg Config) eraseHourly(ctx context.Context) {
	hourly := cfg.Clock.NewTicker(eraseEvery)
	defer hourly.Stop()
	for {
		cfg.eraseOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-hourly.C:
		}
	}
}

func (cfg Config) eraseOnce(ctx context.Context) {
	if err := cfg.Eraser.RefreshKeys(); err != nil {
		cfg.Log.Error("the key file changed and cannot be used", "cause", err.Error())
	}
	done, err := cfg.Eraser.Erase(ctx, cfg.Clock.Now(), cfg.Retention)
	if done.SSNs+done.Answers+done.Evidence+done.OptOuts > 0 {
		cfg.Log.Info("erased", "ssn", done.SSNs, "answers", done.Answers, "evidence", done.Evidence, "opt_outs", done.OptOuts)
	}
	if len(done.Left) > 0 {
		cfg.Log.Warn("to be erased when their lease is over", "leads", idList(done.Left))
	}
	if len(done.Soon) > 0 {
		cfg.Log.Warn("without a final result, to be erased within a week", "leads", idList(done.Soon))
	}
	if !done.Unscrubbed.IsZero() {
		cfg.Log.Warn("erased values may still stand in the files of the database: intake retention -rewrite in a quiet hour", "since", done.Unscrubbed)
	}
	if err != nil && ctx.Err() == nil {
		cfg.Log.Error("erase", "cause", err.Error())
	}
}

const idsPerLine = 20

// idList is the first few ids and the number of all.
func idList(leads []lead.PartnerID) slog.Value {
	return slog.GroupValue(slog.Int("count", len(leads)), slog.Any("first", leads[:min(len(leads), idsPerLine)]))
}
