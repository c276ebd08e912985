package store_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"intake/internal/clock"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// parcelClock is a clock that the test moves.
type parcelClock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time that was set.
func (c *parcelClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *parcelClock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// What claims, leases, fences and paces leads does so for any table.
func TestLease_ServesASecondKindOfWork_OnBothEngines(t *testing.T) {
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "file:" + filepath.Join(t.TempDir(), "intake.db") },
		"postgres": func(t *testing.T) string { return storetest.StartPostgres(t).Database(t) },
	} {
		t.Run(name, func(t *testing.T) { testParcels(t, url(t)) })
	}
}

func testParcels(t *testing.T, url string) {
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	now := &parcelClock{now: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)}
	options := store.Options{URL: url, Environment: "simulator", Create: true, Keys: keys, Pace: 1, Clock: clock.At(now.Now), StateDir: t.TempDir()}
	var processes [2]*store.Store
	for i := range processes {
		processes[i], err = store.Open(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = processes[i].Close() })
	}
	if err := processes[0].CreateParcels(t.Context(), "a", "b", "c", "d", "e"); err != nil {
		t.Fatal(err)
	}
	claimed := claimTogether(t, processes, now.Now().Add(time.Minute))
	if len(claimed) != 3 { // 60 a minute, with a burst of three
		t.Fatalf("%d parcels were claimed, want 3: %v", len(claimed), claimed)
	}
	if _, err := processes[0].Save(t.Context(), storetest.Lead("key"), storetest.Record()); err != nil {
		t.Fatal(err)
	}
	if leads, err := processes[0].Claim(t.Context(), lead.Send, 1, "courier", now.Now().Add(time.Minute)); err != nil || len(leads) != 1 {
		t.Errorf("%d leads, %v: the pace of another host holds leads back", len(leads), err)
	}

	answered := claimed["a"]
	answered.Result = "arrived"
	if err := processes[1].RecordParcel(t.Context(), answered, time.Time{}); err != nil {
		t.Fatal(err)
	}
	now.forward(time.Minute)
	if over, err := processes[1].ExpireParcels(t.Context()); err != nil || len(over) != 2 {
		t.Fatalf("%d leases ran out, %v, want 2", len(over), err)
	}
	again := claimTogether(t, processes, now.Now().Add(time.Minute))
	if len(again) != 3 || again["d"].Attempt != 1 || again["e"].Attempt != 1 || again["b"].Attempt != 2 { // those that are due longest
		t.Errorf("claimed then: %v, want d and e in their first attempt and b in its second", again)
	}
	late := claimed["b"]
	late.Result = "late"
	if err := processes[0].RecordParcel(t.Context(), late, time.Time{}); !errors.Is(err, lead.ErrFenced) {
		t.Errorf("the result of an attempt that another has followed: %v, want %v", err, lead.ErrFenced)
	}
}

// claimTogether lets all processes claim at once, and fails when one parcel is claimed twice.
func claimTogether(t *testing.T, processes [2]*store.Store, leaseUntil time.Time) map[string]store.Parcel {
	t.Helper()
	var all sync.WaitGroup
	var found [2][]store.Parcel
	for i, s := range processes {
		all.Go(func() {
			var err error
			if found[i], err = s.ClaimParcels(t.Context(), 9, "courier", leaseUntil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	claimed := map[string]store.Parcel{}
	for _, p := range append(found[0], found[1]...) {
		if claimed[p.ID].ID != "" {
			t.Errorf("%s was claimed twice", p.ID)
		}
		claimed[p.ID] = p
	}
	return claimed
}
