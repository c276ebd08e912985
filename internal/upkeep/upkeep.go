// Package upkeep is the housekeeping of a running program: it erases what has been kept long
// enough, says what it could not erase, and makes and verifies the chains of what was written.
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

// every is how often what is kept is looked through. The store erases what falls due within as
// long, so that nothing is erased late.
const every = time.Hour

// Leads is what the upkeep needs of the store, with the store's promises.
type Leads interface {
	Erase(ctx context.Context, now time.Time, keep store.Retention) (store.Erased, error)
	RefreshKeys() error
	KeepForgotten(ctx context.Context, path string, by audit.Entry) (store.Kept, error)
}

// Config is what the upkeep needs; every field but ForgetFile is required.
type Config struct {
	Leads  Leads
	Drafts Drafts
	Keep   store.Retention
	// GuardIfOlder keeps leads from being sent again when the database came from a backup.
	GuardIfOlder func(context.Context) error
	KeepHead     func(context.Context, consent.Head) error // writes the head of the consent records down outside the database
	Chains       []Chain
	// ForgetFile is where the list of erasures and opt-outs is kept; empty: nowhere.
	ForgetFile string
	Meter      Meter
	Log        *slog.Logger
	Clock      *clock.Clock
}

// Run erases at once and then every hour, verifies the chains at once and then every night, and does
// at once and then every minute what must not wait for an hour, until ctx ends.
func Run(ctx context.Context, cfg Config) {
	var all sync.WaitGroup
	all.Go(func() { cfg.erase(ctx) })
	all.Go(func() { cfg.everyMinute(ctx) })
	all.Go(func() { cfg.watchChains(ctx) }) // a long chain keeps nobody waiting
	all.Go(func() { cfg.keepForgotten(ctx) })
	all.Wait()
}

func (cfg Config) erase(ctx context.Context) {
	hourly := cfg.Clock.NewTicker(every)
	defer hourly.Stop()
	for {
		cfg.once(ctx)
		select {
		case <-ctx.Done():
			return
		case <-hourly.C:
		}
	}
}

func (cfg Config) once(ctx context.Context) {
	if err := cfg.Leads.RefreshKeys(); err != nil {
		cfg.Log.Error("the key file changed and cannot be used", "cause", err.Error())
	}
	done, err := cfg.Leads.Erase(ctx, cfg.Clock.Now(), cfg.Keep)
	if done.SSNs+done.Answers+done.Evidence+done.OptOuts > 0 {
		cfg.Log.Info("erased", "ssn", done.SSNs, "answers", done.Answers, "evidence", done.Evidence, "opt_outs", done.OptOuts)
	}
	if len(done.Left) > 0 {
		cfg.Log.Warn("to be erased when their lease is over", "leads", ids(done.Left))
	}
	if len(done.Soon) > 0 {
		cfg.Log.Warn("without a final result, to be erased within a week", "leads", ids(done.Soon))
	}
	if !done.Unscrubbed.IsZero() {
		cfg.Log.Warn("erased values may still stand in the files of the database: intake retention -rewrite in a quiet hour", "since", done.Unscrubbed)
	}
	if err != nil && ctx.Err() == nil {
		cfg.Log.Error("erase", "cause", err.Error())
	}
}

const idsInALine = 20

// ids are the first of them, and how many there are.
func ids(leads []lead.PartnerID) slog.Value {
	return slog.GroupValue(slog.Int("count", len(leads)), slog.Any("first", leads[:min(len(leads), idsInALine)]))
}
