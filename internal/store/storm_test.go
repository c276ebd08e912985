package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// testCancelledReads reads 50 leads 3,000 times while the readers leave at every moment, and wants each answer to be
// nothing or the whole lead that was asked for. A driver once gave a row of somebody else (GO-2025-3849).
func testCancelledReads(t *testing.T, url string) {
	s := openNew(t, url)
	leads := make([]lead.Lead, 50)
	for i := range leads {
		leads[i] = storetest.Lead(fmt.Sprint("key ", i))
		if err := leads[i].Applicant.Answers()[0].Set(fmt.Sprint("Person ", i)); err != nil {
			t.Fatal(err)
		}
		receipt, err := s.Save(t.Context(), leads[i], storetest.Record())
		if err != nil {
			t.Fatal(err)
		}
		leads[i].Handle = lead.Keep(receipt.Handle)
	}
	var whole, left atomic.Int64
	var readers sync.WaitGroup
	for i := range 3000 {
		readers.Go(func() {
			patience, stays := time.Duration(i%41)*50*time.Microsecond, i%4 == 0 // some leave before they ask
			if stays {
				patience = time.Minute
			}
			ctx, leave := context.WithTimeout(t.Context(), patience)
			defer leave()
			switch err := readOne(ctx, s, leads[i%len(leads)]); {
			case err == nil:
				whole.Add(1)
			case stays || errors.Is(err, errAnother):
				t.Error(err)
			default:
				left.Add(1)
			}
		})
	}
	readers.Wait()
	if whole.Load() == 0 || left.Load() == 0 {
		t.Errorf("%d reads were whole and %d were left, so nothing was shown", whole.Load(), left.Load())
	}
	t.Logf("%d reads were whole, %d were left", whole.Load(), left.Load())
}

var errAnother = errors.New("the answer is of another person")

// readOne asks for the lead by both of its names.
func readOne(ctx context.Context, s *store.Store, want lead.Lead) error {
	found, err := s.FindByHandle(ctx, want.Handle.Reveal())
	if err == nil && found.ID != want.ID {
		return fmt.Errorf("%w: %s for %s", errAnother, found.ID, want.ID)
	}
	if err != nil {
		return err
	}
	got, err := s.Find(ctx, want.ID)
	if err == nil && (got.ID != want.ID || !got.Applicant.FirstName.Equal(want.Applicant.FirstName)) {
		return fmt.Errorf("%w: %s for %s", errAnother, got.ID, want.ID)
	}
	return err
}

func TestReads_CancelledInAStormNeverGiveAnothersRow_OnSQLite(t *testing.T) {
	testCancelledReads(t, "file:"+filepath.Join(t.TempDir(), "intake.db"))
}

func TestReads_CancelledInAStormNeverGiveAnothersRow_OnPostgres(t *testing.T) {
	testCancelledReads(t, storetest.StartPostgres(t).Database(t))
}
