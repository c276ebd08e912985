// Package keyring replaces the keys that seal answers while servers run. It disables and destroys no key that a row in
// the database still needs, and records every change in the audit log.
package keyring

import (
	"context"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/seal"
	"intake/internal/store"
)

// Ring is the key file and the database whose rows its keys have sealed.
type Ring struct {
	KeyFile, MasterKeyFile string
	Store                  *store.Store
	// Entry makes the audit entry for an action. The audit log must accept it: Check it first.
	Entry func(action string) audit.Entry
	Now   func() time.Time
}

// Key is one key and how many rows it has sealed.
type Key struct {
	seal.KeyInfo
	Rows int
}

// List returns all keys of the file.
func (r Ring) List(ctx context.Context) ([]Key, error) {
	set, use, err := r.use(ctx)
	if err != nil {
		return nil, err
	}
	var keys []Key
	for _, info := range set.List() {
		keys = append(keys, Key{info, use[info.ID]})
	}
	return keys, nil
}

func (r Ring) use(ctx context.Context) (*seal.Keys, map[uint32]int, error) {
	set, err := seal.Load(r.KeyFile, r.MasterKeyFile)
	if err != nil {
		return nil, nil, err
	}
	use, err := r.Store.KeyUse(ctx)
	return set, use, err
}

// Add adds a new key, which opens what it has sealed and does not seal yet.
func (r Ring) Add(ctx context.Context) (id uint32, err error) {
	if id, err = seal.Add(r.KeyFile, r.MasterKeyFile); err != nil {
		return 0, err
	}
	return id, r.audit(ctx, fmt.Sprintf("add key %d", id))
}

// Promote makes a key the primary one, which seals from now on.
func (r Ring) Promote(ctx context.Context, id uint32) error {
	if err := seal.Promote(r.KeyFile, r.MasterKeyFile, id, r.Now()); err != nil {
		return err
	}
	return r.audit(ctx, fmt.Sprintf("promote key %d", id))
}

// Reseal seals everything again with the primary key. It calls progress with the number of rows so far and returns
// their number at the end.
func (r Ring) Reseal(ctx context.Context, progress func(rows int)) (int, error) {
	return r.Store.Reseal(ctx, r.Entry(""), progress)
}

// Disable keeps a key in the file but has it open nothing. It refuses a key that rows still need.
func (r Ring) Disable(ctx context.Context, id uint32) error {
	set, use, err := r.use(ctx)
	if err != nil {
		return err
	}
	if use[id] > 0 && id != set.Primary() {
		return fmt.Errorf("%d rows still need the key %d: run intake keys rotate first", use[id], id)
	}
	if err := seal.Disable(r.KeyFile, r.MasterKeyFile, id, r.Now()); err != nil {
		return err
	}
	return r.audit(ctx, fmt.Sprintf("disable key %d", id))
}

// Enable has a disabled key open again what it has sealed.
func (r Ring) Enable(ctx context.Context, id uint32) error {
	if err := seal.Enable(r.KeyFile, r.MasterKeyFile, id); err != nil {
		return err
	}
	return r.audit(ctx, fmt.Sprintf("enable key %d", id))
}

// Destroy removes a disabled key for good. With force it removes one that backups may still need, but never one that
// rows need: they could not be read any more.
func (r Ring) Destroy(ctx context.Context, id uint32, force bool) error {
	use, err := r.Store.KeyUse(ctx)
	if err != nil {
		return err
	}
	if use[id] > 0 {
		return fmt.Errorf("%d rows still need the key %d: enable it and run intake keys rotate first", use[id], id)
	}
	if err := seal.Destroy(r.KeyFile, r.MasterKeyFile, id, r.Now(), force); err != nil {
		return err
	}
	action := "destroy"
	if force {
		action = "destroy by force"
	}
	return r.audit(ctx, fmt.Sprintf("%s key %d", action, id))
}

// ReplaceIndexKey replaces the key of the blind indexes and returns the new version. When indexes of an older version
// remain, because the last replacement was interrupted, it does nothing and returns 0: ReindexAll finishes that one.
func (r Ring) ReplaceIndexKey(ctx context.Context) (version int, err error) {
	old, err := r.Store.OldIndexes(ctx)
	if err != nil || old > 0 {
		return 0, err
	}
	if version, err = seal.ReplaceIndexKey(r.KeyFile, r.MasterKeyFile); err != nil {
		return 0, err
	}
	return version, r.audit(ctx, fmt.Sprint("replace index key, version ", version))
}

// ReindexAll makes every blind index with the newest key. It calls progress with the number of leads so far and
// returns their number at the end.
func (r Ring) ReindexAll(ctx context.Context, progress func(leads int)) (int, error) {
	return r.Store.Reindex(ctx, r.Entry(""), progress)
}

// audit records a change of the key file, which is done and cannot be undone.
func (r Ring) audit(ctx context.Context, action string) error {
	e := r.Entry(action)
	if err := r.Store.AuditLog().Write(ctx, e); err != nil {
		return fmt.Errorf("it is done, but not in the audit log; write it down by hand (%s, by %s): %w", e.Action, e.Who, err)
	}
	return nil
}
