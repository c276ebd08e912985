package cli

import (
	"context"
	"errors"
	"fmt"

	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/store"
)

const backupUsage = `usage: intake backup FILE

example: intake backup /backups/2026-03-02.db   beside a running server; on PostgreSQL use its own tools`

// backUp writes a verified copy of the database to a new file, beside a running server.
func backUp(ctx context.Context, in *command.Invocation) error {
	path, err := in.ParseOperand(in.Args)
	if err != nil {
		return err
	}
	if path == "" {
		return errors.New(backupUsage)
	}
	return in.WithStore(ctx, func(cfg config.Config, s *store.Store) error {
		n, err := s.Backup(ctx, path, string(cfg.Environment))
		if err != nil {
			return err
		}
		fmt.Fprintf(in.Stdout, "%d leads are in %s, which was read back, with its list of erasures and opt-outs beside it. The key file is not in it.\n", n, path)
		return nil
	})
}
