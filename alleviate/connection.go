package alleviate

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"intake/alleviate/internal/entra"
	"intake/alleviate/internal/graphql"
	"intake/alleviate/internal/wire"
)

// Connection is one API and the token for it. A Client has one, and so has that of package debtcore.
type Connection struct {
	api       graphql.Endpoint
	transport wire.Transport
	tokens    *Tokens
	ownTokens bool
}

// Tokens are the access tokens of an application, one for each scope. Clients whose Config has the same Tokens
// share them.
type Tokens struct {
	source *entra.Source
	url    string
	scope  string // the only one there is; "" for any
}

// Connect checks cfg and makes no request. It is for the clients of Alleviate's other APIs in this module, such as
// package debtcore; everybody else calls New.
func (cfg Config) Connect() (*Connection, error) {
	if err := cfg.problems(); err != nil {
		return nil, err
	}
	cfg.Now = cfg.clock()
	base, limit := cfg.Transport, time.Duration(0)
	if cfg.HTTPClient != nil {
		base, limit = cfg.HTTPClient.Transport, cfg.HTTPClient.Timeout
	}
	c := &Connection{transport: wire.New(wire.Options{Base: base, Proxy: cfg.ProxyFromEnvironment, Private: cfg.PrivateAddresses}), tokens: cfg.Tokens}
	if c.tokens == nil {
		source, err := entra.New(entra.Config{
			TokenURL: cfg.Environment.tokenURL(), ClientID: cfg.ClientID, Secret: cfg.ClientSecret, NextSecret: cfg.NextSecret,
			Transport: c.transport, Given: cfg.TokenSource, Log: cfg.Log, Now: cfg.Now,
		})
		if err != nil {
			return nil, err
		}
		c.tokens, c.ownTokens = &Tokens{source: source, url: cfg.Environment.tokenURL()}, true
		if cfg.TokenSource != nil {
			c.tokens.scope = cfg.Environment.Scope
		}
	}
	api, err := c.transport.Only(cfg.Environment.APIURL)
	if err != nil {
		return nil, err
	}
	c.api = graphql.Endpoint{
		URL: cfg.Environment.APIURL, API: api, Proves: c.transport.Proves, Tokens: c.tokens.source.Scope(cfg.Environment.Scope),
		UserAgent: orDefault(cfg.UserAgent, "alleviate-go"), Limit: limit, Key: []byte(rand.Text()), Now: cfg.Now, Log: cfg.Log,
		Observe: cfg.observer(), Fail: func(a *graphql.Attempt) error { return newError(a) },
	}
	return c, nil
}

// Do makes one call. Its types are of this module alone, as Config.Connect's use is.
func (c *Connection) Do(ctx context.Context, call graphql.Call) (graphql.Answer, error) {
	return c.api.Do(ctx, call)
}

// Format writes the API's address for every verb: printing a Connection in use would race with it.
func (c *Connection) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "alleviate.Connection(%s)", c.api.URL) // fmt has no way to report it
}

// Tokens are for the Config of another client with the same credentials.
func (c *Connection) Tokens() *Tokens { return c.tokens }

// TokenState tells how the token is doing. It makes no request.
func (c *Connection) TokenState() TokenState { return TokenState(c.api.Tokens.State()) }

// Ready returns nil when a valid token is at hand. It fetches one if needed and takes 10 s at most.
func (c *Connection) Ready(ctx context.Context) error {
	_, err := c.api.Tokens.Get(ctx)
	return noToken(err)
}

// Renew fetches a new token although the old one may be good, which stays in use until then. It
// obeys what the token host has asked for, and two renewals by force a minute are the limit.
func (c *Connection) Renew(ctx context.Context) error { return noToken(c.api.Tokens.Renew(ctx)) }

// noToken is the error of a token that could not be had, nil for nil.
func noToken(err error) error {
	if err == nil {
		return nil
	}
	return newError(graphql.NoToken("token", err))
}

// Run keeps a token at hand until ctx ends: it fetches the first one, renews each before its end
// and goes on trying while fetching fails. It returns when its last fetch has ended, at most 10 s
// after ctx. A client works without Run; its calls then fetch tokens when they need them.
func (c *Connection) Run(ctx context.Context) { c.api.Tokens.Run(ctx) }

// Close ends the token fetch that may be under way and closes idle connections. It leaves tokens alone that are
// another client's. Calls in flight go on; call Close when they have ended.
func (c *Connection) Close() error {
	if c.ownTokens {
		c.tokens.source.Close()
	}
	c.transport.CloseIdleConnections()
	return nil
}
