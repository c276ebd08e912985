package db

import (
	"path/filepath"
	"testing"
)

// Before the first write SQLite itself waits, for another process that migrates; then the writer polls.
func TestWriter_WaitsByItselfFromItsFirstWriteOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	opened, err := OpenSQLite(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	e := opened.(*sqliteEngine)
	defer func() { _ = e.Close() }()
	waits := func() (ms string) {
		t.Helper()
		if err := e.writer.QueryRowContext(t.Context(), "pragma busy_timeout").Scan(&ms); err != nil {
			t.Fatal(err)
		}
		return ms
	}
	if got := waits(); got != writerBusyTimeout {
		t.Errorf("SQLite waits %s ms before the first write, want %s", got, writerBusyTimeout)
	}
	if err := e.Write(t.Context(), run("create table words (word text)")); err != nil {
		t.Fatal(err)
	}
	if got := waits(); got != "0" {
		t.Errorf("SQLite waits %s ms after the first write, want 0", got)
	}
}
