package cli

import (
	"context"
	"errors"
	"log/slog"

	"intake/internal/app"
	"intake/internal/cli/command"
	"intake/internal/config"
)

const serveUsage = `usage: intake serve

example: INTAKE_ADDR=127.0.0.1:8081 intake serve   it takes leads at that address until SIGTERM or Ctrl-C`

// serve runs the server until ctx ends.
func serve(ctx context.Context, in *command.Invocation) error {
	if err := in.Parse(); err != nil {
		return err
	}
	cfg, err := config.Read(in.Environ)
	if err != nil {
		return err
	}
	if cfg.LogFormat == config.LogByOutput {
		cfg.LogFormat = config.LogJSON
		if isTerminal(in.Stdout) {
			cfg.LogFormat = config.LogText
		}
	}
	forPeople := cfg.LogFormat == config.LogText
	log := slog.New(logHandler(in.Stdout, cfg.Log.Level(), forPeople))
	if !forPeople {
		log.Info("settings", "set", cfg)
	}
	server, err := app.New(ctx, cfg, log)
	if err != nil {
		return err
	}
	if forPeople {
		printWelcome(in.Stdout, server.Welcome())
	}
	return errors.Join(server.Run(ctx), server.Stop())
}
