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
	"intake/internal/config"
	"intake/internal/evidence/packet"
	"intake/internal/seal"
	"intake/internal/store"
)

const keysUsage = `usage: intake keys list                         the keys, and how many rows each has sealed
       intake keys public                       the key that verifies packets of evidence
       intake keys add -reason WHY              a new key, which opens and does not seal yet
       intake keys promote ID -reason WHY       it seals from now on
       intake keys rotate -reason WHY           everything is sealed anew by the key that seals
       intake keys disable ID -reason WHY       it opens nothing any more, and stays in the file
       intake keys enable ID -reason WHY        it opens again
       intake keys destroy ID -reason WHY [-force]   it is gone for good
       intake keys rotate-index -reason WHY     the key of the blind indexes is replaced
       each with -by NAME, where the account that runs it is not who decides

example: intake keys promote 2873465123 -reason "yearly rotation"   docs/keys-and-retention.md has the order`

// manageKeys lists and changes the keys that seal answers. A running server takes a change over by
// itself. Every change is in the audit log.
func manageKeys(ctx context.Context, in *invocation) error {
	cfg, err := config.Read(in.Environ)
	if err != nil {
		return err
	}
	r := keyRing{cfg: cfg, out: in.Stdout}
	action, err := r.parse(in)
	if err != nil {
		return err
	}
	if action == "public" {
		return r.public()
	}
	if r.leads, err = app.OpenStore(ctx, cfg, false); err != nil {
		return err
	}
	r.now = r.leads.Clock().Now
	return errors.Join(r.do(ctx, action), r.leads.Close())
}

// keyRing is what one act on the keys needs.
type keyRing struct {
	actor
	cfg   config.Config
	leads *store.Store
	out   io.Writer
	now   func() time.Time

	id    uint32
	force bool
}

// parse reads the action and, for those that have one, the id of the key.
func (r *keyRing) parse(in *invocation) (action string, err error) {
	action, rest := in.action()
	if (action == "list" || action == "public") && len(rest) == 0 {
		return action, nil
	}
	if isHelp(action) {
		return "", flag.ErrHelp
	}
	takesID, known := map[string]bool{"add": false, "rotate": false, "rotate-index": false, "promote": true, "disable": true, "enable": true, "destroy": true}[action]
	if !known {
		return "", errors.New(keysUsage)
	}
	r.flags(in.flags)
	if action == "destroy" {
		in.flags.BoolVar(&r.force, "force", false, "although backups that are kept still need it: they cannot be restored any more")
	}
	word, err := in.parseWord(rest)
	if err != nil {
		return "", err
	}
	if takesID != (word != "") {
		return "", errors.New(keysUsage)
	}
	if takesID {
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return "", errors.New(keysUsage)
		}
		r.id = uint32(n)
	}
	return action, r.check()
}

// do carries out the action. A change of the key file is told to the audit log right after it.
func (r *keyRing) do(ctx context.Context, action string) error {
	var err error
	switch action {
	case "list":
		return r.list(ctx)
	case "rotate":
		return r.rotate(ctx)
	case "rotate-index":
		return r.rotateIndex(ctx)
	case "add":
		r.id, err = seal.Add(string(r.cfg.KeysetFile), string(r.cfg.MasterKeyFile))
	case "promote":
		err = seal.Promote(string(r.cfg.KeysetFile), string(r.cfg.MasterKeyFile), r.id, r.now())
	case "disable":
		err = r.disable(ctx)
	case "enable":
		err = seal.Enable(string(r.cfg.KeysetFile), string(r.cfg.MasterKeyFile), r.id)
	case "destroy":
		err = r.destroy(ctx)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, map[string]string{
		"add":     "%d is in the key file; it opens and does not seal yet.\n",
		"promote": "%d seals from now on. Next: intake keys rotate.\n",
		"disable": "%d opens nothing any more. It stays in the file: a backup from before needs it enabled.\n",
		"enable":  "%d opens again.\n",
		"destroy": "%d is gone for good: a backup from before it was disabled cannot be restored any more.\n",
	}[action], r.id)
	if r.force {
		action += " by force"
	}
	return auditAfter(ctx, r.leads, r.entry(fmt.Sprintf("%s key %d", action, r.id)))
}

func (r *keyRing) rotate(ctx context.Context) error {
	rows, err := r.leads.Reseal(ctx, r.entry(""), func(rows int) { fmt.Fprintf(r.out, "%d rows\n", rows) })
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, "Everything is sealed by the primary key; %d rows were sealed anew.\n", rows)
	return nil
}

// rotateIndex replaces the key of the blind indexes, unless the last time was broken off: then it goes on
// with that one.
func (r *keyRing) rotateIndex(ctx context.Context) error {
	old, err := r.leads.OldIndexes(ctx)
	if err != nil {
		return err
	}
	if old == 0 {
		version, err := seal.ReplaceIndexKey(string(r.cfg.KeysetFile), string(r.cfg.MasterKeyFile))
		if err != nil {
			return err
		}
		fmt.Fprintf(r.out, "Indexes are made by keys of version %d from now on.\n", version)
		if err := auditAfter(ctx, r.leads, r.entry(fmt.Sprint("replace index key, version ", version))); err != nil {
			return err
		}
	}
	leads, err := r.leads.Reindex(ctx, r.entry(""), func(leads int) { fmt.Fprintf(r.out, "%d leads\n", leads) })
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, "Every index is made by them; those of %d leads were made anew.\n", leads)
	return nil
}

// destroy never takes a key that a row needs, by force neither: the row could not be read any more.
func (r *keyRing) destroy(ctx context.Context) error {
	use, err := r.leads.KeyUse(ctx)
	if err != nil {
		return err
	}
	if use[r.id] > 0 {
		return fmt.Errorf("%d rows still need the key %d: enable it and run intake keys rotate first", use[r.id], r.id)
	}
	return seal.Destroy(string(r.cfg.KeysetFile), string(r.cfg.MasterKeyFile), r.id, r.now(), r.force)
}

func (r *keyRing) disable(ctx context.Context) error {
	set, err := seal.Load(string(r.cfg.KeysetFile), string(r.cfg.MasterKeyFile))
	if err != nil {
		return err
	}
	use, err := r.leads.KeyUse(ctx)
	if err != nil {
		return err
	}
	if use[r.id] > 0 && r.id != set.Primary() {
		return fmt.Errorf("%d rows still need the key %d: run intake keys rotate first", use[r.id], r.id)
	}
	return seal.Disable(string(r.cfg.KeysetFile), string(r.cfg.MasterKeyFile), r.id, r.now())
}

func (r *keyRing) list(ctx context.Context) error {
	set, err := seal.Load(string(r.cfg.KeysetFile), string(r.cfg.MasterKeyFile))
	if err != nil {
		return err
	}
	use, err := r.leads.KeyUse(ctx)
	if err != nil {
		return err
	}
	for _, key := range set.List() {
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
		fmt.Fprintf(r.out, "%-10d  %-19s  %d rows\n", key.ID, state, use[key.ID])
	}
	return nil
}

// public prints the key that verifies packets of evidence and heads of the chain. It is no secret, and
// needs no database.
func (r *keyRing) public() error {
	set, err := app.OpenKeys(r.cfg, false)
	if err != nil {
		return err
	}
	text, err := packet.PEM(set.Public())
	if err != nil {
		return err
	}
	_, err = r.out.Write(text)
	return err
}
