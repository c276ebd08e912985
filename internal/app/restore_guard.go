package app

import (
	"context"
	"log/slog"

	"intake/internal/config"
	"intake/internal/store"
	"intake/internal/upkeep"
)

// restoreGuard finds out that the database came from a backup, however it was restored, and keeps leads
// from being sent again.
type restoreGuard struct {
	leads      *store.Store
	head       headFile
	forgetFile string
	keep       store.Retention
	log        *slog.Logger
}

// check guards a database that is older than what was written down outside of it. It tells why.
func (g restoreGuard) check(ctx context.Context) error {
	head, _, err := g.head.kept(ctx)
	if err != nil {
		return err
	}
	why, err := g.leads.GuardIfOlder(ctx, store.Outside{Head: head, ForgetFile: g.forgetFile, Keep: g.keep})
	if why != "" {
		g.log.Error("the database came from a backup: nothing goes out until intake restore -lift", "cause", why)
	}
	return err
}

func newRestoreGuard(cfg config.Config, leads *store.Store, log *slog.Logger) restoreGuard {
	return restoreGuard{leads, headFile{cfg.StateFolder(), leads, log, leads.Clock()}, string(cfg.ForgetFile), Retention(cfg), log}
}

func newUpkeep(cfg config.Config, leads *store.Store, guard restoreGuard, meter upkeep.Meter, log *slog.Logger) upkeep.Config {
	return upkeep.Config{
		Eraser: leads, MinuteJobs: leads, Retention: Retention(cfg), GuardIfOlder: guard.check, SaveHead: guard.head.keep, Log: log, Clock: leads.Clock(),
		Chains: []upkeep.Chain{{Name: "audit", Verify: leads.VerifyAudit}, {Name: "consent", Verify: leads.VerifyConsent}}, Meter: meter,
		ForgetFile: string(cfg.ForgetFile),
	}
}
