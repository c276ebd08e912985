package web

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxBuckets bounds the memory of one limiter, in keys: about 15 MB.
const maxBuckets = 50_000

// Limiter is one token bucket for each key, such as an address or a person: it allows a number of events at
// once, and as many again in each window. A key that was not used for a window has a full bucket, so it can be
// forgotten; when all buckets are taken, the least recently used key is forgotten. A Limiter lives in the memory
// of this process and is safe for concurrent use.
type Limiter[K comparable] struct {
	limit    int // events in a window
	window   time.Duration
	capacity int // buckets

	mu     sync.Mutex
	byKey  map[K]*list.Element
	recent *list.List // of *bucket[K], the last used in front
}

type bucket[K comparable] struct {
	key     K
	limiter *rate.Limiter
	used    time.Time
}

// NewLimiter allows each key limit events in a window.
func NewLimiter[K comparable](limit int, window time.Duration) *Limiter[K] {
	return &Limiter[K]{limit: limit, window: window, capacity: maxBuckets, byKey: map[K]*list.Element{}, recent: list.New()}
}

// Allow counts an event of the key and reports whether it is within the limit; an event above it is not counted.
// undo takes the count back.
func (l *Limiter[K]) Allow(key K, now time.Time) (undo func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	reserved := l.bucketOf(key, now).ReserveN(now, 1)
	if reserved.DelayFrom(now) > 0 {
		reserved.CancelAt(now)
		return func() {}, false
	}
	return func() { reserved.CancelAt(now) }, true
}

// bucketOf finds or makes the key's bucket. The caller holds the lock.
func (l *Limiter[K]) bucketOf(key K, now time.Time) *rate.Limiter {
	l.forgetIdle(now)
	if at, known := l.byKey[key]; known {
		l.recent.MoveToFront(at)
		found := at.Value.(*bucket[K])
		found.used = now
		return found.limiter
	}
	if l.recent.Len() >= l.capacity {
		l.forget(l.recent.Back())
	}
	fresh := &bucket[K]{key, rate.NewLimiter(rate.Every(l.window/time.Duration(l.limit)), l.limit), now}
	l.byKey[key] = l.recent.PushFront(fresh)
	return fresh.limiter
}

// forgetIdle forgets the keys whose buckets are full again.
func (l *Limiter[K]) forgetIdle(now time.Time) {
	for last := l.recent.Back(); last != nil && now.Sub(last.Value.(*bucket[K]).used) >= l.window; last = l.recent.Back() {
		l.forget(last)
	}
}

func (l *Limiter[K]) forget(at *list.Element) {
	delete(l.byKey, at.Value.(*bucket[K]).key)
	l.recent.Remove(at)
}

// size is how many keys are remembered.
func (l *Limiter[K]) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.recent.Len()
}
