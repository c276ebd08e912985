package app

import (
	"context"
	"log/slog"

	"intake/internal/config"
	"intake/internal/store"
	"intake/internal/store/erasure"
	"intake/internal/store/restore"
)

// backupGuard detects that the database came from a backup, however it was restored, and prevents leads from being sent
// again.
type backupGuard struct {
	store      *store.Store
	head       headFile
	forgetFile string
	retention  erasure.Retention
	log        *slog.Logger
}

// check stops delivery when the database is older than what is stored outside of it, and logs why.
func (g backupGuard) check(ctx context.Context) error {
	head, _, err := g.head.read(ctx)
	if err != nil {
		return err
	}
	why, err := g.store.GuardIfOlder(ctx, restore.Outside{Head: head, ForgetFile: g.forgetFile, Keep: g.retention})
	if why != "" {
		g.log.Error("the database came from a backup: nothing goes out until intake restore -lift", "cause", why)
	}
	return err
}

func newBackupGuard(cfg config.Config, s *store.Store, log *slog.Logger) backupGuard {
	return backupGuard{s, headFile{cfg.StateFolder(), s, log, s.Clock()}, string(cfg.ForgetFile), Retention(cfg), log}
}
