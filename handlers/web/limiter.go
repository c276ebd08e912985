package web

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// MaxBuckets bounds what one limiter may remember, in keys: about 15 MB.
const MaxBuckets = 50_000

// Limiter is one token bucket for each key, such as an address or a person: most events at once, and
// as many again in each window. A key that was not used for a window has a full bucket, so forgetting
// it changes nothing; when there is no more room, the least recently used key is forgotten. A Limiter
// lives in the memory of this process and is safe for concurrent use.
type Limiter[K comparable] struct {
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

// NewLimiter allows each key so many events in a window, and remembers so many keys.
func NewLimiter[K comparable](most int, window time.Duration, room int) *Limiter[K] {
	return &Limiter[K]{most: most, window: window, room: room, byKey: map[K]*list.Element{}, recent: list.New()}
}

// Allow counts an event of the key and says whether it is within the limit; one that is not is not
// counted. undo takes the count back.
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

// bucketOf needs the lock.
func (l *Limiter[K]) bucketOf(key K, now time.Time) *rate.Limiter {
	l.forgetIdle(now)
	if at, known := l.byKey[key]; known {
		l.recent.MoveToFront(at)
		found := at.Value.(*bucket[K])
		found.used = now
		return found.limiter
	}
	if l.recent.Len() >= l.room {
		l.forget(l.recent.Back())
	}
	fresh := &bucket[K]{key, rate.NewLimiter(rate.Every(l.window/time.Duration(l.most)), l.most), now}
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
