package web

import (
	"sync"
	"testing"
	"time"
)

func TestLimiter_ForgetsIdleKeysAndStaysSmall(t *testing.T) {
	now := time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC)
	b := NewLimiter[int](2, time.Minute)
	b.capacity = 100
	for key := range 1000 {
		b.Allow(key, now)
	}
	if b.size() != 100 || len(b.byKey) != 100 {
		t.Errorf("%d keys are remembered, want the 100 that there is room for", b.size())
	}
	b.Allow(900, now)
	b.Allow(1000, now)
	if _, ok := b.Allow(900, now); ok {
		t.Error("a key that is in use was forgotten before an older one")
	}
	b.Allow(1, now.Add(time.Minute))
	if b.size() != 1 {
		t.Errorf("%d keys are remembered after an idle minute, want one", b.size())
	}
}

func TestLimiter_DoesNotCountRefusedEvents(t *testing.T) {
	now := time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC)
	b := NewLimiter[string](20, 10*time.Minute)
	for range 100 {
		b.Allow("key", now)
	}
	if _, ok := b.Allow("key", now.Add(30*time.Second)); !ok {
		t.Error("after a twentieth of the window there is no new token")
	}
	if _, ok := b.Allow("key", now.Add(30*time.Second)); ok {
		t.Error("there are two")
	}
}

func TestLimiter_CountsExactlyUnderConcurrency(t *testing.T) {
	now := time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC)
	b := NewLimiter[string](20, time.Minute)
	var wg sync.WaitGroup
	passed := make(chan bool, 100)
	for range 100 {
		wg.Go(func() {
			_, ok := b.Allow("key", now)
			passed <- ok
		})
	}
	wg.Wait()
	close(passed)
	n := 0
	for ok := range passed {
		if ok {
			n++
		}
	}
	if n != 20 {
		t.Errorf("%d of 100 passed, want 20", n)
	}
}
