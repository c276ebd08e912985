package upkeep

import (
	"context"
	"time"

	"intake/internal/audit"
)

// syncEvery is how often the list of erasures and opt-outs outside the database is brought up to date.
const syncEvery = 10 * time.Second

// syncForgetFile brings that list and the database up to date with each other, at once and then every
// syncEvery, until ctx ends. A lasting failure is logged once an hour.
func (cfg Config) syncForgetFile(ctx context.Context) {
	if cfg.ForgetFile == "" {
		cfg.Log.Warn("INTAKE_FORGET_FILE is not set: a restore from a backup would bring back who was erased or opted out after it")
		return
	}
	tick := cfg.Clock.NewTicker(syncEvery)
	defer tick.Stop()
	var lastLogged time.Time // zero: the last sync succeeded
	for {
		synced, err := cfg.Eraser.SyncForgetFile(ctx, cfg.ForgetFile, audit.Entry{Who: "intake", Reason: "the list of erasures and opt-outs knows more than the database"})
		if synced.Forgot.Erased+synced.Forgot.Stopped > 0 {
			cfg.Log.Warn("the list of erasures and opt-outs knew more than the database, which came from a backup",
				"erased", synced.Forgot.Erased, "stopped", synced.Forgot.Stopped)
		}
		switch now := cfg.Clock.Now(); {
		case ctx.Err() != nil:
			return
		case err == nil:
			lastLogged = time.Time{}
		case now.Sub(lastLogged) >= time.Hour:
			lastLogged = now
			cfg.Log.Error("the list of erasures and opt-outs cannot be synced", "cause", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
