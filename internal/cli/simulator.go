package cli

import (
	"context"
	"fmt"
	"log/slog"

	"intake/internal/app"
	"intake/internal/cli/command"
	"intake/internal/config"
)

const simulatorUsage = `usage: intake simulator [-addr HOST:PORT]

example: intake simulator -addr 127.0.0.1:9191`

// runSimulator serves the simulator of Alleviate alone, for other programs to call, until ctx ends.
func runSimulator(ctx context.Context, in *command.Invocation) error {
	addr := in.Flags.String("addr", "", "loopback address to listen on, instead of SIMULATOR_ADDR")
	if err := in.Parse(); err != nil {
		return err
	}
	cfg, err := config.Read(in.Environ)
	if err != nil {
		return err
	}
	if cfg.Environment != config.Simulator {
		return fmt.Errorf("ALLEVIATE_ENVIRONMENT is %s; the simulator runs in its own environment only", cfg.Environment)
	}
	if *addr != "" {
		cfg.SimulatorAddr = config.ListenAddr(*addr)
	}
	log := slog.New(slog.NewJSONHandler(in.Stdout, &slog.HandlerOptions{Level: cfg.Log.Level()}))
	server, err := app.StartSimulator(cfg, app.LedgerFile, app.ClockControl{}, log)
	if err != nil {
		return err
	}
	log.Info("to use it, set", "ALLEVIATE_TOKEN_URL", server.TokenURL(), "ALLEVIATE_API_URL", server.APIURL(), "ALLEVIATE_CLIENT_ID", cfg.ClientID)
	<-ctx.Done()
	app.StopSimulator(server, log)
	return nil
}
