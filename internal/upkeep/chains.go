package upkeep

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"intake/internal/audit"
)

// Chain is a log whose entries are in a hash chain. An audit.ErrBroken of its functions says that the chain is broken;
// after any other error nothing is known.
type Chain struct {
	Name string // a fixed word, for log and metrics
	// Verify walks the whole chain and returns its head. known is a hash that must be in it, or nil.
	Verify func(ctx context.Context, known []byte) (audit.Report, error)
	// VerifyTail does so for the last links. known is a head that the chain must still have, or the zero head.
	VerifyTail func(ctx context.Context, known audit.Head) (audit.Report, error)
}

// Meter receives the result of each check of a chain.
type Meter interface {
	ChainChecked(name string, at time.Time, entries int64, intact bool)
}

const (
	tailEvery = time.Hour
	// A whole walk takes about a millisecond an entry. One that found a broken chain is made again by whichever process
	// is free, so that the alarm outlives the process that raised it.
	wholeWalkLimit = 4 * time.Hour
	wholeWalkRetry = time.Hour
)

// checked is what this process knows of the chains.
type checked struct {
	mu     sync.Mutex
	heads  map[string]audit.Head // at the last check that found the chain intact
	broken map[string]bool       // the last whole walk of this process found it so
}

// verifyTails verifies the last links of every chain at once and then every hour, until ctx ends. Each process does: what
// it knows of the chain stands outside the database.
func (u *Upkeep) verifyTails(ctx context.Context) {
	tick := u.Clock.NewTicker(tailEvery)
	defer tick.Stop()
	for {
		for _, c := range u.Chains {
			report, err := c.VerifyTail(ctx, u.chains.known(c.Name))
			u.reportChain(ctx, c.Name, "tail", report, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// verifyChains walks every chain whole.
func (u *Upkeep) verifyChains(ctx context.Context) error {
	var all error
	for _, c := range u.Chains {
		report, err := c.Verify(ctx, u.chains.known(c.Name).Hash)
		u.chains.noteWhole(c.Name, err)
		u.reportChain(ctx, c.Name, "whole", report, err)
		all = errors.Join(all, err)
	}
	return all
}

// reportChain writes the head of the chain to the log, outside the database: whoever truncates the chain and
// forges a new head cannot change that line. The head of the last check must still be in the chain.
func (u *Upkeep) reportChain(ctx context.Context, name, extent string, report audit.Report, err error) {
	head, entries := report.Head, report.Head.Seq
	switch {
	case err == nil:
		entries += int64(report.Unlinked)
		u.Log.Info("chain is intact", "chain", name, "entries", entries, "head", fmt.Sprintf("%x", head.Hash), "unlinked", report.Unlinked, "checked", extent)
		if !u.chains.noteIntact(name, head) {
			return
		}
	case errors.Is(err, audit.ErrBroken):
		u.Log.Error("chain is broken", "chain", name, "cause", err.Error(), "intact_until", head.Seq, "checked", extent)
	case ctx.Err() != nil:
		return
	default:
		u.Log.Error("chain could not be checked", "chain", name, "cause", err.Error())
		return
	}
	u.Meter.ChainChecked(name, u.Clock.Now(), entries, err == nil)
}

func (c *checked) known(name string) audit.Head {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heads[name]
}

// noteIntact keeps the head of a chain that is intact, and says whether no whole walk found the chain broken: the end of a
// chain says nothing about what is before it.
func (c *checked) noteIntact(name string, head audit.Head) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken[name] {
		return false
	}
	c.heads[name] = head
	return true
}

// noteWhole keeps what a whole walk said of a chain.
func (c *checked) noteWhole(name string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil || errors.Is(err, audit.ErrBroken) {
		c.broken[name] = err != nil
	}
}
