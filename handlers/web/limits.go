package web

import (
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// AddressWindow is the time in which what one address sends is counted.
const AddressWindow = 10 * time.Minute

const (
	postsPerAddress   = 300 // of any kind, in AddressWindow
	requestsPerSecond = 200 // of all visitors together
)

// limits are those on consumers' pages, whose visitors are known by their address alone.
type limits struct {
	requests *rate.Limiter
	posts    *Limiter[netip.Prefix]
}

func newLimits() *limits {
	return &limits{
		requests: rate.NewLimiter(requestsPerSecond, requestsPerSecond),
		posts:    NewLimiter[netip.Prefix](postsPerAddress, AddressWindow),
	}
}

// LimitRequests sheds load above a rate over all visitors. It must not stand before the health checks: a flood
// must not look like a crash.
func (b *Base) LimitRequests(next http.Handler) http.Handler {
	if b.LimitsOff {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !b.limits.requests.AllowN(b.Clock.Now(), 1) {
			b.writeProblem(w, r, http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// LimitPosts limits the POST requests of one address. Visitors whose address is unknown are not counted: in one
// bucket for all of them, one could lock the others out.
func (b *Base) LimitPosts(next http.Handler) http.Handler {
	if b.LimitsOff {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !b.mayPost(b.Household(r)) {
			b.Log.Warn("too many posts from one address", "request", RequestID(r))
			b.writeProblem(w, r, http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (b *Base) mayPost(household netip.Prefix) bool {
	if !household.IsValid() {
		return true
	}
	_, ok := b.limits.posts.Allow(household, b.Clock.Now())
	return ok
}
