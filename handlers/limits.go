package handlers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"intake/internal/lead"
)

const (
	formsPerAddress = 20  // finished ones, in addressWindow
	postsPerAddress = 300 // of any kind, in addressWindow
	addressWindow   = 10 * time.Minute
	formsPerPhone   = 3 // in phoneWindow
	phoneWindow     = 24 * time.Hour
	requestsASecond = 200 // over all visitors
)

// Why a lead is suspect. The words stand in its history; no visitor sees them.
const (
	manyFromAddress = "too many forms from one address"
	manyForPhone    = "too many forms for one phone"
)

// limits counts visitors in the memory of this process, never in the store. Nothing in it can be
// turned back into a phone number without its key, which nobody else has.
type limits struct {
	valve        *rate.Limiter
	posts, forms *buckets[netip.Prefix]
	phones       *buckets[[sha256.Size]byte]
	phoneKey     []byte
}

func newLimits() *limits {
	return &limits{
		valve:    rate.NewLimiter(requestsASecond, requestsASecond),
		posts:    newBuckets[netip.Prefix](postsPerAddress, addressWindow, maxBuckets),
		forms:    newBuckets[netip.Prefix](formsPerAddress, addressWindow, maxBuckets),
		phones:   newBuckets[[sha256.Size]byte](formsPerPhone, phoneWindow, maxBuckets),
		phoneKey: []byte(rand.Text()),
	}
}

// finished counts a finished form and says why it is one too many; no reasons when it is not. An address
// that is not known is not counted. giveBack undoes the count: a form that was stored before is not another
// one.
func (l *limits) finished(address netip.Prefix, phone lead.Private[string], now time.Time) (reasons []string, giveBack func()) {
	ofAddress, ok := func() {}, true
	if address.IsValid() {
		ofAddress, ok = l.forms.take(address, now)
	}
	if !ok {
		reasons = append(reasons, manyFromAddress)
	}
	ofPhone, ok := l.phones.take(l.hash(phone.Reveal()), now)
	if !ok {
		reasons = append(reasons, manyForPhone)
	}
	return reasons, func() { ofAddress(); ofPhone() }
}

func (l *limits) hash(phone string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, l.phoneKey)
	mac.Write([]byte(phone))
	mac.Sum(sum[:0])
	return sum
}

// addressOf is whom a limit counts: an IPv4 address, or the 64 bits of IPv6 that one household has. It is
// not valid when the visitor's address is not known.
func (h *Handlers) addressOf(r *http.Request) netip.Prefix {
	addr := h.visitorAddress(r)
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	return netip.PrefixFrom(addr, bits).Masked()
}

// limitAll keeps a flood from taking the machine from everybody. Health checks pass: a flood must
// not look like a broken program.
func (h *Handlers) limitAll(next http.Handler) http.Handler {
	if h.LimitsOff {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isHealth(r) && !h.limits.valve.AllowN(h.Now(), 1) {
			h.writeProblem(w, r, http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// mayPost counts a post. Visitors whose address is not known share no count: one of them would shut all
// others out.
func (h *Handlers) mayPost(address netip.Prefix) bool {
	if !address.IsValid() {
		return true
	}
	_, ok := h.limits.posts.take(address, h.Now())
	return ok
}

// limitPosts refuses an address that posts without end.
func (h *Handlers) limitPosts(next http.Handler) http.Handler {
	if h.LimitsOff {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !h.mayPost(h.addressOf(r)) {
			h.Log.Warn("too many posts from one address", "request", traceOf(r.Context()).id)
			h.writeProblem(w, r, http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}
