package store_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/audit"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// wantNodes waits until so many processes serve.
func wantNodes(t *testing.T, s *store.Store, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for got := -1; got != want; {
		plan, err := s.PlanGuard(ctx)
		if err != nil {
			t.Fatalf("%d nodes, want %d: %v", got, want, err)
		}
		got = plan.Nodes
	}
}

func TestServing_KeepsARestoreAwayUntilItEnds_OnPostgres(t *testing.T) {
	database := storetest.StartPostgres(t).Database(t)
	keys, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"), "")
	if err != nil {
		t.Fatal(err)
	}
	open := func() *store.Store {
		t.Helper()
		s, err := store.Open(t.Context(), store.Options{URL: database, Environment: "simulator", Create: true, Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	one, two, operator := open(), open(), open()
	serving, stop := context.WithCancel(t.Context())
	defer stop()
	for _, s := range []*store.Store{one, two} {
		if err := s.Serving(serving); err != nil {
			t.Fatal(err)
		}
	}
	wantNodes(t, operator, 2)
	r := store.Restoration{By: audit.Entry{Who: "ann", Reason: "a test"}, NoList: true}
	if _, err := operator.GuardAlone(t.Context(), r); !errors.Is(err, store.ErrServing) {
		t.Errorf("guarded beside two nodes: %v", err)
	}

	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var ended string
	if err := db.QueryRow(`with nodes as materialized (select pid from pg_locks where locktype = 'advisory')
		select string_agg(pid::text, ',') from nodes where pg_terminate_backend(pid)`).Scan(&ended); err != nil {
		t.Fatal(err)
	}
	for left := 1; left > 0; {
		if err := db.QueryRow("select count(*) from pg_stat_activity where pid in (" + ended + ")").Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
	wantNodes(t, operator, 2) // they take it again

	stop()
	wantNodes(t, operator, 0)
	if _, err := operator.GuardAlone(t.Context(), r); err != nil {
		t.Error(err)
	}
	if _, waits, err := operator.Restored(t.Context()); err != nil || !waits {
		t.Errorf("delivery waits %v, %v", waits, err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "select pg_advisory_lock($1)", 0x696e74616b65); err != nil { // as a restore does
		t.Fatal(err)
	}
	if err := one.Serving(t.Context()); !errors.Is(err, store.ErrRestoring) {
		t.Errorf("it serves beside a restore: %v", err)
	}
	_ = conn.Close()
}
