package entra

import (
	"context"
	"log/slog"
	"time"
)

// Cache keeps the token for one scope: one fetch at a time, the old token while it lives, silence when the
// token host asks for it. Its fields need the source's mu.
type Cache struct {
	source *Source
	scope  string
	wake   chan struct{} // tells Run that its timetable has changed

	current  *Token
	flight   *flight
	failures int
	gate     time.Time // no fetch before
	failure  *Failure
	forced   []time.Time // the last forced renewals
}

// flight is a fetch that callers wait for.
type flight struct {
	done  chan struct{}
	token *Token   // set before done is closed
	err   *Failure // same
}

// Get returns a token that may be used now. A caller waits for a fetch on its own context and at most 10 s;
// the fetch itself outlives a caller that leaves, for the others. The error is a *Failure or the context's.
func (c *Cache) Get(ctx context.Context) (*Token, error) {
	c.source.mu.Lock()
	now := c.source.now()
	if t := c.current; t != nil && now.Before(t.last) {
		if !now.Before(t.renew) && c.mayFetch(now) {
			c.fetch()
		}
		c.source.mu.Unlock()
		return t, nil
	}
	if c.flight == nil && !c.mayFetch(now) {
		defer c.source.mu.Unlock()
		return nil, c.gateError(now)
	}
	f := c.flight
	if f == nil {
		f = c.fetch()
	}
	c.source.mu.Unlock()
	return f.wait(ctx)
}

// wait returns the token of the fetch, or why there is none.
func (f *flight) wait(ctx context.Context) (*Token, error) {
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

func (c *Cache) mayFetch(now time.Time) bool { return c.flight == nil && !now.Before(c.opens()) }

// opens is when a token may be asked for again.
func (c *Cache) opens() time.Time { return later(c.gate, c.source.silence) }

// gateError is the last failure with the time that is left of its silence, which another scope may have met.
func (c *Cache) gateError(now time.Time) *Failure {
	f := Failure{Kind: Throttled, Reason: "too many requests"}
	if c.failure != nil && c.gate.Equal(c.opens()) {
		f = *c.failure
	}
	f.RetryAfter = c.opens().Sub(now)
	return &f
}

// fetch starts the one fetch.
func (c *Cache) fetch() *flight {
	f := &flight{done: make(chan struct{})}
	if err := c.source.ctx.Err(); err != nil {
		f.err = failureOf(err)
		close(f.done)
		return f
	}
	c.flight = f
	c.source.fetches.Go(func() {
		ctx, cancel := context.WithTimeout(c.source.ctx, fetchLimit)
		defer cancel()
		f.token, f.err = c.source.ask(ctx, c.scope)
		c.land(f)
	})
	return f
}

// land records how a fetch ended and lets its callers go.
func (c *Cache) land(f *flight) {
	c.source.mu.Lock()
	c.flight = nil
	if f.err == nil {
		c.current, c.failures, c.failure, c.gate = f.token, 0, nil, time.Time{}
	} else {
		now := c.source.now()
		c.gate = later(c.nextTry(now), now.Add(f.err.RetryAfter))
		if f.err.Kind == Throttled {
			c.source.silence = c.gate
		}
		f.err.RetryAfter = c.gate.Sub(now)
		c.failure = f.err
		c.failures++
	}
	c.source.mu.Unlock()
	c.source.report(f)
	close(f.done)
	c.nudge()
}

// report logs what support asks for: Microsoft's numbers are for the log, not for decisions, as Microsoft asks
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
func (s *Source) report(f *flight) {
	if s.log == nil {
		return
	}
	if f.err == nil {
		s.log.Debug("token fetched", slog.Time("expires", f.token.expires))
		return
	}
	s.log.Warn("token request failed", slog.String("kind", string(f.err.Kind)), slog.String("reason", f.err.Reason),
		slog.Int("status", f.err.HTTPStatus), slog.String("secret", f.err.Secret), slog.Any("aadsts", f.err.AADSTS),
		slog.String("trace_id", f.err.TraceID), slog.String("correlation_id", f.err.CorrelationID), slog.Duration("retry_after", f.err.RetryAfter))
}

// nextTry is when to ask again after a failure at now. While the old token serves, a try is kept for its last
// moment, so that an outage which ends before that fails no call.
func (c *Cache) nextTry(now time.Time) time.Time {
	next := now.Add(backoff(c.failures))
	if t := c.current; t != nil && now.Before(t.last) && next.After(t.last.Add(-firstBackoff)) {
		return later(t.last, now.Add(firstBackoff))
	}
	return next
}

// nudge makes Run look again.
func (c *Cache) nudge() {
	select {
	case c.wake <- struct{}{}:
	default: // it is going to
	}
}

// Invalidate drops t if it is still the token in use, so that a burst of refusals renews once. The renewals
// allowed by force may be used up; t then stays, and the answer is how long until the next.
func (c *Cache) Invalidate(t *Token) time.Duration {
	c.source.mu.Lock()
	defer c.source.mu.Unlock()
	if c.current != t {
		return 0
	}
	if wait := c.force(); wait > 0 {
		return wait
	}
	c.current = nil
	c.nudge()
	return 0
}

// force takes one of the forced renewals of this minute, or tells how long until there is one.
func (c *Cache) force() time.Duration {
	now := c.source.now()
	if len(c.forced) == forcedPerSpan {
		if wait := forcedSpan - now.Sub(c.forced[0]); wait > 0 {
			return wait
		}
		c.forced = c.forced[1:]
	}
	c.forced = append(c.forced, now)
	return 0
}
