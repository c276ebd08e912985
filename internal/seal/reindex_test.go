package seal

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
)

func replaced(t *testing.T, path, master string, want int) {
	t.Helper()
	if version, err := ReplaceIndexKey(path, master); err != nil || version != want {
		t.Fatalf("version %d, %v, want %d", version, err, want)
	}
}

func TestReplaceIndexKey_EveryIndexIsBroughtUpToDateWithoutItsValue(t *testing.T) {
	master := masterKey(t, 1)
	path, _, running := created(t, master)
	handle, derived := running.HandleHash("h"), running.Derive("forms")
	made := [][]byte{running.Index("phone", "2025550143")}
	for version := 2; version <= 4; version++ {
		replaced(t, path, master, version)
		if err := running.Refresh(); err != nil {
			t.Fatal(err)
		}
		made = append(made, running.Index("phone", "2025550143"))
		if got := running.IndexVersion(); got != version || IndexedBy(made[version-1]) != version {
			t.Errorf("version %d, the index says %d, want %d", got, IndexedBy(made[version-1]), version)
		}
	}
	if len(made[0]) != 16 || IndexedBy(made[0]) != 1 {
		t.Errorf("the first index has %d bytes and says %d", len(made[0]), IndexedBy(made[0]))
	}
	for i, index := range made {
		if got, err := running.Reindex(index); err != nil || !bytes.Equal(got, made[3]) {
			t.Errorf("from version %d: %x, %v, want %x", i+1, got, err, made[3])
		}
		for j, other := range made {
			if i != j && bytes.Contains(other, index[len(index)-16:]) {
				t.Errorf("versions %d and %d share their hash", i+1, j+1)
			}
		}
	}
	if bytes.Equal(running.Index("email", "x"), running.Index("phone", "x")) {
		t.Error("indexes of two fields can be linked")
	}
	if !bytes.Equal(handle, running.HandleHash("h")) || !bytes.Equal(derived, running.Derive("forms")) {
		t.Error("another hash changed along")
	}
}

func TestReindex_RefusesIndexesOfOtherKeys(t *testing.T) {
	path, _, old := created(t, "")
	replaced(t, path, "", 2)
	newer := loaded(t, path, "").Index("phone", "2025550143")
	for _, index := range [][]byte{newer, nil, newer[:5], append([]byte{1}, newer[1:]...)} {
		if got, err := old.Reindex(index); err == nil {
			t.Errorf("%x became %x", index, got)
		}
	}
}

func TestRefresh_RefusesAnOlderKeyFile(t *testing.T) {
	path, _, keys := created(t, "")
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	replaced(t, path, "", 2)
	if err := keys.Refresh(); err != nil {
		t.Fatal(err)
	}
	if err := replace(path, older); err != nil {
		t.Fatal(err)
	}
	if err := keys.Refresh(); err == nil || !strings.Contains(err.Error(), "or older ones") || keys.IndexVersion() != 2 {
		t.Errorf("version %d, %v", keys.IndexVersion(), err)
	}
}

// TestReplaceIndexKey_AnOlderProgramRefusesTheFile: in a rolling deploy, an older program would make indexes that no
// other program finds.
func TestReplaceIndexKey_AnOlderProgramRefusesTheFile(t *testing.T) {
	path, _, _ := created(t, "")
	text := func() string {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if err := errors.Join(Promote(path, "", added(t, path, ""), noon)); err != nil || !strings.Contains(text(), strconv.Quote(fileFormat)) {
		t.Errorf("without need the format changed, %v", err)
	}
	replaced(t, path, "", 2)
	if strings.Contains(text(), strconv.Quote(fileFormat)) || loaded(t, path, "").IndexVersion() != 2 {
		t.Error("the file passes for one of the first format")
	}
}
