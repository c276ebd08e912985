package handlers

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxBuckets bounds what one kind of limit may remember, in keys: about 15 MB.
const maxBuckets = 50_000

// buckets is one token bucket for each key: most at once, and as many again in each window. A key
// that was not used for a window has a full bucket, so forgetting it changes nothing; when there
// is no more room, the one that was used longest ago is forgotten. It is safe for concurrent use.
type buckets[K comparable] struct {
	most   int
	window time.Duration
	room   int

	mu     sync.Mutex
	byKey  map[K]*list.Element
	recent *list.List // of *bucket[K], the last used in front
}

type bucket[K comparable] struct {
	key     K
	limiter *rate.Limiter
	used    time.Time
}

func newBuckets[K comparable](most int, window time.Duration, room int) *buckets[K] {
	return &buckets[K]{most: most, window: window, room: room, byKey: map[K]*list.Element{}, recent: list.New()}
}

// take takes one token of the key's and says whether there was one. giveBack undoes it.
func (b *buckets[K]) take(key K, now time.Time) (giveBack func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.of(key, now).ReserveN(now, 1)
	if taken.DelayFrom(now) > 0 {
		taken.CancelAt(now)
		return func() {}, false
	}
	return func() { taken.CancelAt(now) }, true
}

// of is the key's bucket. Whoever calls it holds the lock.
func (b *buckets[K]) of(key K, now time.Time) *rate.Limiter {
	b.forget(now)
	if at, known := b.byKey[key]; known {
		b.recent.MoveToFront(at)
		found := at.Value.(*bucket[K])
		found.used = now
		return found.limiter
	}
	if b.recent.Len() >= b.room {
		b.drop(b.recent.Back())
	}
	fresh := &bucket[K]{key, rate.NewLimiter(rate.Every(b.window/time.Duration(b.most)), b.most), now}
	b.byKey[key] = b.recent.PushFront(fresh)
	return fresh.limiter
}

// forget drops the buckets that are full again.
func (b *buckets[K]) forget(now time.Time) {
	for last := b.recent.Back(); last != nil && now.Sub(last.Value.(*bucket[K]).used) >= b.window; last = b.recent.Back() {
		b.drop(last)
	}
}

func (b *buckets[K]) drop(at *list.Element) {
	delete(b.byKey, at.Value.(*bucket[K]).key)
	b.recent.Remove(at)
}

// len is how many keys are remembered.
func (b *buckets[K]) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.recent.Len()
}
