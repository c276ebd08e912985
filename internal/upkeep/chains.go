package upkeep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"intake/internal/audit"
)

// Chain is a log whose entries hold the hash of the one before.
type Chain struct {
	Name string // a fixed word, for log and metrics
	// Verify walks the whole chain and returns its end. known is a hash that must be in it, or nil.
	// An audit.ErrBroken is the verdict; any other error means that there is none.
	Verify func(ctx context.Context, known []byte) (audit.Head, error)
}

// Meter is told what became of each check of a chain.
type Meter interface {
	ChainChecked(name string, at time.Time, entries int64, whole bool)
}

const (
	nightHour = 3 // UTC: early morning where the visitors are
	nightLook = 10 * time.Minute
)

// watchChains verifies every chain at once and then once a night, until ctx ends. It looks at the
// clock rather than sleep until the night: a machine that slept, or whose clock was set, checks too.
func (cfg Config) watchChains(ctx context.Context) {
	known := map[string][]byte{}
	look := cfg.Clock.NewTicker(nightLook)
	defer look.Stop()
	for next := cfg.Clock.Now(); ; {
		if now := cfg.Clock.Now(); !now.Before(next) {
			next = nightAfter(now)
			for _, chain := range cfg.Chains {
				cfg.check(ctx, chain, known)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// check writes the end of the chain to the log, outside the database: who cuts the chain off and
// forges a new end does not have that line. The end of the last check must still be in it.
func (cfg Config) check(ctx context.Context, chain Chain, known map[string][]byte) {
	head, err := chain.Verify(ctx, known[chain.Name])
	switch {
	case err == nil:
		known[chain.Name] = head.Hash
		cfg.Log.Info("chain is whole", "chain", chain.Name, "entries", head.Seq, "head", fmt.Sprintf("%x", head.Hash))
	case errors.Is(err, audit.ErrBroken):
		cfg.Log.Error("chain is broken", "chain", chain.Name, "cause", err.Error(), "whole_until", head.Seq)
	case ctx.Err() != nil:
		return
	default:
		cfg.Log.Error("chain could not be checked", "chain", chain.Name, "cause", err.Error())
		return
	}
	cfg.Meter.ChainChecked(chain.Name, cfg.Clock.Now(), head.Seq, err == nil)
}

// nightAfter is the next night that begins after now.
func nightAfter(now time.Time) time.Time {
	night := now.UTC().Truncate(24 * time.Hour).Add(nightHour * time.Hour)
	if !night.After(now) {
		night = night.Add(24 * time.Hour)
	}
	return night
}
