package store

import (
	"database/sql"
	"path/filepath"
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
	go func() {
		done <- s.AuditLog().Write(t.Context(), audit.Entry{Who: "ann", Action: "looked", Reason: "asked"})
	}()
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(db.AcceptLimit + time.Second/2):
	}
	if err := holds.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
