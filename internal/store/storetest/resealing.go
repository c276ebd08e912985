package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/seal"
	"intake/internal/store/erasure"
)

// atOnce is how many leads are saved at the same time; a store refuses more than it can queue.
const atOnce = 50

var resealing = map[string]func(*testing.T, *bench){
	"everything is sealed anew by the promoted key, and reads as before": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		record := b.prove(t, l.ID).Record
		want, first, second := b.find(t, l.ID), b.options.Keys.Primary(), b.promoted(t)
		b.wantKeyUse(t, map[uint32]int{first: 2}) // lead and stamp
		b.wantResealed(t, 1)
		b.wantKeyUse(t, map[uint32]int{second: 2})
		if err := seal.Disable(b.keyFile, "", first, b.clock.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		b.reload(t)
		s := b.again(t)
		got, err := s.Find(t.Context(), l.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, lead (-want +got):\n%s", err, diff)
		}
		after, err := s.Proof(t.Context(), l.ID)
		if diff := cmp.Diff(record, after.Record); err != nil || diff != "" {
			t.Errorf("%v, evidence (-want +got):\n%s", err, diff)
		}
	},
	"a running store takes a promoted key with the next lead": func(t *testing.T, b *bench) {
		b.save(t, "before")
		first, second := b.options.Keys.Primary(), b.promoted(t)
		b.save(t, "after")
		b.wantKeyUse(t, map[uint32]int{first: 2, second: 1})
	},
	"what was broken off is finished by the next run": func(t *testing.T, b *bench) {
		b.saveGroup(t, "key", 450)
		first, second := b.options.Keys.Primary(), b.promoted(t)
		ctx, stop := context.WithCancel(t.Context())
		n, err := b.Reseal(ctx, by, func(int) { stop() })
		if !errors.Is(err, context.Canceled) || n != 200 {
			t.Fatalf("%d rows, %v, want one commit of 200", n, err)
		}
		b.wantKeyUse(t, map[uint32]int{first: 250 + 1, second: 200})
		b.wantActions(t, "")
		b.wantResealed(t, 250)
		b.wantKeyUse(t, map[uint32]int{second: 451})
		b.wantActions(t, "", "ann: rotate keys")
		b.wantResealed(t, 0)
	},
	"saves go on while it runs, and end under the new key": func(t *testing.T, b *bench) {
		b.saveGroup(t, "before", 600)
		second := b.promoted(t)
		done := make(chan error, 1)
		go func() {
			_, err := b.Reseal(t.Context(), by, func(int) {})
			done <- err
		}()
		b.saveGroup(t, "meanwhile", 200) // each failure ends the test
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		b.wantResealed(t, 0)
		b.wantKeyUse(t, map[uint32]int{second: 800 + 1})
	},
	"the next scrub takes what the old key opened out of the files": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.wantErased(t, erasure.Erased{})
		if n := b.marks(t); n != 0 {
			t.Fatalf("%d marks after a scrub", n)
		}
		b.promoted(t)
		b.wantResealed(t, 1)
		if n := b.marks(t); n == 0 {
			t.Error("nothing is marked after the re-sealing")
		}
		if since, err := b.Scrub(t.Context(), true); err != nil || !since.IsZero() || b.marks(t) != 0 {
			t.Errorf("since %v, %v, %d marks are left", since, err, b.marks(t))
		}
	},
	"a value that does not open is left, and told": func(t *testing.T, b *bench) {
		bad, good := b.save(t, "bad"), b.save(t, "good")
		b.exec(t, "update lead_private set answers_key = ssn_key where lead_id = $1", bad.ID)
		first, second := b.options.Keys.Primary(), b.promoted(t)
		if _, err := b.Reseal(t.Context(), by, func(int) {}); err == nil || err.Error() != "seal anew: 1 values do not open and stay as they are" {
			t.Errorf("got %v", err)
		}
		b.wantKeyUse(t, map[uint32]int{first: 2, second: 2})
		b.find(t, good.ID)
	},
	"what is erased while it runs stays erased": func(t *testing.T, b *bench) {
		b.saveGroup(t, "key", 200)
		b.promoted(t)
		b.clock.forward(100 * day)
		var erasedFirst error
		if _, err := b.Reseal(t.Context(), by, func(rows int) {
			if rows == 200 {
				_, erasedFirst = b.Erase(t.Context(), b.clock.Now(), retention)
			}
		}); err != nil || erasedFirst != nil {
			t.Fatal(err, erasedFirst)
		}
		var left int
		if err := b.behind(t).QueryRow("select count(*) from lead_private where answers_key is not null or ssn_key is not null").Scan(&left); err != nil || left > 0 {
			t.Errorf("%d leads have answers again, %v", left, err)
		}
	},
}

// promoted adds a key to the file and makes it the primary one, as another process would.
func (b *bench) promoted(t *testing.T) uint32 {
	t.Helper()
	id, err := seal.Add(b.keyFile, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := seal.Promote(b.keyFile, "", id, b.clock.Now()); err != nil {
		t.Fatal(err)
	}
	return id
}

func (b *bench) reload(t *testing.T) {
	t.Helper()
	var err error
	if b.options.Keys, err = seal.Load(b.keyFile, ""); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) saveGroup(t *testing.T, key string, n int) {
	t.Helper()
	for from := 0; from < n; from += atOnce {
		together(atOnce, func(i int) {
			if _, err := b.Save(t.Context(), Lead(fmt.Sprint(key, " ", from+i)), Record()); err != nil {
				t.Error(err)
			}
		})
	}
}

func (b *bench) wantResealed(t *testing.T, rows int) {
	t.Helper()
	n, err := b.Reseal(t.Context(), by, func(int) {})
	if err != nil || n != rows {
		t.Fatalf("%d rows were sealed anew, %v, want %d", n, err, rows)
	}
}

func (b *bench) wantKeyUse(t *testing.T, want map[uint32]int) {
	t.Helper()
	got, err := b.KeyUse(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, rows by key (-want +got):\n%s", err, diff)
	}
}
