package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/storetest"
)

func TestFileGone_NobodyGetsAReceiptForAFileThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "intake.db")
	s := openNew(t, "file:"+path)
	if _, err := s.Save(t.Context(), storetest.Lead("before"), storetest.Record()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if receipt, err := s.Save(t.Context(), storetest.Lead("after"), storetest.Record()); !errors.Is(err, db.ErrFileGone) || receipt != (lead.Receipt{}) {
		t.Errorf("receipt %v, %v", receipt, err)
	}
	if err := s.Ready(t.Context()); !errors.Is(err, db.ErrFileGone) {
		t.Errorf("ready: %v", err)
	}
	<-s.Writable().Done()
	if err := context.Cause(s.Writable()); !errors.Is(err, db.ErrFileGone) {
		t.Errorf("lost because of %v", err)
	}
}
