package seal

import (
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"intake/internal/durable"
)

// settle is how long after a promotion no key is disabled: longer than any write that may have
// been sealed before it and is still on its way to disk (the store's longest limit is 30 s).
const settle = time.Minute

// BackupsKept is how long backups are kept. A key that was disabled as long ago is in none that is
// still there.
const BackupsKept = 35 * 24 * time.Hour

// KeyInfo is what may be told about a key.
type KeyInfo struct {
	ID      uint32
	Primary bool // it seals
	Enabled bool // it opens

	DisabledAt time.Time // zero when it opens, or when nobody noted it
}

// List lists the keys that seal and open, oldest first.
func (k *Keys) List() []KeyInfo {
	set := k.reveal().handle.KeysetInfo()
	var list []KeyInfo
	for _, key := range set.GetKeyInfo() {
		list = append(list, KeyInfo{
			ID: key.GetKeyId(), Primary: key.GetKeyId() == set.GetPrimaryKeyId(),
			Enabled: key.GetStatus().String() == "ENABLED", DisabledAt: k.reveal().disabled(key.GetKeyId()),
		})
	}
	return list
}

func (m *material) disabled(id uint32) time.Time {
	if at, found := m.disabledAt[id]; found {
		return time.UnixMilli(at).UTC()
	}
	return time.Time{}
}

// Primary is the id of the key that seals.
func (k *Keys) Primary() uint32 { return k.reveal().handle.KeysetInfo().GetPrimaryKeyId() }

// KeyID is the id of the key that sealed a value. It stands behind Tink's first byte.
func KeyID(sealed []byte) (uint32, error) {
	if len(sealed) < 5 || sealed[0] != 1 {
		return 0, errors.New("a sealed value does not begin with the id of a key")
	}
	return binary.BigEndian.Uint32(sealed[1:5]), nil
}

// Refresh takes over what has changed in the key file since it was last read, which costs a look at
// the file's name when nothing has. After an error the keys stay what they were.
func (k *Keys) Refresh() error { return k.refresh() }

// follow reads the key file, and reads it again on Refresh when there is another file in its place.
func follow(path, masterKeyPath string) (*Keys, error) {
	seen, err := os.Stat(path) // before the reading: a change in between is read twice, not missed
	first, readErr := read(path, masterKeyPath)
	if readErr != nil {
		return nil, readErr
	}
	if err != nil {
		return nil, fmt.Errorf("look at the key file: %w", err)
	}
	var current atomic.Pointer[material]
	current.Store(first)
	var one sync.Mutex
	return &Keys{
		reveal: current.Load,
		refresh: func() error {
			one.Lock()
			defer one.Unlock()
			now, err := os.Stat(path)
			if err != nil {
				return fmt.Errorf("look at the key file: %w", err)
			}
			if os.SameFile(seen, now) && seen.ModTime().Equal(now.ModTime()) {
				return nil
			}
			changed, err := read(path, masterKeyPath)
			if err != nil {
				return err
			}
			if !current.Load().goesOnAs(changed) {
				return fmt.Errorf("the key file %s now holds the keys of another database, or older ones: they are not used", path)
			}
			current.Store(changed)
			seen = now
			return nil
		},
	}, nil
}

// goesOnAs says whether b is a later state of m: it makes the same hashes, but for indexes whose keys
// were replaced since.
func (m *material) goesOnAs(b *material) bool {
	return hmac.Equal(m.index, b.index) && hmac.Equal(m.fingerprint, b.fingerprint) && hmac.Equal(m.lookup, b.lookup) &&
		len(m.wraps) <= len(b.wraps) && slices.EqualFunc(m.wraps, b.wraps[:len(m.wraps)], hmac.Equal)
}

// ReplaceIndexKey makes all indexes from now on depend on a fresh key as well, and returns their version.
// Those that are stored need Keys.Reindex.
func ReplaceIndexKey(path, masterKeyPath string) (version int, err error) {
	err = change(path, masterKeyPath, func(m *material, _ *keyset.Manager) error {
		if m.indexVersion() == maxIndexVersion {
			return errors.New("the keys of indexes were replaced as often as they can be")
		}
		m.wraps = append(m.wraps, newMACKey())
		version = m.indexVersion()
		return nil
	})
	return version, err
}

// Add adds a fresh key to the key file and returns its id. It opens values and seals none until it
// is promoted.
func Add(path, masterKeyPath string) (uint32, error) {
	var id uint32
	err := change(path, masterKeyPath, func(m *material, keys *keyset.Manager) (err error) {
		id, err = keys.Add(aead.AES256GCMKeyTemplate())
		return err
	})
	return id, err
}

