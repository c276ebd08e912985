package cli

import (
	"context"
	"fmt"
	"time"

	"intake/internal/app"
	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/store"
)

const clockUsage = `usage: intake clock                 what time it is for the processes of the database
       intake clock -forward TIME   move it, in the simulator environment alone; it never goes back

example: intake clock -forward 720h   what is kept for 30 days is erased now`

// moveClock moves the database's clock forward and prints its time.
func moveClock(ctx context.Context, in *command.Invocation) error {
	forward := in.Flags.Duration("forward", 0, "by how much, such as 15m or 24h")
	if err := in.Parse(); err != nil {
		return err
	}
	return in.WithStore(ctx, func(_ config.Config, s *store.Store) error {
		if *forward != 0 {
			if err := app.MoveClock(ctx, s, *forward); err != nil {
				return err
			}
		}
		fmt.Fprintf(in.Stdout, "%s, %s ahead of this machine\n", command.FormatTime(s.Clock().Now()), s.Clock().Ahead().Round(time.Second))
		return nil
	})
}
