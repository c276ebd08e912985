package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"intake/alleviate/simulator"
	"intake/internal/clock"
	"intake/internal/config"
)

// LedgerFile is where the simulator stores its leads, so that their ids survive a restart.
const LedgerFile = "data/simulator.json"

// ClockControl is the simulator's clock, the machine's for the zero value, and how its control page moves it.
type ClockControl struct {
	Clock *clock.Clock
	Move  func(context.Context, time.Duration) error // nil: the control page cannot move it
}

// StartSimulator starts the simulator with the credentials that the client will use. Its ledger is the file, or in
// memory when there is none.
func StartSimulator(cfg config.Config, ledger string, c ClockControl, log *slog.Logger) (*simulator.Server, error) {
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
		Faults:   bool(cfg.SimulatorFaults),
		Latency:  cfg.SimulatorLatency,
		Log:      log,
		Now:      c.Clock.Now,

		MoveClock: c.Move,
	})
}

// StopSimulator stops the simulator and logs why its ledger could not be written.
func StopSimulator(s *simulator.Server, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		log.Error("stop simulator", "cause", err.Error())
	}
}
