package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

func loaded(t *testing.T, path, master string) *Keys {
	t.Helper()
	keys, err := Load(path, master)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func added(t *testing.T, path, master string) uint32 {
	t.Helper()
	id, err := Add(path, master)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func wantKeyID(t *testing.T, sealed []byte, want uint32) {
	t.Helper()
	if got, err := KeyID(sealed); err != nil || got != want {
		t.Errorf("sealed by the key %d, %v, want %d", got, err, want)
	}
}

func TestAdd_LeavesTheFileWithItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := Create(path, ""); err != nil {
		t.Fatal(err)
	}
	owner := os.Getuid()
	if owner == 0 { // root changes the keys of the user who runs the program
		owner = 65534
		if err := os.Chown(path, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	added(t, path, "")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); int(stat.Uid) != owner || info.Mode() != 0o600 {
		t.Errorf("it belongs to %d, mode %v, want %d and 0600", stat.Uid, info.Mode(), owner)
	}
}

func TestRotation_FromTheFirstKeyToTheSecond(t *testing.T) {
	master := masterKey(t, 1)
	path, _, keys := created(t, master)
	first := keys.Primary()
	old := sealed(t, keys, "old")
	wantKeyID(t, old, first)

	second := added(t, path, master)
	if err := keys.Refresh(); err != nil {
		t.Fatal(err)
	}
	wantKeyID(t, sealed(t, keys, "still by the first"), first)
	if err := Promote(path, master, second, noon); err != nil {
		t.Fatal(err)
	}
	if err := keys.Refresh(); err != nil {
		t.Fatal(err)
	}
	wantKeyID(t, sealed(t, keys, "new"), second)
	if got, err := keys.Open(old, "lead-1", "email"); err != nil || string(got) != "old" {
		t.Errorf("the old value: %q, %v", got, err)
	}

	if err := Disable(path, master, first, noon.Add(promotionGrace)); err != nil {
		t.Fatal(err)
	}
	after := loaded(t, path, master)
	want := []KeyInfo{{ID: first, DisabledAt: noon.Add(promotionGrace)}, {ID: second, Primary: true, Enabled: true}}
	if diff := cmp.Diff(want, after.List()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if _, err := after.Open(old, "lead-1", "email"); err == nil {
		t.Error("a disabled key opens")
	}
	if err := Enable(path, master, first); err != nil {
		t.Fatal(err)
	}
	if got, err := after.Open(old, "lead-1", "email"); err != nil || string(got) != "old" {
		t.Errorf("after the key was enabled again: %q, %v", got, err)
	}
}

// TestOpen_ReadsWithAKeyThatWasAddedLater is a running server beside another process that rotates.
func TestOpen_ReadsWithAKeyThatWasAddedLater(t *testing.T) {
	path, _, running := created(t, "")
	id := added(t, path, "")
	if err := Promote(path, "", id, noon); err != nil {
		t.Fatal(err)
	}
	value := sealed(t, loaded(t, path, ""), "by the new key")
	wantKeyID(t, value, id)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := running.Open(value, "lead-1", "email"); err != nil || string(got) != "by the new key" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	all.Wait()
}

func TestRotation_ExplainsWhatItRefuses(t *testing.T) {
	path, _, keys := created(t, "")
	first := keys.Primary()
	second := added(t, path, "")
	if err := Promote(path, "", second, noon); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		err   error
		words string
	}{
		{"the primary key is disabled", Disable(path, "", second, noon.Add(time.Hour)), "promote another first"},
		{"too soon after the promotion", Disable(path, "", first, noon.Add(promotionGrace-time.Millisecond)), "try again in a minute"},
		{"an unknown key is promoted", Promote(path, "", 7, noon), "there is no key 7"},
		{"an unknown key is disabled", Disable(path, "", 7, noon.Add(time.Hour)), "there is no key 7"},
		{"another master key", Promote(path, masterKey(t, 9), first, noon), "is in clear"},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.words) {
			t.Errorf("%s: got %v, want %q", tt.name, tt.err, tt.words)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a refused change changed the file: %v", err)
	}
}

func TestDestroy_WaitsForTheLastBackupThatNeedsTheKey(t *testing.T) {
	master := masterKey(t, 1)
	path, _, keys := created(t, master)
	first := keys.Primary()
	old := sealed(t, keys, "old")
	second := added(t, path, master)
	disabled := noon.Add(time.Hour)
	if err := errors.Join(Promote(path, master, second, noon), keys.Refresh()); err != nil {
		t.Fatal(err)
	}
	value := sealed(t, keys, "by the second")
	refused := func(id uint32, now time.Time, force bool, words string) {
		t.Helper()
		if err := Destroy(path, master, id, now, force); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want %q", err, words)
		}
		if n := len(loaded(t, path, master).List()); n != 2 {
			t.Errorf("the file holds %d keys", n)
		}
	}
	refused(7, noon, true, "there is no key 7")
	refused(second, noon, true, "opens: disable it first")
	refused(first, noon, true, "opens: disable it first")
	if err := Disable(path, master, first, disabled); err != nil {
		t.Fatal(err)
	}
	if err := Disable(path, master, first, disabled.Add(10*24*time.Hour)); err != nil { // again: the first time counts
		t.Fatal(err)
	}
	refused(first, disabled.Add(backupRetention-time.Millisecond), false, "was disabled on 2026-03-02: backups from before then")
	if err := errors.Join(Enable(path, master, first), Disable(path, master, first, disabled.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	refused(first, disabled.Add(backupRetention), false, "until 2026-04-06")
	if err := Destroy(path, master, first, disabled.Add(backupRetention+time.Hour), false); err != nil {
		t.Fatal(err)
	}
	after := loaded(t, path, master)
	if diff := cmp.Diff([]KeyInfo{{ID: second, Primary: true, Enabled: true}}, after.List()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if _, err := after.Open(old, "lead-1", "email"); err == nil {
		t.Error("a destroyed key opens")
	}
	if got, err := after.Open(value, "lead-1", "email"); err != nil || string(got) != "by the second" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestDestroy_AKeyWithoutADateNeedsForce(t *testing.T) {
	path, _, keys := created(t, "")
	first := keys.Primary()
	if err := errors.Join(Promote(path, "", added(t, path, ""), noon), Disable(path, "", first, noon.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	if err := change(path, "", func(m *material, _ *keyset.Manager) error { // as an older program left it
		m.disabledAt = nil
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	years := noon.Add(10 * 365 * 24 * time.Hour)
	if err := Destroy(path, "", first, years, false); err == nil || !strings.Contains(err.Error(), "nobody noted when") {
		t.Errorf("got %v", err)
	}
	if err := Destroy(path, "", first, noon, true); err != nil {
		t.Error(err)
	}
	if n := len(loaded(t, path, "").List()); n != 1 {
		t.Errorf("the file holds %d keys", n)
	}
}

// TestChange_LosesNoKey adds many keys at once: every id that was returned is in the file.
func TestChange_LosesNoKey(t *testing.T) {
	path, _, _ := created(t, "")
	ids := make(chan uint32, 16)
	var all sync.WaitGroup
	for range cap(ids) {
		all.Go(func() {
			if id, err := Add(path, ""); err == nil {
				ids <- id
			} else if !strings.Contains(err.Error(), "being changed by another process") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	close(ids)
	var added int
	for id := range ids {
		added++
		if err := Promote(path, "", id, noon); err != nil {
			t.Errorf("%v", err)
		}
	}
	if n := len(loaded(t, path, "").List()); added == 0 || n != 1+added {
		t.Errorf("%d ids were returned, and the file holds %d keys", added, n)
	}
}

func TestChange_KeepsTheFileForItsOwnerAndWrapped(t *testing.T) {
	master := masterKey(t, 1)
	path, _, _ := created(t, master)
	added(t, path, master)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o, %v", info.Mode().Perm(), err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file keyFile
	if err := json.Unmarshal(data, &file); err != nil || !file.Wrapped {
		t.Errorf("wrapped %v, %v", file.Wrapped, err)
	}
}

func TestRefresh_KeepsItsKeysWhenTheFileCannotBeUsed(t *testing.T) {
	foreign, _, _ := created(t, "")
	for _, tt := range []struct {
		name  string
		spoil func(path string) error
		words string
	}{
		{"missing", os.Remove, "no such file"},
		{"damaged", func(path string) error { return replace(path, []byte("canary")) }, "is damaged"},
		{"open to others", func(path string) error { return errors.Join(replaceBy(path, path), os.Chmod(path, 0o644)) }, "is open to others"},
		{"of another database", func(path string) error { return replaceBy(path, foreign) }, "the keys of another database"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path, _, keys := created(t, "")
			value := sealed(t, keys, "kept")
			if err := tt.spoil(path); err != nil {
				t.Fatal(err)
			}
			if err := keys.Refresh(); err == nil || !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want %q", err, tt.words)
			}
			if got, err := keys.Open(value, "lead-1", "email"); err != nil || string(got) != "kept" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// replace puts another file with data in the place of path, as a change does.
func replace(path string, data []byte) error {
	other := filepath.Join(filepath.Dir(path), "other")
	if err := os.WriteFile(other, data, 0o600); err != nil {
		return err
	}
	return os.Rename(other, path)
}

func replaceBy(path, source string) error {
	data, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return replace(path, data)
}

func TestKeyID_RefusesWhatIsNotSealed(t *testing.T) {
	for _, value := range [][]byte{nil, {1, 2, 3, 4}, []byte("plain text")} {
		if id, err := KeyID(value); err == nil {
			t.Errorf("%q was sealed by %d", value, id)
		}
	}
}
