package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"time"

	"intake/internal/app"
	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/evidence/packet"
	"intake/internal/keyring"
	"intake/internal/store"
)

const keysUsage = `usage: intake keys list                         the keys, and how many rows each has sealed
       intake keys public                       the key that verifies packets of evidence
       intake keys add -reason WHY              a new key, which opens and does not seal yet
       intake keys promote ID -reason WHY       it seals from now on
       intake keys rotate -reason WHY           everything is sealed again with the key that seals
       intake keys disable ID -reason WHY       it opens nothing any more, and stays in the file
       intake keys enable ID -reason WHY        it opens again
       intake keys destroy ID -reason WHY [-force]   it is gone for good
       intake keys rotate-index -reason WHY     the key of the blind indexes is replaced
       each with -by NAME, where the account that runs it is not who decides

example: intake keys promote 2873465123 -reason "yearly rotation"   docs/keys-and-retention.md has the order`

// manageKeys lists and changes the keys that seal answers. A running server notices a change by itself.
func manageKeys(ctx context.Context, in *command.Invocation) error {
	var k keysAction
	if err := k.parse(in); err != nil {
		return err
	}
	if k.name == "public" {
		cfg, err := config.Read(in.Environ)
		if err != nil {
			return err
		}
		return printPublicKey(in.Stdout, cfg)
	}
	return in.WithStore(ctx, func(cfg config.Config, s *store.Store) error {
		k.ring = keyring.Ring{
			KeyFile: string(cfg.KeysetFile), MasterKeyFile: string(cfg.MasterKeyFile), Store: s, Entry: k.actor.Entry, Now: s.Clock().Now,
		}
		return k.run(ctx, in.Stdout)
	})
}

// keysAction is one action of intake keys.
type keysAction struct {
	name  string
	id    uint32
	force bool
	actor command.Actor
	ring  keyring.Ring
}

// takesID has the actions that change keys, and whether they take the id of one.
var takesID = map[string]bool{"add": false, "rotate": false, "rotate-index": false, "promote": true, "disable": true, "enable": true, "destroy": true}

// parse reads the action, its flags and the id of the key.
func (k *keysAction) parse(in *command.Invocation) error {
	name, rest := in.Action()
	k.name = name
	if (name == "list" || name == "public") && len(rest) == 0 {
		return nil
	}
	if command.IsHelp(name) {
		return flag.ErrHelp
	}
	wantsID, known := takesID[name]
	if !known {
		return errors.New(keysUsage)
	}
	k.actor.AddFlags(in.Flags)
	if name == "destroy" {
		in.Flags.BoolVar(&k.force, "force", false, "although backups that are kept still need it: they cannot be restored any more")
	}
	operand, err := in.ParseOperand(rest)
	if err != nil {
		return err
	}
	if wantsID != (operand != "") {
		return errors.New(keysUsage)
	}
	if wantsID {
		n, err := strconv.ParseUint(operand, 10, 32)
		if err != nil {
			return errors.New(keysUsage)
		}
		k.id = uint32(n)
	}
	return k.actor.Check()
}

func (k *keysAction) run(ctx context.Context, out io.Writer) error {
	var err error
	switch k.name {
	case "list":
		return listKeys(ctx, out, k.ring)
	case "rotate":
		return rotateKeys(ctx, out, k.ring)
	case "rotate-index":
		return rotateIndexKey(ctx, out, k.ring)
	case "add":
		k.id, err = k.ring.Add(ctx)
	case "promote":
		err = k.ring.Promote(ctx, k.id)
	case "disable":
		err = k.ring.Disable(ctx, k.id)
	case "enable":
		err = k.ring.Enable(ctx, k.id)
	case "destroy":
		err = k.ring.Destroy(ctx, k.id, k.force)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, map[string]string{
		"add":     "%d is in the key file; it opens and does not seal yet.\n",
		"promote": "%d seals from now on. Next: intake keys rotate.\n",
		"disable": "%d opens nothing any more. It stays in the file: a backup from before needs it enabled.\n",
		"enable":  "%d opens again.\n",
		"destroy": "%d is gone for good: a backup from before it was disabled cannot be restored any more.\n",
	}[k.name], k.id)
	return nil
}

func rotateKeys(ctx context.Context, out io.Writer, ring keyring.Ring) error {
	rows, err := ring.Reseal(ctx, func(rows int) { fmt.Fprintf(out, "%d rows\n", rows) })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Everything is sealed by the primary key; %d rows were sealed anew.\n", rows)
	return nil
}

func rotateIndexKey(ctx context.Context, out io.Writer, ring keyring.Ring) error {
	version, err := ring.ReplaceIndexKey(ctx)
	if version > 0 {
		fmt.Fprintf(out, "Indexes are made by keys of version %d from now on.\n", version)
	}
	if err != nil {
		return err
	}
	leads, err := ring.ReindexAll(ctx, func(leads int) { fmt.Fprintf(out, "%d leads\n", leads) })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Every index is made by them; those of %d leads were made anew.\n", leads)
	return nil
}

func listKeys(ctx context.Context, out io.Writer, ring keyring.Ring) error {
	keys, err := ring.List(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		state := "disabled"
		if !key.DisabledAt.IsZero() {
			state += " " + key.DisabledAt.Format(time.DateOnly)
		}
		if key.Enabled {
			state = "opens"
		}
		if key.Primary {
			state = "seals"
		}
		fmt.Fprintf(out, "%-10d  %-19s  %d rows\n", key.ID, state, key.Rows)
	}
	return nil
}

// printPublicKey prints the key that verifies packets of evidence and heads of the chain. It is no secret, and
// needs no database.
func printPublicKey(w io.Writer, cfg config.Config) error {
	set, err := app.OpenKeys(cfg, false)
	if err != nil {
		return err
	}
	text, err := packet.PEM(set.Public())
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
