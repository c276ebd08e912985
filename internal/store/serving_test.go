package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/audit"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/db"
	"intake/internal/store/restore"
	"intake/internal/store/storetest"
)

// await asks until it is so, for half a minute.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	ends := time.After(30 * time.Second)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-ends:
			t.Fatalf("not within half a minute: %s", what)
		}
	}
}

// wantNodes waits until so many processes serve.
func wantNodes(t *testing.T, s *store.Store, want int) {
	t.Helper()
	await(t, fmt.Sprintf("%d nodes", want), func() bool {
		_, nodes, err := s.PlanGuard(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return nodes == want
	})
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
	r := restore.Restoration{By: audit.Entry{Who: "ann", Reason: "a test"}, NoList: true}
	if _, err := operator.GuardAlone(t.Context(), r); !errors.Is(err, restore.ErrServing) {
		t.Errorf("guarded beside two nodes: %v", err)
	}

	direct, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	conn, err := direct.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	locked := make(chan error, 1)
	go func() { // as a restore does, but it waits
		_, err := conn.ExecContext(t.Context(), "select pg_advisory_lock($1)", 0x696e74616b65)
		locked <- err
	}()
	await(t, "the lock is waited for", func() (waits bool) {
		if err := direct.QueryRow("select exists (select 1 from pg_locks where locktype = 'advisory' and not granted)").Scan(&waits); err != nil {
			t.Fatal(err)
		}
		return waits
	})
	if one.ServingFails() || two.ServingFails() {
		t.Error("the lock is held, and is said to be lost")
	}
	if _, err := direct.Exec("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted"); err != nil {
		t.Fatal(err)
	}
	if err := <-locked; err != nil {
		t.Fatal(err)
	}
	await(t, "both find out that they have no lock", func() bool { return one.ServingFails() && two.ServingFails() })
	if err := operator.Serving(t.Context()); !errors.Is(err, db.ErrRestoring) {
		t.Errorf("it serves beside a restore: %v", err)
	}
	if _, err := conn.ExecContext(t.Context(), "select pg_advisory_unlock($1)", 0x696e74616b65); err != nil {
		t.Fatal(err)
	}
	wantNodes(t, operator, 2) // they take it again
	await(t, "both know that they have it", func() bool { return !one.ServingFails() && !two.ServingFails() })

	if err := one.Close(); err != nil {
		t.Error(err)
	}
	wantNodes(t, operator, 1)
	stop()
	wantNodes(t, operator, 0)
	if _, err := operator.GuardAlone(t.Context(), r); err != nil {
		t.Error(err)
	}
	if _, waits, err := operator.Restored(t.Context()); err != nil || !waits {
		t.Errorf("delivery waits %v, %v", waits, err)
	}
}
