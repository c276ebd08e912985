package upkeep

import (
	"context"
	"fmt"
	"time"

	"intake/internal/consent"
)

const (
	minutely = time.Minute

	// chainMost is how many consent records are linked in a minute, so that a long tail, as after the
	// first start with a chain, does not keep drafts from expiring.
	chainMost = 10_000

	// heedBack is how far back the minutely look for leads of opt-outs goes; every hour it goes back to
	// the first. What it looks for happens within seconds.
	heedBack = time.Hour
)

// Drafts is what the upkeep needs of the store every minute, with the store's promises.
type Drafts interface {
	ExpireDrafts(ctx context.Context, now time.Time) (int, error)
	HeedOptOuts(ctx context.Context, since time.Time) (int, error)
	Chain(ctx context.Context, max int) (int, consent.Head, error)
}

// everyMinute does what must not wait for an hour, at once and then every minute, until ctx ends.
func (cfg Config) everyMinute(ctx context.Context) {
	tick := cfg.Clock.NewTicker(minutely)
	defer tick.Stop()
	var kept consent.Head
	for n := 0; ; n++ {
		cfg.failed(ctx, "compare the database with what was written down outside of it", cfg.GuardIfOlder(ctx))
		cfg.expireDrafts(ctx)
		cfg.heedOptOuts(ctx, n%int(every/minutely) == 0)
		kept = cfg.chain(ctx, kept)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// expireDrafts erases what falls due before the next run, so that nothing is erased late.
func (cfg Config) expireDrafts(ctx context.Context) {
	n, err := cfg.Drafts.ExpireDrafts(ctx, cfg.Clock.Now().Add(minutely))
	if n > 0 {
		cfg.Log.Info("numbers and drafts expired", "count", n)
	}
	cfg.failed(ctx, "expire drafts", err)
}

func (cfg Config) heedOptOuts(ctx context.Context, all bool) {
	since := cfg.Clock.Now().Add(-heedBack)
	if all {
		since = time.Time{}
	}
	n, err := cfg.Drafts.HeedOptOuts(ctx, since)
	if n > 0 {
		cfg.Log.Warn("closed for an opt-out that met them on their way", "count", n)
	}
	cfg.failed(ctx, "heed opt-outs", err)
}

// chain links what was saved and hands a new head on, to be kept outside the database; the log keeps
// it too. A head that could not be kept is handed on again.
func (cfg Config) chain(ctx context.Context, kept consent.Head) consent.Head {
	n, head, err := cfg.Drafts.Chain(ctx, chainMost)
	cfg.failed(ctx, "chain the consent records", err)
	if head.Seq == kept.Seq || head.Hash == nil {
		return kept
	}
	cfg.Log.Info("consent records chained", "links", n, "head", head.Seq, "hash", fmt.Sprintf("%x", head.Hash), "signature", fmt.Sprintf("%x", head.Signature))
	if err := cfg.KeepHead(ctx, head); err != nil {
		cfg.failed(ctx, "keep the head of the consent records", err)
		return kept
	}
	return head
}

func (cfg Config) failed(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		cfg.Log.Error(what, "cause", err.Error())
	}
}
