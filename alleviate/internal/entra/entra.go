// Package entra gets access tokens from Entra ID by the client-credentials grant and keeps them: one Source
// for the credentials of an application, and in it one Cache for each scope.
package entra

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"intake/alleviate/internal/wire"
)

// Kind says what a failure proves.
type Kind string

// The kinds of a failed token request. A call knows two more.
const (
	Transient   Kind = "transient"
	Throttled   Kind = "throttled"
	Credentials Kind = "credentials"
)

// Config is what a Source needs. All but NextSecret, Given and Log is required.
type Config struct {
	TokenURL   string
	ClientID   string
	Secret     Secret
	NextSecret Secret // tried once when Secret is refused
	Transport  wire.Transport
	Given      oauth2.TokenSource // asked in place of the token endpoint
	Log        *slog.Logger
	Now        func() time.Time
}

// Source gets the tokens of one application. Safe for concurrent use.
type Source struct {
	fetch   fetcher
	log     *slog.Logger
	now     func() time.Time
	ctx     context.Context // of the fetches, until Close
	cancel  context.CancelFunc
	fetches sync.WaitGroup

	mu      sync.Mutex    // also of the caches
	secrets []namedSecret // the one that worked last goes first
	caches  map[string]*Cache
	silence time.Time // no request before: the token host asked for it
	day     string
	asked   int // requests on day
}

type namedSecret struct {
	name   string
	secret Secret
}

// New makes no request.
func New(cfg Config) (*Source, error) {
	origin, err := cfg.Transport.Only(cfg.TokenURL)
	if err != nil {
		return nil, err
	}
	hc := &http.Client{
		Transport:     guard{origin, cfg.Now},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s := &Source{
		fetch: endpoint{cfg.TokenURL, cfg.ClientID, hc}.fetch,
		log:   cfg.Log, now: cfg.Now, caches: map[string]*Cache{},
		secrets: []namedSecret{{"current", cfg.Secret}},
	}
	if cfg.NextSecret.Reveal() != "" {
		s.secrets = append(s.secrets, namedSecret{"next", cfg.NextSecret})
	}
	if cfg.Given != nil {
		s.fetch = (&given{source: cfg.Given, now: cfg.Now}).fetch
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Scope is the cache for one scope, the same one for every caller.
func (s *Source) Scope(scope string) *Cache {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.caches[scope]
	if c == nil {
		c = &Cache{source: s, scope: scope, wake: make(chan struct{}, 1)}
		s.caches[scope] = c
	}
	return c
}

// Close ends the fetches under way and waits for them. Whoever asks for a token later is told that it was
// cancelled.
func (s *Source) Close() {
	s.mu.Lock()
	s.cancel() // fetch looks at it under mu, so none begins from here on
	s.mu.Unlock()
	s.fetches.Wait()
}

// ask tries the secrets in order; only invalid_client makes it turn to the other one.
func (s *Source) ask(ctx context.Context, scope string) (*Token, *Failure) {
	s.mu.Lock()
	order := slices.Clone(s.secrets)
	s.mu.Unlock()
	var refused string
	for i, n := range order {
		asked := s.count()
		g, err := s.fetch(ctx, scope, n.secret)
		if err == nil {
			s.prefer(n.name)
			return newToken(g, asked), nil
		}
		if err.Code != "invalid_client" || err.Kind != Credentials {
			return nil, err
		}
		if refused = n.name; i > 0 {
			refused = "both"
		}
		if err.Secret = refused; i == len(order)-1 {
			return nil, err
		}
	}
	return nil, &Failure{Kind: Credentials, Reason: "no secret"}
}

// count notes a request and returns the moment before it is sent.
func (s *Source) count() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if day := now.UTC().Format(time.DateOnly); day != s.day {
		s.day, s.asked = day, 0
	}
	s.asked++
	return now
}

// prefer moves the secret that worked to the front.
func (s *Source) prefer(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.secrets) == 2 && s.secrets[1].name == name {
		slices.Reverse(s.secrets)
	}
}
