package upkeep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"intake/internal/audit"
)

// Chain is a log whose entries are in a hash chain.
type Chain struct {
	Name string // a fixed word, for log and metrics
	// Verify walks the whole chain and returns its head. known is a hash that must be in it, or nil.
	// An audit.ErrBroken says that the chain is broken; after any other error nothing is known.
	Verify func(ctx context.Context, known []byte) (audit.Report, error)
}

// Meter receives the result of each check of a chain.
type Meter interface {
	ChainChecked(name string, at time.Time, entries int64, intact bool)
}

const (
	nightHour       = 3 // UTC, which is night in the United States
	nightCheckEvery = 10 * time.Minute
)

// verifyChains verifies every chain at once and then once a night, until ctx ends. It polls the clock instead of sleeping until the night, so that a suspended machine, or one whose
// clock was set, verifies too.
func (cfg Config) verifyChains(ctx context.Context) {
	known := map[string][]byte{}
	tick := cfg.Clock.NewTicker(nightCheckEvery)
	defer tick.Stop()
	for next := cfg.Clock.Now(); ; {
		if now := cfg.Clock.Now(); !now.Before(next) {
			next = nextNight(now)
			for _, chain := range cfg.Chains {
				cfg.verifyChain(ctx, chain, known)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// verifyChain writes the head of the chain to the log, outside the database: whoever truncates the chain and
// forges a new head cannot change that line. The head of the last check must still be in the chain.
func (cfg Config) verifyChain(ctx context.Context, chain Chain, known map[string][]byte) {
	report, err := chain.Verify(ctx, known[chain.Name])
	head, entries := report.Head, report.Head.Seq
	switch {
	case err == nil:
		known[chain.Name] = head.Hash
		entries += int64(report.Unlinked)
		cfg.Log.Info("chain is intact", "chain", chain.Name, "entries", entries, "head", fmt.Sprintf("%x", head.Hash), "unlinked", report.Unlinked)
	case errors.Is(err, audit.ErrBroken):
		cfg.Log.Error("chain is broken", "chain", chain.Name, "cause", err.Error(), "intact_until", head.Seq)
	case ctx.Err() != nil:
		return
	default:
		cfg.Log.Error("chain could not be checked", "chain", chain.Name, "cause", err.Error())
		return
	}
	cfg.Meter.ChainChecked(chain.Name, cfg.Clock.Now(), entries, err == nil)
}

// nextNight is the first nightHour after now.
func nextNight(now time.Time) time.Time {
	night := now.UTC().Truncate(24 * time.Hour).Add(nightHour * time.Hour)
	if !night.After(now) {
		night = night.Add(24 * time.Hour)
	}
	return night
}
