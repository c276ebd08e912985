package entra

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// The token policy. Alleviate asks for renewal about five minutes early and once after a 401
// (documented, /getting-started/authentication); the other numbers are this package's.
const (
	fetchLimit    = 10 * time.Second // one fetch, and a caller's wait for it
	renewEarly    = 5 * time.Minute
	renewShare    = 5 // or a fifth of a short life
	renewJitter   = 30 * time.Second
	serveMargin   = 10 * time.Second // before its end a token is no longer used
	firstBackoff  = 5 * time.Second
	maxBackoff    = 5 * time.Minute
	forcedPerSpan = 2
	forcedSpan    = time.Minute
)

// Token is a bearer token and its times, measured from the moment it was asked for.
type Token struct {
	Value Secret
	// Accepted says that the API has taken it at least once.
	Accepted atomic.Bool

	fetched, expires time.Time
	renew, last      time.Time // last is when it stops being used
}

func newToken(g grant, asked time.Time) *Token {
	expires := asked.Add(g.life)
	jitter := min(renewJitter, g.life/10)
	return &Token{
		Value:   NewSecret(g.value),
		fetched: asked,
		expires: expires,
		renew:   expires.Add(-min(renewEarly, g.life/renewShare)).Add(-rand.N(jitter + 1)),
		last:    expires.Add(-min(serveMargin, g.life/2)),
	}
}

// backoff is 5 s doubling to 5 min, 20 % more or less, and never below 5 s.
func backoff(failures int) time.Duration {
	d := min(firstBackoff<<min(failures, 10), maxBackoff)
	return max(firstBackoff, d-d/5+rand.N(d/5*2))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
