package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/store"
	"intake/internal/store/storetest"
)

// TestErase_HoldsNobodyBackWhileAReaderGoesOn is an erasure while a backup reads: visitors of this
// process and of another are served all the while, and the erasure ends when the reader has. Every second
// save goes to a database like it in which nothing is erased: a busy machine slows both alike.
func TestErase_HoldsNobodyBackWhileAReaderGoesOn(t *testing.T) {
	erasing, backup := readDatabase(t)
	quiet, _ := readDatabase(t)
	erased := make(chan error, 1)
	go func() {
		_, err := erasing[0].Erase(t.Context(), time.Now().Add(91*24*time.Hour), keep)
		erased <- err
	}()
	var beside, without time.Duration
	for i := range 100 {
		beside += timeOfSave(t, erasing[i%2], i)
		without += timeOfSave(t, quiet[i%2], i)
	}
	select {
	case err := <-erased:
		t.Fatalf("the erasure ended under a reader: %v", err)
	default:
	}
	if err := backup.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-erased; err != nil {
		t.Error(err)
	}
	t.Logf("100 saves beside an erasure that waits for a reader took %s, without it %s", beside.Round(time.Millisecond), without.Round(time.Millisecond))
	// When each try to empty the log waited five seconds, as the writer's own connection does, some saves failed.
	if most := max(2*time.Second, 3*without); beside > most {
		t.Errorf("100 saves took %s beside an erasure and %s without, want %s at most", beside, without, most)
	}
}

// readDatabase is a database with leads, open in two processes, and a reader of it that goes on.
func readDatabase(t *testing.T) ([2]*store.Store, *sql.Tx) {
	t.Helper()
	folder := t.TempDir()
	first, _ := fileStore(t, folder, true)
	second, _ := fileStore(t, folder, false)
	saveTogether(t, first, 50)
	return [2]*store.Store{first, second}, reading(t, folder)
}

func timeOfSave(t *testing.T, s *store.Store, n int) time.Duration {
	t.Helper()
	started := time.Now()
	if _, err := s.Save(t.Context(), storetest.Lead(fmt.Sprint("meanwhile ", n)), storetest.Record()); err != nil {
		t.Fatalf("after %s: %v", time.Since(started), err)
	}
	return time.Since(started)
}

// reading is a transaction that has begun to read.
func reading(t *testing.T, folder string) *sql.Tx {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "intake.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("select count(*) from lead").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return tx
}

// TestErase_WhatWasBrokenOffBeforeTheFilesIsFinishedByTheNextRun ends an erasure when its rows are
// overwritten and its files are not; the next run has nothing to erase and finishes it.
func TestErase_WhatWasBrokenOffBeforeTheFilesIsFinishedByTheNextRun(t *testing.T) {
	folder := t.TempDir()
	s, _ := fileStore(t, folder, true)
	saveTogether(t, s, 20)
	before := sealedBytes(t, filepath.Join(folder, "intake.db"), "answers_key", "ssn_key")
	reader := reading(t, folder)
	ctx, stop := context.WithCancel(t.Context())
	broken := make(chan error, 1)
	old := time.Now().Add(91 * 24 * time.Hour)
	go func() {
		_, err := s.Erase(ctx, old, keep)
		broken <- err
	}()
	for due := 1; due > 0; { // until the rows are overwritten
		would, err := s.WouldErase(t.Context(), old, keep)
		if err != nil {
			t.Fatal(err)
		}
		due = would.SSNs + would.Answers
	}
	stop()
	if err := <-broken; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if found, _ := inFiles(t, folder, before); found == 0 {
		t.Fatal("nothing was left to do: the test proves nothing")
	}
	erased, err := s.Erase(t.Context(), old, keep)
	if err != nil || erased.SSNs+erased.Answers > 0 || !erased.Unscrubbed.IsZero() {
		t.Errorf("%+v, %v", erased, err)
	}
	if found, _ := inFiles(t, folder, before); found > 0 {
		t.Errorf("%d of %d erased values are still in the files", found, len(before))
	}
}

// TestOpen_NeedsNoWriteLockWhereNothingIsToBeWritten starts beside a program that writes all the time:
// whoever asks SQLite for the lock again and again is unlucky for a second now and then.
func TestOpen_NeedsNoWriteLockWhereNothingIsToBeWritten(t *testing.T) {
	for _, create := range []bool{false, true} {
		folder := t.TempDir()
		fileStore(t, folder, true)
		db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "intake.db")+"?_txlock=immediate")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		writing, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		opt := options(t, "file:"+filepath.Join(folder, "intake.db"), filepath.Join(folder, "keys.json"))
		opt.Create = create
		s, err := store.Open(t.Context(), opt)
		if err != nil {
			t.Fatalf("create %v: %v", create, err)
		}
		if err := errors.Join(writing.Rollback(), s.Close()); err != nil {
			t.Error(err)
		}
	}
}
