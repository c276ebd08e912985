package app

import (
	"context"
	"time"

	"intake/internal/clock"
	"intake/internal/config"
	"intake/internal/store"
)

// newClock is the machine's clock. In the simulator environment it can be moved.
func newClock(cfg config.Config) *clock.Clock {
	if cfg.Environment != config.Simulator {
		return nil
	}
	return clock.Movable()
}

// followClock moves the store's clock to where the database's was moved.
func followClock(ctx context.Context, s *store.Store) error {
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

// followEvery is how soon all processes of a database feel a move of its clock.
const followEvery = time.Second

// keepClock follows the database's clock until ctx ends.
func (a *App) keepClock(ctx context.Context) {
	if a.store.Clock() == nil {
		return
	}
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := followClock(ctx, a.store); err != nil && ctx.Err() == nil {
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
