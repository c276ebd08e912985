package upkeep

import (
	"context"
	"fmt"
	"sync"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
)

const (
	jobsEvery = time.Minute

	// expireAhead is how far ahead of its time a draft expires, so that none expires late: until the next run, or until
	// another process takes over a chore whose process has died, and a minute for the run itself.
	expireAhead = jobsEvery + choreLease + lookEvery + time.Minute

	// chainLimit is how many entries of a chain are linked in one run, so that a long backlog does not hold a lease for long.
	chainLimit = 10_000

	// optOutWindow is how recent the opt-outs are that are applied every minute; once an hour all are applied.
	// A lead that was being sent when its person opted out ends within seconds.
	optOutWindow = time.Hour

	keysEvery = 60 // minutes
)

// Expirer is the part of the store that ends what is over. The same work done twice changes nothing more.
type Expirer interface {
	ExpireDrafts(ctx context.Context, now time.Time) (int, error)
	ExpireSessions(ctx context.Context, now time.Time) (int, error)
	ExpireHandOffs(ctx context.Context, now time.Time) (int, error)
	ApplyOptOuts(ctx context.Context, since time.Time) (int, error)
	CloseWithoutConsent(ctx context.Context, now time.Time) ([]lead.PartnerID, error)
}

// Chainer is the part of the store that links new consent records to their hash chain.
type Chainer interface {
	Chain(ctx context.Context, max int) (int, consent.Head, error)
	ConsentHead(ctx context.Context) (consent.Head, error)
}

// AuditLog links new audit entries to their hash chain.
type AuditLog interface {
	Chain(ctx context.Context, max int) (int, audit.Head, error)
}

// runMinuteJobs looks after what this process has outside the database, at once and then every minute, until ctx ends.
func (u *Upkeep) runMinuteJobs(ctx context.Context) {
	tick := u.Clock.NewTicker(jobsEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		u.logFailure(ctx, "compare the database with what was written down outside of it", u.GuardIfOlder(ctx))
		u.saveHead(ctx, 0)
		if n%keysEvery == 0 {
			u.logFailure(ctx, "the key file changed and cannot be used", u.Eraser.RefreshKeys())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (u *Upkeep) expireDrafts(ctx context.Context) error {
	n, err := u.Expirer.ExpireDrafts(ctx, u.Clock.Now().Add(expireAhead))
	if n > 0 {
		u.Log.Info("numbers and drafts expired", "count", n)
	}
	return err
}

func (u *Upkeep) expireSessions(ctx context.Context) error {
	n, err := u.Expirer.ExpireSessions(ctx, u.Clock.Now())
	if n > 0 {
		u.Log.Info("sessions expired", "count", n)
	}
	return err
}

func (u *Upkeep) expireHandOffs(ctx context.Context) error {
	n, err := u.Expirer.ExpireHandOffs(ctx, u.Clock.Now())
	if n > 0 {
		u.Log.Info("links expired", "count", n)
	}
	return err
}

func (u *Upkeep) closeWithoutConsent(ctx context.Context) error {
	closed, err := u.Expirer.CloseWithoutConsent(ctx, u.Clock.Now())
	if len(closed) > 0 {
		u.Log.Info("leads closed whose consent never came", "leads", idList(closed))
	}
	return err
}

func (u *Upkeep) applyNewOptOuts(ctx context.Context) error {
	return u.applyOptOuts(ctx, u.Clock.Now().Add(-optOutWindow))
}

func (u *Upkeep) applyAllOptOuts(ctx context.Context) error { return u.applyOptOuts(ctx, time.Time{}) }

func (u *Upkeep) applyOptOuts(ctx context.Context, since time.Time) error {
	n, err := u.Expirer.ApplyOptOuts(ctx, since)
	if n > 0 {
		u.Log.Warn("leads closed for an opt-out that came while they were being sent", "count", n)
	}
	return err
}

// chainRecords links new consent records to the chain and saves its new head outside the database.
func (u *Upkeep) chainRecords(ctx context.Context) error {
	n, _, err := u.Chainer.Chain(ctx, chainLimit)
	u.saveHead(ctx, n)
	return err
}

// savedHead is the head of the consent records that this process saved last.
type savedHead struct {
	mu    sync.Mutex
	saved consent.Head
}

// saveHead saves a new head outside the database and in the log. What could not be saved is saved by the next run.
func (u *Upkeep) saveHead(ctx context.Context, links int) {
	u.head.mu.Lock()
	defer u.head.mu.Unlock()
	head, err := u.Chainer.ConsentHead(ctx) // under the lock, so that no older head replaces a newer one
	if err != nil {
		u.logFailure(ctx, "look at the head of the consent records", err)
		return
	}
	if head.Seq == u.head.saved.Seq || head.Hash == nil {
		return
	}
	u.Log.Info("consent records chained", "links", links, "head", head.Seq, "hash", fmt.Sprintf("%x", head.Hash), "signature", fmt.Sprintf("%x", head.Signature))
	if err := u.SaveHead(ctx, head); err != nil {
		u.logFailure(ctx, "save the head of the consent records", err)
		return
	}
	u.head.saved = head
}

// chainAudit links new audit entries to the chain and writes its new head to the log, outside the database.
func (u *Upkeep) chainAudit(ctx context.Context) error {
	n, head, err := u.AuditLog.Chain(ctx, chainLimit)
	if n > 0 {
		u.Log.Info("audit entries chained", "links", n, "head", head.Seq, "hash", fmt.Sprintf("%x", head.Hash))
	}
	return err
}

func (cfg Config) logFailure(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		cfg.Log.Error(what, "cause", err.Error())
	}
}
