package web

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"intake/static"
)

// AddressWindow is the time in which what one address sends is counted.
const AddressWindow = 10 * time.Minute

const (
	pagesPerSecond    = 200  // of all visitors together; files are not counted
	readsPerAddress   = 120  // pages at once, and as many again in readWindow: a fifth of all at most, for long
	filesPerAddress   = 3000 // at once: the browsers of a call center that opens, each with six files
	readWindow        = 3 * time.Second
	fileWindow        = 15 * time.Second
	postsPerAddress   = 300 // in AddressWindow, but for those that have a budget of their own
	optOutsPerAddress = 10  // in AddressWindow
	reportsPerAddress = 60  // in AddressWindow
	streamsPerAddress = 20  // open at once
	openStreams       = 2000
)

// OptOutPath is where people opt out. It has a budget of its own, so that nothing else uses it up.
const OptOutPath = "/opt-out"

// limits are those on consumers' pages, whose visitors are known by their address alone.
type limits struct {
	pages   *rate.Limiter
	reads   *Limiter[netip.Prefix]
	files   *Limiter[netip.Prefix]
	posts   *Limiter[netip.Prefix]
	byPath  map[string]*Limiter[netip.Prefix] // of posts that have a budget of their own; paths without language
	streams streamCounter
}

func newLimits() *limits {
	return &limits{
		pages: rate.NewLimiter(pagesPerSecond, pagesPerSecond),
		reads: NewLimiter[netip.Prefix](readsPerAddress, readWindow),
		files: NewLimiter[netip.Prefix](filesPerAddress, fileWindow),
		posts: NewLimiter[netip.Prefix](postsPerAddress, AddressWindow),
		byPath: map[string]*Limiter[netip.Prefix]{
			OptOutPath: NewLimiter[netip.Prefix](optOutsPerAddress, AddressWindow),
			ReportPath: NewLimiter[netip.Prefix](reportsPerAddress, AddressWindow),
		},
		streams: streamCounter{open: map[netip.Prefix]int{}},
	}
}

// LimitRequests limits what one address reads, and sheds load above a rate of pages over all visitors. It must not stand
// before the health checks: a flood must not look like a crash. Files are limited apart from pages: all agents of a call
// center read them from one address. Visitors whose address is unknown count over all alone:
// in one bucket for all of them, one could lock the others out.
func (b *Base) LimitRequests(next http.Handler) http.Handler {
	if b.LimitsOff {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isFile, reads := strings.HasPrefix(r.URL.Path, static.Prefix), b.limits.reads
		if isFile {
			reads = b.limits.files
		}
		switch {
		case r.Method != http.MethodPost && !b.allow(reads, r):
			b.writeProblem(w, r, http.StatusTooManyRequests)
		case !isFile && !b.limits.pages.AllowN(b.Clock.Now(), 1):
			b.writeProblem(w, r, http.StatusServiceUnavailable)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// LimitPosts limits the POST requests of one address.
func (b *Base) LimitPosts(next http.Handler) http.Handler {
	if b.LimitsOff {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !b.allow(b.postBudget(r), r) {
			b.Log.Warn("too many posts from one address", "request", RequestID(r))
			b.writeProblem(w, r, http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (b *Base) postBudget(r *http.Request) *Limiter[netip.Prefix] {
	if own, has := b.limits.byPath[pathWithoutLanguage(r)]; has {
		return own
	}
	return b.limits.posts
}

func (b *Base) allow(l *Limiter[netip.Prefix], r *http.Request) bool {
	household := b.Household(r)
	if !household.IsValid() {
		return true
	}
	_, ok := l.Allow(household, b.Clock.Now())
	return ok
}

// streamCounter counts the open event streams of visitors.
type streamCounter struct {
	mu   sync.Mutex
	all  int
	open map[netip.Prefix]int
}

// countStream counts a stream until closed is called, and says whether it may be opened.
func (b *Base) countStream(r *http.Request) (closed func(), ok bool) {
	if b.LimitsOff {
		return func() {}, true
	}
	household, s := b.Household(r), &b.limits.streams
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= openStreams || household.IsValid() && s.open[household] >= streamsPerAddress {
		return nil, false
	}
	s.all++
	s.open[household]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.open[household]--; s.open[household] == 0 {
			delete(s.open, household)
		}
	}, true
}
