package upkeep

import (
	"context"
	"time"

	"intake/internal/audit"
)

// forgetEvery is how old the list of erasures and opt-outs outside the database gets.
const forgetEvery = 10 * time.Second

// keepForgotten keeps that list at once and then again and again, until ctx ends. What is wrong with it
// is told once, and once more every hour.
func (cfg Config) keepForgotten(ctx context.Context) {
	if cfg.ForgetFile == "" {
		cfg.Log.Warn("INTAKE_FORGET_FILE is not set: a restore from a backup would bring back who was erased or opted out after it")
		return
	}
	look := cfg.Clock.NewTicker(forgetEvery)
	defer look.Stop()
	var told time.Time // zero: all is well
	for {
		kept, err := cfg.Leads.KeepForgotten(ctx, cfg.ForgetFile, audit.Entry{Who: "intake", Reason: "the list of erasures and opt-outs knows more than the database"})
		if kept.Forgot.Erased+kept.Forgot.Stopped > 0 {
			cfg.Log.Warn("the list of erasures and opt-outs knew more than the database, which came from a backup",
				"erased", kept.Forgot.Erased, "stopped", kept.Forgot.Stopped)
		}
		switch now := cfg.Clock.Now(); {
		case ctx.Err() != nil:
			return
		case err == nil:
			told = time.Time{}
		case now.Sub(told) >= every:
			told = now
			cfg.Log.Error("the list of erasures and opt-outs is not kept", "cause", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}
