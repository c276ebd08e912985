package alleviate

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
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

// token is a bearer token and its times, measured from the moment it was asked for.
type token struct {
	value            Secret
	fetched, expires time.Time
	renew, last      time.Time   // last is when it stops being used
	taken            atomic.Bool // the API has accepted it at least once
}

func newToken(g grant, asked time.Time) *token {
	expires := asked.Add(g.life)
	jitter := min(renewJitter, g.life/10)
	return &token{
		value:   NewSecret(g.value),
		fetched: asked,
		expires: expires,
		renew:   expires.Add(-min(renewEarly, g.life/renewShare)).Add(-rand.N(jitter + 1)),
		last:    expires.Add(-min(serveMargin, g.life/2)),
	}
}

// tokens is the one cache of tokens: one fetch at a time, the old token while it lives, silence
// when the token host asks for it.
type tokens struct {
	endpoint tokenEndpoint
	now      func() time.Time
	wake     chan struct{} // tells the renewal loop that its timetable has changed

	mu       sync.Mutex
	secrets  []namedSecret // the one that worked last goes first
	current  *token
	flight   *flight
	failures int
	gate     time.Time // no fetch before
	failure  *TokenError
	forced   []time.Time // the last forced renewals
	day      string
	fetches  int // requests on day
}

type namedSecret struct {
	name   string
	secret Secret
}

// flight is a fetch that callers wait for.
type flight struct {
	done  chan struct{}
	token *token      // set before done is closed
	err   *TokenError // same
}

func newTokens(cfg Config, via http.RoundTripper, now func() time.Time) (*tokens, error) {
	origin, err := only(cfg.Environment.tokenURL(), via)
	if err != nil {
		return nil, err
	}
	hc := &http.Client{
		Transport:     tokenGuard{origin, now},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	secrets := []namedSecret{{"current", cfg.ClientSecret}}
	if cfg.NextSecret.Reveal() != "" {
		secrets = append(secrets, namedSecret{"next", cfg.NextSecret})
	}
	return &tokens{
		endpoint: tokenEndpoint{cfg.Environment.tokenURL(), cfg.ClientID, cfg.Environment.Scope, hc},
		now:      now,
		wake:     make(chan struct{}, 1),
		secrets:  secrets,
	}, nil
}

// get returns a token that may be used now. A caller waits for a fetch on its own context and at
// most fetchLimit; the fetch itself outlives a caller that leaves, for the others.
func (s *tokens) get(ctx context.Context) (*token, error) {
	s.mu.Lock()
	now := s.now()
	if t := s.current; t != nil && now.Before(t.last) {
		if !now.Before(t.renew) && s.mayFetch(now) {
			s.fetch(ctx)
		}
		s.mu.Unlock()
		return t, nil
	}
	if s.flight == nil && !s.mayFetch(now) {
		defer s.mu.Unlock()
		return nil, s.gateError(now)
	}
	f := s.flight
	if f == nil {
		f = s.fetch(ctx)
	}
	s.mu.Unlock()
	return f.wait(ctx)
}

func (f *flight) wait(ctx context.Context) (*token, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.err != nil {
		return nil, f.err
	}
	return f.token, nil
}

// mayFetch needs mu.
func (s *tokens) mayFetch(now time.Time) bool { return s.flight == nil && !now.Before(s.gate) }

// gateError is the last failure with the time that is left of its silence. It needs mu.
func (s *tokens) gateError(now time.Time) *TokenError {
	e := *s.failure
	e.RetryAfter = s.gate.Sub(now)
	return &e
}

// fetch starts the one fetch. It needs mu.
func (s *tokens) fetch(ctx context.Context) *flight {
	f := &flight{done: make(chan struct{})}
	s.flight = f
	order := append([]namedSecret(nil), s.secrets...)
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchLimit)
		defer cancel()
		f.token, f.err = s.ask(ctx, order)
		s.land(f)
	}()
	return f
}

// land records how a fetch ended and lets its callers go.
func (s *tokens) land(f *flight) {
	s.mu.Lock()
	s.flight = nil
	if f.err == nil {
		s.current, s.failures, s.failure, s.gate = f.token, 0, nil, time.Time{}
	} else {
		now := s.now()
		s.gate = later(s.nextTry(now), now.Add(f.err.RetryAfter))
		f.err.RetryAfter = s.gate.Sub(now)
		s.failure = f.err
		s.failures++
	}
	s.mu.Unlock()
	close(f.done)
	s.nudge()
}

// nextTry is when to ask again after a failure at now. While the old token serves, a try is kept
// for its last moment, so that an outage which ends before that fails no call. It needs mu.
func (s *tokens) nextTry(now time.Time) time.Time {
	next := now.Add(backoff(s.failures))
	if t := s.current; t != nil && now.Before(t.last) && next.After(t.last.Add(-firstBackoff)) {
		return later(t.last, now.Add(firstBackoff))
	}
	return next
}

// backoff is 5 s doubling to 5 min, 20 % more or less, and never below 5 s.
func backoff(failures int) time.Duration {
	d := min(firstBackoff<<min(failures, 10), maxBackoff)
	return max(firstBackoff, d-d/5+rand.N(d/5*2))
}

// nudge makes the renewal loop look again.
func (s *tokens) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // it is going to
	}
}

// invalidate drops t if it is still the token in use, so that a burst of refusals renews once. The
// renewals allowed by force may be used up; t then stays, and the answer is how long until the next.
func (s *tokens) invalidate(t *token) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != t {
		return 0
	}
	if wait := s.force(); wait > 0 {
		return wait
	}
	s.current = nil
	s.nudge()
	return 0
}

// force takes one of the forced renewals of this minute, or tells how long until there is one. It
// needs mu.
func (s *tokens) force() time.Duration {
	now := s.now()
	if len(s.forced) == forcedPerSpan {
		if wait := forcedSpan - now.Sub(s.forced[0]); wait > 0 {
			return wait
		}
		s.forced = s.forced[1:]
	}
	s.forced = append(s.forced, now)
	return 0
}
