package main

import (
	"context"
	"fmt"
)

// initialise makes the database and the keys that the settings name, where they are missing. What
// exists is left as it is.
func initialise(ctx context.Context, in invocation) error {
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	leads, err := openStore(ctx, cfg, true)
	if err != nil {
		return err
	}
	if err := leads.Close(); err != nil {
		return err
	}
	fmt.Fprintf(in.stdout, "The database and the keys of the %s environment are in place.\n", cfg.Environment)
	return nil
}
