package cli

import (
	"context"
	"fmt"

	"intake/internal/app"
	"intake/internal/cli/command"
	"intake/internal/config"
)

const initUsage = `usage: intake init

example: intake init   with the settings of the sandbox or of production`

// initialize makes the database and the keys that the settings name, where they are missing.
func initialize(ctx context.Context, in *command.Invocation) error {
	if err := in.Parse(); err != nil {
		return err
	}
	cfg, err := config.Read(in.Environ)
	if err != nil {
		return err
	}
	s, err := app.OpenStore(ctx, cfg, true)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	fmt.Fprintf(in.Stdout, "The database and the keys of the %s environment are in place.\n", cfg.Environment)
	return nil
}
