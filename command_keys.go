package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"intake/internal/seal"
	"intake/internal/store"
)

const keysUsage = "say intake keys list, add, promote ID, rotate, disable ID or enable ID; docs/keys-and-retention.md tells the order"

// keys lists and changes the keys that seal answers. A running server takes a change over by
// itself.
func keys(ctx context.Context, in invocation) error {
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	action, id, err := keysArguments(in.args)
	if err != nil {
		return err
	}
	leads, err := openStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	err = changeKeys(ctx, cfg, leads, in.stdout, action, id, time.Now())
	return errors.Join(err, leads.Close())
}

// keysArguments are the action and, for those that have one, the id.
func keysArguments(args []string) (action string, id uint32, err error) {
	if len(args) == 0 {
		return "", 0, errors.New(keysUsage)
	}
	switch args[0] {
	case "list", "add", "rotate":
		if len(args) == 1 {
			return args[0], 0, nil
		}
	case "promote", "disable", "enable":
		if len(args) == 2 {
			n, err := strconv.ParseUint(args[1], 10, 32)
			if err == nil {
				return args[0], uint32(n), nil
			}
		}
	}
	return "", 0, errors.New(keysUsage)
}

func changeKeys(ctx context.Context, cfg Config, leads *store.Store, out io.Writer, action string, id uint32, now time.Time) error {
	switch action {
	case "add":
		id, err := seal.Add(cfg.KeysetFile, cfg.MasterKeyFile)
		if err == nil {
			fmt.Fprintf(out, "%d is in the key file; it opens and does not seal yet.\n", id)
		}
		return err
	case "promote":
		if err := seal.Promote(cfg.KeysetFile, cfg.MasterKeyFile, id, now); err != nil {
			return err
		}
		fmt.Fprintf(out, "%d seals from now on. Next: intake keys rotate.\n", id)
	case "rotate":
		return rotate(ctx, leads, out)
	case "disable":
		return disableKey(ctx, cfg, leads, out, id, now)
	case "enable":
		if err := seal.Enable(cfg.KeysetFile, cfg.MasterKeyFile, id); err != nil {
			return err
		}
		fmt.Fprintf(out, "%d opens again.\n", id)
	case "list":
		return listKeys(ctx, cfg, leads, out)
	}
	return nil
}

func rotate(ctx context.Context, leads *store.Store, out io.Writer) error {
	rows, err := leads.Reseal(ctx, func(rows int) { fmt.Fprintf(out, "%d rows\n", rows) })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Everything is sealed by the primary key; %d rows were sealed anew.\n", rows)
	return nil
}

func disableKey(ctx context.Context, cfg Config, leads *store.Store, out io.Writer, id uint32, now time.Time) error {
	set, err := seal.Load(cfg.KeysetFile, cfg.MasterKeyFile)
	if err != nil {
		return err
	}
	use, err := leads.KeyUse(ctx)
	if err != nil {
		return err
	}
	if use[id] > 0 && id != set.Primary() {
		return fmt.Errorf("%d rows still need the key %d: run intake keys rotate first", use[id], id)
	}
	if err := seal.Disable(cfg.KeysetFile, cfg.MasterKeyFile, id, now); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d opens nothing any more. It stays in the file: a backup from before needs it enabled.\n", id)
	return nil
}

func listKeys(ctx context.Context, cfg Config, leads *store.Store, out io.Writer) error {
	set, err := seal.Load(cfg.KeysetFile, cfg.MasterKeyFile)
	if err != nil {
		return err
	}
	use, err := leads.KeyUse(ctx)
	if err != nil {
		return err
	}
	for _, key := range set.List() {
		state := "disabled"
		if key.Enabled {
			state = "opens"
		}
		if key.Primary {
			state = "seals"
		}
		fmt.Fprintf(out, "%-10d  %-8s  %d rows\n", key.ID, state, use[key.ID])
	}
	return nil
}
