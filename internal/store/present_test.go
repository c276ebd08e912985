package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/db"
	"intake/internal/store/storetest"
)

// away is what may happen to the files of an open database.
var away = map[string]func(path string) error{
	"the file is removed": os.Remove,
	"the file is moved":   func(path string) error { return os.Rename(path, path+".old") },
	"another file is moved over it": func(path string) error {
		return errors.Join(os.WriteFile(path+".new", []byte("another"), 0o600), os.Rename(path+".new", path))
	},
	"the log is removed":    func(path string) error { return os.Remove(path + "-wal") },
	"the folder is removed": func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
}

func openedAt(t *testing.T, path string) (*store.Store, *seal.Keys) {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{URL: "file:" + path, Environment: "simulator", Create: true, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, keys
}

func TestFileGone_NobodyGetsAReceiptForAFileThatIsNotThere(t *testing.T) {
	for story, act := range away {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sub", "intake.db")
			s, _ := openedAt(t, path)
			if _, err := s.Save(t.Context(), storetest.Lead("before"), storetest.Record()); err != nil {
				t.Fatal(err)
			}
			if err := act(path); err != nil {
				t.Fatal(err)
			}
			if receipt, err := s.Save(t.Context(), storetest.Lead("after"), storetest.Record()); !errors.Is(err, db.ErrFileGone) || receipt != (lead.Receipt{}) {
				t.Errorf("receipt %v, %v", receipt, err)
			}
			if err := s.Ready(t.Context()); !errors.Is(err, db.ErrFileGone) {
				t.Errorf("ready: %v", err)
			}
			<-s.Lost()
			if err := s.LostWhy(); !errors.Is(err, db.ErrFileGone) {
				t.Errorf("lost because of %v", err)
			}
		})
	}
}

func TestFileGone_IsNoticedWithinSecondsWhileNobodyWrites(t *testing.T) {
	for story, act := range away {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sub", "intake.db")
			s, _ := openedAt(t, path)
			if err := act(path); err != nil {
				t.Fatal(err)
			}
			select {
			case <-s.Lost():
			case <-time.After(10 * time.Second):
				t.Error("nobody noticed")
			}
		})
	}
}

func TestOpen_RefusesALogThatStandsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "intake.db")
	s, keys := openedAt(t, path)
	if _, err := s.Save(t.Context(), storetest.Lead("in the log"), storetest.Record()); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil || len(log) == 0 {
		t.Fatalf("%d bytes in the log, %v", len(log), err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, create := range []bool{true, false} {
		s, err := store.Open(t.Context(), store.Options{URL: "file:" + path, Environment: "simulator", Create: create, Keys: keys})
		if err == nil {
			_ = s.Close()
			t.Fatal("it was opened")
		}
		if !strings.Contains(err.Error(), "stands alone, in which leads may be") || strings.Contains(err.Error(), "intake init") {
			t.Errorf("create %v: %v", create, err)
		}
	}
	if now, err := os.ReadFile(path + "-wal"); err != nil || string(now) != string(log) {
		t.Errorf("the log was changed: %d bytes, %v", len(now), err)
	}
}
