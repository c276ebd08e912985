package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"intake/internal/config"
	"intake/internal/delivery"
	"intake/internal/store"
	"intake/internal/upkeep"
)

// foldEvery is how often the hourly figures are brought up to date: they may be ten seconds old.
const foldEvery = 5 * time.Second

func newUpkeep(cfg config.Config, s *store.Store, courier *delivery.Courier, guard backupGuard, meter upkeep.Meter, log *slog.Logger) *upkeep.Upkeep {
	return upkeep.New(upkeep.Config{
		Leases: s.Chores(), Owner: processName() + "/" + rand.Text(), // containers have equal names and numbers
		Chores: choresOf(s, courier),
		Eraser: s, Expirer: s, Chainer: s, AuditLog: s.AuditLog(), Retention: Retention(cfg), GuardIfOlder: guard.check, SaveHead: guard.head.write, Log: log, Clock: s.Clock(),
		Chains: []upkeep.Chain{
			{Name: "audit", Verify: s.AuditLog().Verify, VerifyTail: s.AuditLog().VerifyTail},
			{Name: "consent", Verify: s.VerifyConsent, VerifyTail: s.VerifyConsentTail},
		}, Meter: meter,
		ForgetFile: string(cfg.ForgetFile),
	})
}

// choresOf are chores beside those of the upkeep itself.
func choresOf(s *store.Store, courier *delivery.Courier) []upkeep.Chore {
	return []upkeep.Chore{
		{Name: "look for stuck leads", Every: time.Hour, Run: courier.LogStuck},
		{Name: "fold the hourly figures", Every: foldEvery, Run: func(ctx context.Context) error {
			_, err := s.Stats().Fold(ctx)
			return err
		}},
		{Name: "expire prefill tokens", Every: time.Hour, Run: s.PrefillUses().Expire},
	}
}

// ChoreReport says when each chore of the database was done, and names those whose last run failed.
func ChoreReport(ctx context.Context, s *store.Store) (done string, failed []string, err error) {
	chores, err := s.Chores().List(ctx)
	if err != nil {
		return "", nil, err
	}
	var list []string
	for _, c := range chores {
		at := "never"
		if !c.DoneAt.IsZero() {
			at = c.DoneAt.UTC().Format(time.DateTime) + "Z"
		}
		list = append(list, c.Name+" "+at)
		if c.FailedAt.After(c.DoneAt) {
			failed = append(failed, fmt.Sprintf("%s failed at %sZ, last done: %s", c.Name, c.FailedAt.UTC().Format(time.DateTime), at))
		}
	}
	return strings.Join(list, ", "), failed, nil
}
