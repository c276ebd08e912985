package app

import (
	"context"
	"time"

	"intake/internal/clock"
	"intake/internal/config"
	"intake/internal/store"
)

// newClock returns the machine's clock, which can be moved in the simulator environment.
func newClock(cfg config.Config) *clock.Clock {
	if cfg.Environment != config.Simulator {
		return nil
	}
	return clock.Movable()
}

// syncClock moves the store's clock to where the database's was moved.
func syncClock(ctx context.Context, s *store.Store) error {
	if s.Clock() == nil {
		return nil
	}
	ahead, err := s.ClockAhead(ctx)
	if err != nil {
		return err
	}
	s.Clock().Advance(ahead)
	return nil
}

// clockSyncEvery is how soon all processes of a database notice a move of its clock.
const clockSyncEvery = time.Second

// followClock follows the database's clock until ctx ends.
func (a *App) followClock(ctx context.Context) {
	if a.store.Clock() == nil {
		return
	}
	tick := time.NewTicker(clockSyncEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := syncClock(ctx, a.store); err != nil && ctx.Err() == nil {
			a.log.Error("follow the database's clock", "cause", err.Error())
		}
	}
}

// MoveClock moves the clock of all processes of the database forward by d. It is for the simulator environment
// alone.
func MoveClock(ctx context.Context, s *store.Store, d time.Duration) error {
	ahead, err := s.MoveClock(ctx, d)
	if err != nil {
		return err
	}
	s.Clock().Advance(ahead)
	return nil
}
