package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"intake/alleviate/simulator"
)

// runSimulator serves the simulator of Alleviate alone, for other programs to call, until ctx ends.
func runSimulator(ctx context.Context, in invocation) error {
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	if cfg.Environment != simulated {
		return fmt.Errorf("ALLEVIATE_ENVIRONMENT is %s; the simulator runs in its own environment only", cfg.Environment)
	}
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(in.stderr)
	addr := flags.String("addr", string(cfg.SimulatorAddr), "loopback address to listen on")
	if err := flags.Parse(in.args); err != nil {
		return err
	}
	cfg.SimulatorAddr = listenAddr(*addr)
	log := slog.New(slog.NewJSONHandler(in.stdout, &slog.HandlerOptions{Level: cfg.logLevel()}))
	twin, err := startSimulator(cfg, ledgerFile, log)
	if err != nil {
		return err
	}
	log.Info("to use it, set", "ALLEVIATE_TOKEN_URL", twin.TokenURL(), "ALLEVIATE_API_URL", twin.APIURL(), "ALLEVIATE_CLIENT_ID", cfg.ClientID)
	<-ctx.Done()
	stopSimulator(twin, log)
	return nil
}

// startSimulator starts the twin with the credentials that the client will use. It keeps its ledger
// in the file, or in memory when there is none.
func startSimulator(cfg Config, ledger string, log *slog.Logger) (*simulator.Server, error) {
	if ledger != "" {
		if err := os.MkdirAll(filepath.Dir(ledger), 0o700); err != nil {
			return nil, err
		}
	}
	accepted := []string{cfg.ClientSecret.Reveal()}
	if next := cfg.NextSecret.Reveal(); next != "" {
		accepted = append(accepted, next)
	}
	return simulator.Start(simulator.Config{
		Addr:     string(cfg.SimulatorAddr),
		ClientID: string(cfg.ClientID),
		Secrets:  accepted,
		TenantID: string(cfg.TenantID),
		Scope:    string(cfg.Scope),
		State:    ledger,
		Seed:     cfg.SimulatorSeed,
		Faults:   cfg.SimulatorFaults == on,
		Latency:  cfg.SimulatorLatency,
		Log:      log,
		Now:      time.Now,
	})
}

func stopSimulator(twin *simulator.Server, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := twin.Close(ctx); err != nil {
		log.Error("stop simulator", "cause", err.Error())
	}
}