// Promote makes the key the one that seals.
func Promote(path, masterKeyPath string, id uint32, now time.Time) error {
	return change(path, masterKeyPath, func(m *material, keys *keyset.Manager) error {
		if err := known(m, id); err != nil {
			return err
		}
		m.promotedAt = now.UnixMilli()
		return keys.SetPrimary(id)
	})
}

// Disable makes the key open nothing any more. It stays in the file. Whether a value still needs it
// is for the caller to know; within a minute of a promotion nobody can, and it is refused.
func Disable(path, masterKeyPath string, id uint32, now time.Time) error {
	return change(path, masterKeyPath, func(m *material, keys *keyset.Manager) error {
		if err := known(m, id); err != nil {
			return err
		}
		if m.handle.KeysetInfo().GetPrimaryKeyId() == id {
			return fmt.Errorf("the key %d is the primary one: promote another first", id)
		}
		if now.Before(time.UnixMilli(m.promotedAt).Add(settle)) {
			return errors.New("the primary key changed less than a minute ago, and what is being saved may still need the old one: try again in a minute")
		}
		if m.disabledAt == nil {
			m.disabledAt = map[uint32]int64{}
		}
		if _, already := m.disabledAt[id]; !already {
			m.disabledAt[id] = now.UnixMilli()
		}
		return keys.Disable(id)
	})
}

// Enable takes back Disable, as an old backup may need it.
func Enable(path, masterKeyPath string, id uint32) error {
	return change(path, masterKeyPath, func(m *material, keys *keyset.Manager) error {
		if err := known(m, id); err != nil {
			return err
		}
		delete(m.disabledAt, id)
		return keys.Enable(id)
	})
}

// Destroy takes a disabled key out of the file for good. Whether a value still needs it is for the
// caller to know. Unless it is forced, a key stays as long as a backup may need it.
func Destroy(path, masterKeyPath string, id uint32, now time.Time, force bool) error {
	return change(path, masterKeyPath, func(m *material, keys *keyset.Manager) error {
		if err := known(m, id); err != nil {
			return err
		}
		i := slices.IndexFunc(hide(m).List(), func(key KeyInfo) bool { return key.ID == id })
		switch key := hide(m).List()[i]; {
		case key.Enabled:
			return fmt.Errorf("the key %d opens: disable it first, and destroy it when the backups from before are gone", id)
		case force:
		case key.DisabledAt.IsZero():
			return fmt.Errorf("nobody noted when the key %d was disabled: enable and disable it, and wait %d days, or force it", id, BackupsKept/(24*time.Hour))
		case now.Before(key.DisabledAt.Add(BackupsKept)):
			return fmt.Errorf("the key %d was disabled on %s: backups from before then cannot be restored without it, and they are kept %d days, until %s; or force it",
				id, key.DisabledAt.Format(time.DateOnly), BackupsKept/(24*time.Hour), key.DisabledAt.Add(BackupsKept).Format(time.DateOnly))
		}
		delete(m.disabledAt, id)
		return keys.Delete(id)
	})
}

func known(m *material, id uint32) error {
	if !slices.ContainsFunc(hide(m).List(), func(key KeyInfo) bool { return key.ID == id }) {
		return fmt.Errorf("there is no key %d in the key file; intake keys list shows them", id)
	}
	return nil
}

// change replaces the key file in one step by what act makes of it. Only one change at a time: a
// key that a second one forgot would take every value that it sealed with it.
func change(path, masterKeyPath string, act func(*material, *keyset.Manager) error) error {
	lock, err := durable.OpenLock(path)
	if err != nil {
		return fmt.Errorf("lock the key file: %w", err)
	}
	defer func() { _ = lock.Close() }() // which ends the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("the key file %s is being changed by another process: try again when it is done", path)
	}
	m, err := read(path, masterKeyPath)
	if err != nil {
		return err
	}
	master, err := readMasterKey(masterKeyPath)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(m.handle)
	if err := act(m, manager); err != nil {
		return err
	}
	handle, err := manager.Handle()
	if err != nil {
		return fmt.Errorf("change the keys: %w", err)
	}
	changed, err := assemble(handle, m)
	if err != nil {
		return err
	}
	data, err := changed.encode(master)
	if err != nil {
		return err
	}
	if err := durable.Replace(path, data); err != nil {
		return fmt.Errorf("write the key file %s: %w", path, err)
	}
	return nil
}
