package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"intake/internal/store"
)

// wantUse uses the token with the id, which may be used for five minutes from now.
func wantUse(t *testing.T, b *bench, s *store.Store, id string, want bool) {
	t.Helper()
	if first, err := s.PrefillUses().Use(t.Context(), id, b.clock.Now().Add(5*time.Minute)); err != nil || first != want {
		t.Errorf("token %s is used for the first time: %t, %v, want %t", id, first, err, want)
	}
}

// expirePrefills forgets tokens and counts the rows that are left.
func expirePrefills(t *testing.T, b *bench) (left int) {
	t.Helper()
	if err := b.PrefillUses().Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.behind(t).QueryRow("select count(*) from prefill_use").Scan(&left); err != nil {
		t.Fatal(err)
	}
	return left
}

var usingPrefills = map[string]func(*testing.T, *bench){
	"a token of the dialer is used once, whichever process is asked": func(t *testing.T, b *bench) {
		other := b.again(t)
		wantUse(t, b, b.Store, "a", true)
		wantUse(t, b, other, "a", false)
		wantUse(t, b, b.Store, "a", false)
		wantUse(t, b, other, "b", true)
	},
	"of many who use a token at once, in two processes, one is the first": func(t *testing.T, b *bench) {
		stores := []*store.Store{b.Store, b.again(t)}
		var firsts atomic.Int32
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				first, err := stores[i%2].PrefillUses().Use(t.Context(), "a", b.clock.Now())
				if err != nil {
					t.Error(err)
				}
				if first {
					firsts.Add(1)
				}
			})
		}
		all.Wait()
		if firsts.Load() != 1 {
			t.Errorf("%d were the first", firsts.Load())
		}
	},
	"a token that was used is forgotten an hour after nobody could use it": func(t *testing.T, b *bench) {
		for i := range 501 { // more than a batch
			wantUse(t, b, b.Store, fmt.Sprint("old ", i), true)
		}
		b.clock.forward(time.Minute)
		wantUse(t, b, b.Store, "young", true)
		b.clock.forward(64*time.Minute - time.Millisecond)
		if left := expirePrefills(t, b); left != 502 {
			t.Errorf("%d are left, want all 502", left)
		}
		b.clock.forward(time.Millisecond)
		if left := expirePrefills(t, b); left != 1 {
			t.Errorf("%d are left, want the young one", left)
		}
		wantUse(t, b, b.Store, "young", false)
	},
}
