package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"intake/internal/lead"
	"intake/internal/store/storetest"
)

// TestCheckpoint_TheLogStaysShort saves enough for a log of 100 MB.
func TestCheckpoint_TheLogStaysShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "intake.db")
	s := openNew(t, "file:"+path)
	size := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	leads := make(chan lead.Lead, 2_000)
	for n := range cap(leads) {
		leads <- storetest.Lead(fmt.Sprint("key ", n))
	}
	close(leads)
	for l := range leads {
		if _, err := s.Save(t.Context(), l, storetest.Record()); err != nil {
			t.Fatal(err)
		}
		if size() > 6<<20 {
			t.Fatalf("the log has grown to %d MB", size()>>20)
		}
	}
	t.Logf("the log has %d KB after %d leads", size()>>10, cap(leads))
}
