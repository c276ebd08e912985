// Package upkeep is the periodic work of a running program. What concerns the database alone, such as erasing data at the
// end of its retention or walking its hash chains, is a chore, which one process does for all. What goes by the memory or
// the files of a process is done by each: it verifies the ends of the chains and keeps what stands outside the database up
// to date.
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
	"intake/internal/store/erasure"
	"intake/internal/store/restore"
)

// eraseEvery is how often erasure runs. The store also erases what is due within the next hour. The five minutes less are for
// another process to take over, so that nothing is erased late.
const eraseEvery = 55 * time.Minute

// Eraser is the part of the store that erases.
type Eraser interface {
	Erase(ctx context.Context, now time.Time, keep erasure.Retention) (erasure.Erased, error)
	RefreshKeys() error
	SyncForgetFile(ctx context.Context, path string, by audit.Entry) (restore.Kept, error)
}

// Config configures the upkeep. Every field but Chores and ForgetFile is required.
type Config struct {
	Leases    Leases
	Owner     string  // this process in leases; no two processes may have the same
	Chores    []Chore // beside those of the upkeep itself
	Eraser    Eraser
	Expirer   Expirer
	Chainer   Chainer
	AuditLog  AuditLog
	Retention erasure.Retention
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

// Upkeep does the periodic work of one process, and its share of that for all.
type Upkeep struct {
	Config
	chores []*ownChore
	watch  watch
	chains checked
	head   savedHead
}

// New returns an upkeep that has not started.
func New(cfg Config) *Upkeep {
	u := &Upkeep{Config: cfg, chains: checked{heads: map[string]audit.Head{}, broken: map[string]bool{}}}
	for _, c := range append([]Chore{
		{Name: "erase", Every: eraseEvery, Run: u.erase},
		{Name: "expire drafts", Every: jobsEvery, Run: u.expireDrafts},
		{Name: "expire sessions", Every: time.Hour, Run: u.expireSessions},
		{Name: "expire links", Every: time.Hour, Run: u.expireHandOffs},
		{Name: "close without consent", Every: jobsEvery, Run: u.closeWithoutConsent},
		{Name: "apply opt-outs", Every: jobsEvery, Run: u.applyNewOptOuts},
		{Name: "apply all opt-outs", Every: time.Hour, Run: u.applyAllOptOuts},
		{Name: "chain the consent records", Every: jobsEvery, Run: u.chainRecords},
		{Name: "chain the audit log", Every: jobsEvery, Run: u.chainAudit},
		{Name: "verify the chains", Every: Nightly, Run: u.verifyChains, Retry: wholeWalkRetry, Limit: wholeWalkLimit},
	}, cfg.Chores...) {
		u.chores = append(u.chores, &ownChore{Chore: c})
	}
	return u
}

// Run does each kind of work at once and then again until ctx ends: it takes its share of the chores, verifies the ends of the
// chains every hour, looks after what the process has outside the database every minute, and syncs the forget file every ten
// seconds. Call it once.
func (u *Upkeep) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { u.runChores(ctx) })
	all.Go(func() { u.watchChores(ctx) })
	all.Go(func() { u.runMinuteJobs(ctx) })
	all.Go(func() { u.verifyTails(ctx) })
	all.Go(func() { u.syncForgetFile(ctx) })
	all.Wait()
}

func (u *Upkeep) erase(ctx context.Context) error {
	done, err := u.Eraser.Erase(ctx, u.Clock.Now(), u.Retention)
	if done.SSNs+done.Answers+done.Evidence+done.OptOuts > 0 {
		u.Log.Info("erased", "ssn", done.SSNs, "answers", done.Answers, "evidence", done.Evidence, "opt_outs", done.OptOuts)
	}
	if len(done.Left) > 0 {
		u.Log.Warn("to be erased when their lease is over", "leads", idList(done.Left))
	}
	if len(done.Soon) > 0 {
		u.Log.Warn("without a final result, to be erased within a week", "leads", idList(done.Soon))
	}
	if !done.Unscrubbed.IsZero() {
		u.Log.Warn("erased values may still stand in the files of the database: intake retention -rewrite in a quiet hour", "since", done.Unscrubbed)
		u.logFailure(ctx, "erase", err)
		return nil // everything is erased; rewriting tables holds everybody up and must not be tried again in a minute
	}
	return err
}

const idsPerLine = 20

// idList is the first few ids and the number of all.
func idList(leads []lead.PartnerID) slog.Value {
	return slog.GroupValue(slog.Int("count", len(leads)), slog.Any("first", leads[:min(len(leads), idsPerLine)]))
}
