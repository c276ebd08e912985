package store_test

import (
	"testing"

	"intake/internal/audit"
	"intake/internal/store/storetest"
)

// SQLite has one writer; on PostgreSQL each act has a transaction of its own.
func TestAudit_TwoActsDoNotWaitForEachOther_OnPostgres(t *testing.T) {
	t.Parallel()
	s := openNew(t, storetest.StartPostgres(t).Database(t))
	err := s.HoldAudit(t.Context(), audit.Entry{Who: "ann", Action: "first"}, func() error {
		return s.AuditLog().Write(t.Context(), audit.Entry{Who: "bob", Action: "second"}) // ends before the first commits
	})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.AuditLog().Of(t.Context(), "")
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries, %v, want both", len(entries), err)
	}
}
