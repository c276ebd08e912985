package entra

import (
	"context"
	"time"
)

// State is what may be known of the token: never the token itself. Package alleviate has its fields again, with
// what they mean.
type State struct {
	Scope                         string
	Fetched, Expires, NextRenewal time.Time
	Secret                        string
	Failing                       Kind
	LastError                     string
	RefusedSecret                 string
	Claims                        Claims
	FetchesToday                  int
}

// State makes no request.
func (c *Cache) State() State {
	s := c.source
	s.mu.Lock()
	defer s.mu.Unlock()
	st := State{Scope: c.scope, Secret: s.secrets[0].name, NextRenewal: c.opens()}
	if t := c.current; t != nil {
		st.Fetched, st.Expires, st.NextRenewal = t.fetched, t.expires, later(t.renew, c.opens())
		st.Claims = readClaims(t.Value.Reveal())
	}
	if f := c.failure; f != nil {
		st.Failing, st.LastError, st.RefusedSecret = f.Kind, f.Reason, f.Secret
	}
	if s.day == s.now().UTC().Format(time.DateOnly) {
		st.FetchesToday = s.asked
	}
	return st
}

// Renew fetches a new token although the old one may be good, which stays in use until then.
func (c *Cache) Renew(ctx context.Context) error {
	f, err := c.renewal()
	if err != nil {
		return err
	}
	_, failed := f.wait(ctx)
	return failed
}

func (c *Cache) renewal() (*flight, error) {
	c.source.mu.Lock()
	defer c.source.mu.Unlock()
	switch now := c.source.now(); {
	case c.flight != nil:
		return c.flight, nil
	case !c.mayFetch(now):
		return nil, c.gateError(now)
	}
	if wait := c.force(); wait > 0 {
		return nil, &Failure{Kind: Throttled, Reason: "two forced renewals a minute are the limit", RetryAfter: wait}
	}
	return c.fetch(), nil
}

// Run keeps a token at hand until ctx ends, and returns when its last fetch has ended, at most 10 s later.
func (c *Cache) Run(ctx context.Context) {
	for {
		f, wait := c.next(ctx)
		if f != nil {
			<-f.done // a fetch ends within its limit
			continue
		}
		if ctx.Err() != nil || c.source.ctx.Err() != nil {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-c.wake:
		case <-c.source.ctx.Done():
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// next is the fetch to wait for, started if it is due, or else the time until the next one.
func (c *Cache) next(ctx context.Context) (*flight, time.Duration) {
	c.source.mu.Lock()
	defer c.source.mu.Unlock()
	if c.flight != nil {
		return c.flight, 0
	}
	now, due := c.source.now(), c.opens()
	if t := c.current; t != nil {
		due = later(due, later(t.renew, t.fetched.Add(firstBackoff)))
	}
	if ctx.Err() == nil && c.source.ctx.Err() == nil && !now.Before(due) {
		return c.fetch(), 0
	}
	return nil, due.Sub(now)
}
