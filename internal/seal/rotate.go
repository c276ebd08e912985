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

// promotionGrace is how long after a promotion no key may be disabled: longer than any write that was sealed
// before it and is not on disk yet (the store's longest limit is 30 s).
const promotionGrace = time.Minute

// backupRetention is how long backups are kept. No backup that still exists needs a key that was disabled
// longer ago.
const backupRetention = 35 * 24 * time.Hour

// KeyInfo is what may be shown about a key.
type KeyInfo struct {
	ID      uint32
	Primary bool // it encrypts
	Enabled bool // it decrypts

	DisabledAt time.Time // zero when it is enabled, or when the time is not known
}

// List lists the encryption keys, oldest first.
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

// Primary is the id of the key that encrypts.
func (k *Keys) Primary() uint32 { return k.reveal().handle.KeysetInfo().GetPrimaryKeyId() }

// KeyID is the id of the key that sealed a value. It follows Tink's first byte.
func KeyID(sealed []byte) (uint32, error) {
	if len(sealed) < 5 || sealed[0] != 1 {
		return 0, errors.New("a sealed value does not begin with the id of a key")
	}
	return binary.BigEndian.Uint32(sealed[1:5]), nil
}

// Refresh reads the key file again when it has changed, and costs one stat when it has not. After an error the
// keys stay what they were.
func (k *Keys) Refresh() error { return k.refresh() }

// Load reads the key file that Create wrote; Refresh reads it again when another file is in its place. When the
// files are missing, readable by others, damaged or do not belong together, the error is one sentence.
func Load(path, masterKeyPath string) (*Keys, error) {
	seen, err := os.Stat(path) // before the read: a change in between is read twice, not missed
	first, readErr := readKeyFile(path, masterKeyPath)
	if readErr != nil {
		return nil, readErr
	}
	if err != nil {
		return nil, fmt.Errorf("look at the key file: %w", err)
	}
	var current atomic.Pointer[material]
	current.Store(first)
	var mu sync.Mutex
	return &Keys{
		reveal: current.Load,
		refresh: func() error {
			mu.Lock()
			defer mu.Unlock()
			now, err := os.Stat(path)
			if err != nil {
				return fmt.Errorf("look at the key file: %w", err)
			}
			if os.SameFile(seen, now) && seen.ModTime().Equal(now.ModTime()) {
				return nil
			}
			changed, err := readKeyFile(path, masterKeyPath)
			if err != nil {
				return err
			}
			if !current.Load().continuesAs(changed) {
				return fmt.Errorf("the key file %s now holds the keys of another database, or older ones: they are not used", path)
			}
			current.Store(changed)
			seen = now
			return nil
		},
	}, nil
}

// continuesAs says whether b is a later state of m: it makes the same hashes, except for indexes whose keys
// were replaced since.
func (m *material) continuesAs(b *material) bool {
	return hmac.Equal(m.index, b.index) && hmac.Equal(m.lookup, b.lookup) &&
		len(m.wraps) <= len(b.wraps) && slices.EqualFunc(m.wraps, b.wraps[:len(m.wraps)], hmac.Equal)
}

// ReplaceIndexKey adds a new key that all later indexes also depend on, and returns their version. Stored
// indexes need Keys.Reindex.
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

// Add adds a new key to the key file and returns its id. The key decrypts, and encrypts only after Promote.
func Add(path, masterKeyPath string) (uint32, error) {
	var id uint32
	err := change(path, masterKeyPath, func(m *material, keys *keyset.Manager) (err error) {
		id, err = keys.Add(aead.AES256GCMKeyTemplate())
		return err
	})
	return id, err
}

// Promote makes the key the one that encrypts.
func Promote(path, masterKeyPath string, id uint32, now time.Time) error {
	return change(path, masterKeyPath, func(m *material, keys *keyset.Manager) error {
		if err := checkKeyExists(m, id); err != nil {
			return err
		}
		m.promotedAt = now.UnixMilli()
		return keys.SetPrimary(id)
	})
}

// Disable makes the key decrypt nothing any more. It stays in the file. The caller must know that no value needs
// it; within a minute of a promotion nobody can know that, and Disable refuses.
func Disable(path, masterKeyPath string, id uint32, now time.Time) error {
	return change(path, masterKeyPath, func(m *material, keys *keyset.Manager) error {
		if err := checkKeyExists(m, id); err != nil {
			return err
		}
		if m.handle.KeysetInfo().GetPrimaryKeyId() == id {
			return fmt.Errorf("the key %d is the primary one: promote another first", id)
		}
		if now.Before(time.UnixMilli(m.promotedAt).Add(promotionGrace)) {
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

// Enable undoes Disable: an old backup may need the key.
func Enable(path, masterKeyPath string, id uint32) error {
	return change(path, masterKeyPath, func(m *material, keys *keyset.Manager) error {
		if err := checkKeyExists(m, id); err != nil {
			return err
		}
		delete(m.disabledAt, id)
		return keys.Enable(id)
	})
}

// Destroy removes a disabled key from the file for good. The caller must know that no value needs it. Unless
// force is set, it refuses while a backup may need the key.
func Destroy(path, masterKeyPath string, id uint32, now time.Time, force bool) error {
	return change(path, masterKeyPath, func(m *material, keys *keyset.Manager) error {
		if err := checkKeyExists(m, id); err != nil {
			return err
		}
		i := slices.IndexFunc(withoutFile(m).List(), func(key KeyInfo) bool { return key.ID == id })
		switch key := withoutFile(m).List()[i]; {
		case key.Enabled:
			return fmt.Errorf("the key %d opens: disable it first, and destroy it when the backups from before are gone", id)
		case force:
		case key.DisabledAt.IsZero():
			return fmt.Errorf("nobody noted when the key %d was disabled: enable and disable it, and wait %d days, or force it", id, backupRetention/(24*time.Hour))
		case now.Before(key.DisabledAt.Add(backupRetention)):
			return fmt.Errorf("the key %d was disabled on %s: backups from before then cannot be restored without it, and they are kept %d days, until %s; or force it",
				id, key.DisabledAt.Format(time.DateOnly), backupRetention/(24*time.Hour), key.DisabledAt.Add(backupRetention).Format(time.DateOnly))
		}
		delete(m.disabledAt, id)
		return keys.Delete(id)
	})
}

func checkKeyExists(m *material, id uint32) error {
	if !slices.ContainsFunc(withoutFile(m).List(), func(key KeyInfo) bool { return key.ID == id }) {
		return fmt.Errorf("there is no key %d in the key file; intake keys list shows them", id)
	}
	return nil
}

// change applies edit to the key file and replaces it atomically. Only one change runs at a time: if a second
// one overwrote a new key, every value sealed with that key would be lost.
func change(path, masterKeyPath string, edit func(*material, *keyset.Manager) error) error {
	lock, err := durable.OpenLock(path)
	if err != nil {
		return fmt.Errorf("lock the key file: %w", err)
	}
	defer func() { _ = lock.Close() }() // releases the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("the key file %s is being changed by another process: try again when it is done", path)
	}
	m, err := readKeyFile(path, masterKeyPath)
	if err != nil {
		return err
	}
	master, err := readMasterKey(masterKeyPath)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(m.handle)
	if err := edit(m, manager); err != nil {
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
