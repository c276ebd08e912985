package upkeep

import (
	"context"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
)

const (
	jobsEvery = time.Minute

	// chainLimit is how many entries of a chain are linked in one run, so that a long backlog does not keep
	// drafts from expiring.
	chainLimit = 10_000

	// optOutWindow is how recent the opt-outs are that are applied every minute; once an hour all are applied.
	// A lead that was being sent when its person opted out ends within seconds.
	optOutWindow = time.Hour
)

// MinuteJobs is the part of the store that runs every minute.
type MinuteJobs interface {
	ExpireDrafts(ctx context.Context, now time.Time) (int, error)
	ApplyOptOuts(ctx context.Context, since time.Time) (int, error)
	Chain(ctx context.Context, max int) (int, consent.Head, error)
	ChainAudit(ctx context.Context, max int) (int, audit.Head, error)
}

// runMinuteJobs does what must not wait for an hour, at once and then every minute, until ctx ends. It calls linked
// after its first run.
func (cfg Config) runMinuteJobs(ctx context.Context, linked func()) {
	tick := cfg.Clock.NewTicker(jobsEvery)
	defer tick.Stop()
	var saved consent.Head
	for n := 0; ; n++ {
		cfg.logFailure(ctx, "compare the database with what was written down outside of it", cfg.GuardIfOlder(ctx))
		cfg.expireDrafts(ctx)
		cfg.applyOptOuts(ctx, n%int(eraseEvery/jobsEvery) == 0)
		saved = cfg.chainRecords(ctx, saved)
		cfg.chainAudit(ctx)
		if n == 0 {
			linked()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// expireDrafts erases what is due before the next run, so that nothing is erased late.
func (cfg Config) expireDrafts(ctx context.Context) {
	n, err := cfg.MinuteJobs.ExpireDrafts(ctx, cfg.Clock.Now().Add(jobsEvery))
	if n > 0 {
		cfg.Log.Info("numbers and drafts expired", "count", n)
	}
	cfg.logFailure(ctx, "expire drafts", err)
}

func (cfg Config) applyOptOuts(ctx context.Context, all bool) {
	since := cfg.Clock.Now().Add(-optOutWindow)
	if all {
		since = time.Time{}
	}
	n, err := cfg.MinuteJobs.ApplyOptOuts(ctx, since)
	if n > 0 {
		cfg.Log.Warn("leads closed for an opt-out that came while they were being sent", "count", n)
	}
	cfg.logFailure(ctx, "apply opt-outs", err)
}

// chainRecords links new consent records to the chain and saves a new head outside the database and in the
// log. A head that could not be saved is saved by the next run. It returns the head that was saved last.
func (cfg Config) chainRecords(ctx context.Context, saved consent.Head) consent.Head {
	n, head, err := cfg.MinuteJobs.Chain(ctx, chainLimit)
	cfg.logFailure(ctx, "chain the consent records", err)
	if head.Seq == saved.Seq || head.Hash == nil {
		return saved
	}
	cfg.Log.Info("consent records chained", "links", n, "head", head.Seq, "hash", fmt.Sprintf("%x", head.Hash), "signature", fmt.Sprintf("%x", head.Signature))
	if err := cfg.SaveHead(ctx, head); err != nil {
		cfg.logFailure(ctx, "save the head of the consent records", err)
		return saved
	}
	return head
}

// chainAudit links new audit entries to the chain and writes its new head to the log, outside the database.
func (cfg Config) chainAudit(ctx context.Context) {
	n, head, err := cfg.MinuteJobs.ChainAudit(ctx, chainLimit)
	cfg.logFailure(ctx, "chain the audit log", err)
	if n > 0 {
		cfg.Log.Info("audit entries chained", "links", n, "head", head.Seq, "hash", fmt.Sprintf("%x", head.Hash))
	}
}

func (cfg Config) logFailure(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		cfg.Log.Error(what, "cause", err.Error())
	}
}
