package alleviate

import (
	"context"
	"time"
)

// TokenState is what may be known of the token: never the token itself.
type TokenState struct {
	// Scope is what tokens are asked for.
	Scope string
	// Fetched, Expires and NextRenewal are times of the token at hand, zero when there is none.
	// While fetching fails, NextRenewal is the next try.
	Fetched, Expires, NextRenewal time.Time
	// Secret is "current" or "next": the one that worked last. "next" asks a person to finish
	// the rotation.
	Secret string
	// Failing is the class of the last failure, empty after a success. The token at hand may be good for
	// minutes yet.
	Failing Kind
	// LastError is the word of the last failure, empty after a success: an OAuth error such as
	// "invalid_client", or a few fixed words of this package.
	LastError string
	// RefusedSecret says which secret the last failure was about: "current", "next", "both" or none.
	RefusedSecret string
	// Claims is what the token at hand says of itself.
	Claims Claims
	// FetchesToday counts the requests to the token endpoint since midnight UTC.
	FetchesToday int
}

// TokenState tells how the token is doing. It makes no request.
func (c *Client) TokenState() TokenState { return c.tokens.state() }

func (s *tokens) state() TokenState {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := TokenState{Scope: s.endpoint.scope, Secret: s.secrets[0].name, NextRenewal: s.gate}
	if t := s.current; t != nil {
		st.Fetched, st.Expires, st.NextRenewal = t.fetched, t.expires, later(t.renew, s.gate)
		st.Claims = readClaims(t.value.Reveal())
	}
	if e := s.failure; e != nil {
		st.Failing, st.LastError, st.RefusedSecret = e.Kind, e.Reason, e.Secret
	}
	if s.day == s.now().UTC().Format(time.DateOnly) {
		st.FetchesToday = s.fetches
	}
	return st
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Ready returns nil when a valid token is at hand. It fetches one if needed and takes 10 s at most.
func (c *Client) Ready(ctx context.Context) error {
	if _, err := c.tokens.get(ctx); err != nil {
		return noToken(reply{op: "token", retryAfter: -1}, err)
	}
	return nil
}

// Renew fetches a new token although the old one may be good, which stays in use until then. It
// obeys what the token host has asked for, and two renewals by force a minute are the limit.
func (c *Client) Renew(ctx context.Context) error {
	f, err := c.tokens.renew(ctx)
	if err == nil {
		_, err = f.wait(ctx)
	}
	if err != nil {
		return noToken(reply{op: "token", retryAfter: -1}, err)
	}
	return nil
}

func (s *tokens) renew(ctx context.Context) (*flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch now := s.now(); {
	case s.flight != nil:
		return s.flight, nil
	case !s.mayFetch(now):
		return nil, s.gateError(now)
	}
	if wait := s.force(); wait > 0 {
		return nil, &TokenError{Kind: Throttled, Reason: "two forced renewals a minute are the limit", RetryAfter: wait}
	}
	return s.fetch(ctx), nil
}

// Run keeps a token at hand until ctx ends: it fetches the first one, renews each before its end
// and goes on trying while fetching fails. It returns when its last fetch has ended, at most 10 s
// after ctx. A Client works without Run; its calls then fetch tokens when they need them.
func (c *Client) Run(ctx context.Context) {
	s := c.tokens
	for {
		f, wait := s.next(ctx)
		if f != nil {
			<-f.done // a fetch ends within its limit
			continue
		}
		if ctx.Err() != nil {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-s.wake:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// next is the fetch to wait for, started if it is due, or else the time until the next one.
func (s *tokens) next(ctx context.Context) (*flight, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight != nil {
		return s.flight, 0
	}
	now, due := s.now(), s.gate
	if t := s.current; t != nil {
		due = later(due, later(t.renew, t.fetched.Add(firstBackoff)))
	}
	if ctx.Err() == nil && !now.Before(due) {
		return s.fetch(ctx), 0
	}
	return nil, due.Sub(now)
}
