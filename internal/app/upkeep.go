package app

import (
	"log/slog"

	"intake/internal/config"
	"intake/internal/store"
	"intake/internal/upkeep"
)

func newUpkeep(cfg config.Config, s *store.Store, guard backupGuard, meter upkeep.Meter, log *slog.Logger) upkeep.Config {
	return upkeep.Config{
		Eraser: s, MinuteJobs: s, Figures: s.Stats(), Retention: Retention(cfg), GuardIfOlder: guard.check, SaveHead: guard.head.write, Log: log, Clock: s.Clock(),
		Chains: []upkeep.Chain{{Name: "audit", Verify: s.VerifyAudit}, {Name: "consent", Verify: s.VerifyConsent}}, Meter: meter,
		ForgetFile: string(cfg.ForgetFile),
	}
}
