package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intake/internal/audit"
)

// Another process writes for longer than a visitor would wait: SQLite gives no turns, so whoever waits
// less may never come in.
func TestAudit_WaitsLongerForAnotherProcessThanAVisitorDoes(t *testing.T) {
	t.Parallel()
	s, _ := newGroup(t)
	other, err := sql.Open("sqlite", fileAddress(s.engine.(*sqliteEngine).path)+"_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	holds, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Audit(t.Context(), audit.Entry{Who: "ann", Action: "looked", Reason: "asked"}) }()
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(acceptLimit + time.Second/2):
	}
	if err := holds.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWrite_SaysThatATimedOutChangeMayBeMade(t *testing.T) {
	s, g := newGroup(t)
	goOn := hold(t, g)
	defer goOn()
	_, err := write(t.Context(), s, time.Millisecond, func(context.Context, queries) (int, error) { return 0, nil })
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "may be made all the same") {
		t.Errorf("got %v", err)
	}
}

// Migrations run before the first write, and SQLite waits for them; the writer itself looks more often.
func TestWriter_WaitsByItselfFromItsFirstWriteOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	opened, err := openSQLite(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	e := opened.(*sqliteEngine)
	defer func() { _ = e.close() }()
	waits := func() (ms string) {
		t.Helper()
		if err := e.writer.QueryRowContext(t.Context(), "pragma busy_timeout").Scan(&ms); err != nil {
			t.Fatal(err)
		}
		return ms
	}
	if got := waits(); got != writerWaits {
		t.Errorf("SQLite waits %s ms before the first write, want %s", got, writerWaits)
	}
	if err := e.write(t.Context(), run("create table words (word text)")); err != nil {
		t.Fatal(err)
	}
	if got := waits(); got != "0" {
		t.Errorf("SQLite waits %s ms after the first write, want 0", got)
	}
}
