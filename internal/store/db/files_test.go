package db

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

// openFile opens a new database at path, in which one word is written.
func openFile(t *testing.T, path string) Engine {
	t.Helper()
	e, err := OpenSQLite(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	for _, query := range []string{"create table words (word text)", "insert into words values ('before')"} {
		if err := e.Write(t.Context(), run(query)); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func TestFileGone_NoWriteSucceedsIntoAFileThatIsNotThere(t *testing.T) {
	for story, act := range away {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sub", "intake.db")
			e := openFile(t, path)
			if err := act(path); err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"after", "later"} {
				if err := e.Write(t.Context(), run("insert into words values ($1)", word)); !errors.Is(err, ErrFileGone) {
					t.Fatalf("%s: %v", word, err)
				}
			}
			<-e.Writable().Done()
			if err := context.Cause(e.Writable()); !errors.Is(err, ErrFileGone) {
				t.Errorf("failed because of %v", err)
			}
		})
	}
}

func TestFileGone_IsNoticedWithinSecondsWhileNobodyWrites(t *testing.T) {
	for story, act := range away {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sub", "intake.db")
			e := openFile(t, path)
			if err := act(path); err != nil {
				t.Fatal(err)
			}
			select {
			case <-e.Writable().Done():
			case <-time.After(10 * time.Second):
				t.Error("nobody noticed")
			}
		})
	}
}

func TestOpen_RefusesALogThatStandsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "intake.db")
	openFile(t, path)
	log, err := os.ReadFile(path + "-wal")
	if err != nil || len(log) == 0 {
		t.Fatalf("%d bytes in the log, %v", len(log), err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, create := range []bool{true, false} {
		e, err := OpenSQLite(t.Context(), path, create)
		if err == nil {
			_ = e.Close()
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
