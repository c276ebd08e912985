package store_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"intake/internal/store"
	"intake/internal/store/storetest"
)

// TestErase_HoldsNobodyBackWhileAReaderGoesOn is an erasure while a backup reads: visitors of this
// process and of another are served all the while, and the erasure ends when the reader has.
func TestErase_HoldsNobodyBackWhileAReaderGoesOn(t *testing.T) {
	folder := t.TempDir()
	s, _ := fileStore(t, folder, true)
	other, _ := fileStore(t, folder, false)
	saveTogether(t, s, 50)
	db, err := sql.Open("sqlite", "file:"+folder+"/intake.db?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	backup, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := backup.QueryRow("select count(*) from lead").Scan(&n); err != nil || n != 50 {
		t.Fatalf("%d leads, %v", n, err)
	}
	erased := make(chan error, 1)
	go func() {
		_, err := s.Erase(t.Context(), time.Now().Add(91*24*time.Hour), keep)
		erased <- err
	}()
	var slowest time.Duration
	for i := range 200 {
		begun := time.Now()
		if _, err := []*store.Store{s, other}[i%2].Save(t.Context(), storetest.Lead(fmt.Sprint("meanwhile ", i)), storetest.Record()); err != nil {
			t.Fatalf("after %s: %v", time.Since(begun), err)
		}
		slowest = max(slowest, time.Since(begun))
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
	t.Logf("200 saves beside an erasure that waits for a reader, the slowest %s", slowest.Round(time.Millisecond))
	if slowest > 2*time.Second { // with the writer's own time-out it was five seconds, and an error
		t.Errorf("a save waited %s", slowest)
	}
}
