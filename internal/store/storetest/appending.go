package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/store"
	"intake/internal/store/restore"
)

var appending = map[string]func(*testing.T, *bench){
	"the list outside grows by a line for each act, and what it holds is not written again": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		b.wantKept(t, path, restore.Kept{Written: true})
		before, file := readList(t, path)
		for i := range 3 {
			b.erase(t, fmt.Sprint("key ", i))
			b.wantKept(t, path, restore.Kept{Written: true, Lines: i + 1})
			now, same := readList(t, path)
			if !os.SameFile(file, same) || !bytes.HasPrefix(now, before) || bytes.Count(now, []byte("\n")) != i+2 {
				t.Errorf("after %d erasures it is\n%s", i+1, now)
			}
			before = now
		}
	},
	"a line that a power cut left in parts is dropped, and written anew by whoever knows the act": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		b.wantKept(t, path, restore.Kept{Written: true})
		b.erase(t, "first")
		b.wantKept(t, path, restore.Kept{Written: true, Lines: 1})
		b.erase(t, "second")
		b.wantKept(t, path, restore.Kept{Written: true, Lines: 2})
		whole, _ := readList(t, path)
		zeros := bytes.Clone(whole)
		clear(zeros[len(zeros)-30 : len(zeros)-1])
		for i, torn := range [][]byte{whole[:len(whole)-5], whole[:len(whole)-1], zeros} {
			at := b.clock.Now().Add(time.Duration(i) * time.Hour) // another time than the file had: clocks of file systems are coarse
			if err := errors.Join(os.WriteFile(path, torn, 0o600), os.Chtimes(path, at, at)); err != nil {
				t.Fatal(err)
			}
			b.wantKept(t, path, restore.Kept{Written: true, Lines: 2})
			if now, _ := readList(t, path); !bytes.Equal(now, whole) {
				t.Errorf("of\n%q\nit became\n%q", torn, now)
			}
		}
	},
	"a guarded database goes by the whole lines of a list that a power cut left in parts": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		ids := b.cameBack(t, path)
		text, _ := readList(t, path)
		if err := os.WriteFile(path, append(text, "erased LEA"...), 0o600); err != nil {
			t.Fatal(err)
		}
		done, err := b.Guard(t.Context(), restore.Restoration{Keep: retention, By: by, Lists: []string{path}})
		if err != nil || done.Forgot != (restore.Forgot{Erased: 1, Stopped: 1}) {
			t.Errorf("%+v, %v", done.Forgot, err)
		}
		b.wantHolds(t, ids["erased"], "person_name")
	},
	"processes that append to one list at once lose no line": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		b.wantKept(t, path, restore.Kept{Written: true})
		stores := []*store.Store{b.Store, b.again(t)}
		together(4, func(i int) {
			for n := range 3 {
				l := Lead(fmt.Sprint(i, n))
				if _, err := b.Save(t.Context(), l, Record()); err != nil {
					t.Error(err)
				}
				if _, err := b.EraseOnRequest(t.Context(), l.ID, by); err != nil {
					t.Error(err)
				}
				if _, err := stores[i%2].SyncForgetFile(t.Context(), path, by); err != nil {
					t.Error(err)
				}
			}
		})
		if text, _ := readList(t, path); bytes.Count(text, []byte("\n")) != 13 {
			t.Errorf("want 12 lines behind the first in\n%s", text)
		}
		if err := os.Chtimes(path, b.clock.Now(), b.clock.Now()); err != nil { // so that it is read again
			t.Fatal(err)
		}
		b.wantKept(t, path, restore.Kept{Lines: 12})
	},
	"a list that lacks much is replaced at once": func(t *testing.T, b *bench) {
		path := filepath.Join(t.TempDir(), "list")
		b.wantKept(t, path, restore.Kept{Written: true})
		for i := range 51 {
			b.erase(t, fmt.Sprint("key ", i))
		}
		_, before := readList(t, path)
		b.wantKept(t, path, restore.Kept{Written: true, Lines: 51})
		if _, now := readList(t, path); os.SameFile(before, now) {
			t.Error("51 lines were appended, each with an fsync of its own")
		}
	},
}

func readList(t *testing.T, path string) ([]byte, os.FileInfo) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return text, info
}

// erase stores a lead and erases it on request.
func (b *bench) erase(t *testing.T, key string) {
	t.Helper()
	if _, err := b.EraseOnRequest(t.Context(), b.save(t, key).ID, by); err != nil {
		t.Fatal(err)
	}
}
