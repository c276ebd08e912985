package seal

import (
	"crypto/rand"
	"errors"
	"testing"
)

func TestHandle_NamesOneIDAndOnlyItsKeysKnowWhich(t *testing.T) {
	keys, others := generate(t), generate(t)
	seen := map[string]bool{}
	for range 1000 {
		var id [16]byte
		_, _ = rand.Read(id[:])
		handle := keys.Handle(id)
		if seen[handle] || len(handle) != 26 {
			t.Fatalf("the handle %q is another id's, or has another length", handle)
		}
		seen[handle] = true
		if again, err := keys.HandleID(handle); err != nil || again != id {
			t.Errorf("%x came back as %x, %v", id, again, err)
		}
		if foreign, err := others.HandleID(handle); err == nil && foreign == id {
			t.Error("other keys read the handle")
		}
		if others.Handle(id) == handle {
			t.Error("other keys make the same handle")
		}
	}
}

func TestHandleID_RefusesWhatHandleNeverMakes(t *testing.T) {
	keys := generate(t)
	good := keys.Handle([16]byte{1})
	unused := good[:25] + string(good[25]+1) // the last letter holds two bits that are always zero
	for _, text := range []string{"", "x", good[1:], good + "A", good[:25] + "1", unused} {
		if _, err := keys.HandleID(text); !errors.Is(err, ErrNoHandle) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestHandle_HoldsAfterEveryRotation(t *testing.T) {
	master := masterKey(t, 7)
	path, _, keys := created(t, master)
	id := [16]byte{1, 2, 3}
	before := keys.Handle(id)
	next := added(t, path, master)
	if err := Promote(path, master, next, noon); err != nil {
		t.Fatal(err)
	}
	replaced(t, path, master, 2)
	if err := keys.Refresh(); err != nil {
		t.Fatal(err)
	}
	if after := loaded(t, path, master).Handle(id); after != before || keys.Handle(id) != before {
		t.Errorf("the handle was %s and is %s", before, after)
	}
}
