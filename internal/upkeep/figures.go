package upkeep

import (
	"context"
	"time"
)

// foldEvery is how often the hourly figures are brought up to date: they may be ten seconds old.
const foldEvery = 5 * time.Second

// Figures are the hourly figures of dashboards.
type Figures interface {
	// Fold counts what has happened since the last call, and returns how many changes that were.
	Fold(ctx context.Context) (int, error)
}

func (cfg Config) foldFigures(ctx context.Context) {
	tick := cfg.Clock.NewTicker(foldEvery)
	defer tick.Stop()
	for {
		_, err := cfg.Figures.Fold(ctx)
		cfg.logFailure(ctx, "fold the hourly figures", err)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
