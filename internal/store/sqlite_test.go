package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/db"
	"intake/internal/store/storetest"
)

func TestOpen_RefusesInWordsWhatIsNoDatabaseOfOurs(t *testing.T) {
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	sound := soundFile(t, keys)
	garbage := []byte(strings.Repeat("this is no database\n", 1000))
	for _, tt := range []struct {
		story string
		bytes []byte // nil: no file
		words string
	}{
		{"missing", nil, "is missing or empty"},
		{"empty", []byte{}, "is missing or empty"},
		{"garbage", garbage, "is no database"},
		{"cut in half", sound[:len(sound)/2], "is damaged or cut short"},
		{"cut in its first page", sound[:100], "is damaged or cut short"},
		{"its start overwritten", append(garbage[:100:100], sound[100:]...), "is no database"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "intake.db")
			if tt.bytes != nil {
				if err := os.WriteFile(path, tt.bytes, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := store.Open(t.Context(), store.Options{URL: "file:" + path, Environment: "simulator", Keys: keys})
			if err == nil {
				_ = s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one sentence with %q", err, tt.words)
			}
			after, err := os.ReadFile(path)
			if string(after) != string(tt.bytes) || tt.bytes == nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error("the refused file was changed")
			}
		})
	}
}

// soundFile is what a database of some leads looks like after a clean stop.
func soundFile(t *testing.T, keys *seal.Keys) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "intake.db")
	s, err := store.Open(t.Context(), store.Options{URL: "file:" + path, Environment: "simulator", Create: true, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), storetest.Lead("key"), storetest.Record()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestOpen_MakesFilesThatOthersCannotRead(t *testing.T) {
	folder := t.TempDir()
	s := openNew(t, "file:"+filepath.Join(folder, "intake.db"))
	if _, err := s.Save(t.Context(), storetest.Lead("key"), storetest.Record()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %04o", file.Name(), mode)
		}
	}
	if len(files) < 3 {
		t.Errorf("%d files, want database, WAL and shared memory", len(files))
	}
}

func TestOpen_RefusesAnAddressWithoutQuotingIt(t *testing.T) {
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"", "data/canary.db", "mysql://me:canary@host/db", "postgres://me:canary@[host/db?sslmode=canary"} {
		_, err := store.Open(t.Context(), store.Options{URL: url, Environment: "simulator", Keys: keys})
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %v", url, err)
		}
	}
}

func TestOpen_NeedsKeysAndAnEnvironment(t *testing.T) {
	for _, opt := range []store.Options{{URL: "file:x"}, {URL: "file:x", Environment: "simulator"}} {
		if _, err := store.Open(t.Context(), opt); err == nil {
			t.Errorf("opened with %+v", opt)
		}
	}
}

func TestStore_MoreThan64Writes(t *testing.T) {
	s := openNew(t, sqliteFile(t))
	const leads = 300 // more than the queue holds: who is refused tries again
	done := make(chan error, leads)
	for i := range leads {
		go func() {
			l := storetest.Lead(string(rune('a'+i%26)) + lead.NewHandle())
			_, err := s.Save(t.Context(), l, storetest.Record())
			for errors.Is(err, db.ErrBusy) {
				_, err = s.Save(t.Context(), l, storetest.Record())
			}
			done <- err
		}()
	}
	for range leads {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	counts, err := s.Counts(t.Context())
	if err != nil || counts[lead.Received] != leads {
		t.Errorf("%v, %v, want %d received", counts, err, leads)
	}
}
