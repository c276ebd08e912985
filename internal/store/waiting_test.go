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
	"intake/internal/seal"
	"intake/internal/store/db"
)

// newStore is a new SQLite database in the file at path.
func newStore(t *testing.T) (s *Store, path string) {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "a.db")
	s, err = Open(t.Context(), Options{URL: "file:" + path, Environment: "simulator", Create: true, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, path
}

// Another process writes for longer than a visitor would wait: SQLite gives no turns, so whoever waits
// less may never come in.
func TestAudit_WaitsLongerForAnotherProcessThanAVisitorDoes(t *testing.T) {
	t.Parallel()
	s, path := newStore(t)
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
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
	s, _ := newStore(t)
	begun, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	go func() { // keeps the writer busy
		_ = s.engine.Write(context.Background(), func(context.Context, db.Queries) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	_, err := write(t.Context(), s, time.Millisecond, func(context.Context, db.Queries) (int, error) { return 0, nil })
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "may be made all the same") {
		t.Errorf("got %v", err)
	}
}
