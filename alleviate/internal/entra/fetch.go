package entra

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"intake/alleviate/internal/wire"
)

const maxAnswer = 64 << 10 // bytes; ten times a large token answer

// fetcher asks for one token with one secret.
type fetcher func(ctx context.Context, scope string, secret Secret) (grant, *Failure)

// endpoint is the token endpoint. It keeps no state.
type endpoint struct {
	url, clientID string
	http          *http.Client
}

// fetch makes one request. The parameter style is fixed, because finding it out would send the secret
// twice. The library takes a missing life for an endless one and cannot read 1e14, so the life is what guard read.
func (e endpoint) fetch(ctx context.Context, scope string, secret Secret) (grant, *Failure) {
	conf := clientcredentials.Config{
		ClientID:     e.clientID,
		ClientSecret: secret.Reveal(),
		TokenURL:     e.url,
		Scopes:       []string{scope},
		AuthStyle:    oauth2.AuthStyleInParams,
	}
	var passed grant
	ctx = context.WithValue(context.WithValue(ctx, oauth2.HTTPClient, e.http), passedKey{}, &passed)
	token, err := conf.Token(ctx)
	switch {
	case err == nil:
		return grant{token.AccessToken, passed.life}, nil
	case passed.value == "":
		return grant{}, failureOf(err)
	}
	return passed, nil
}

// failureOf keeps nothing of the library's error, which may quote the request or the answer.
func failureOf(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	f := &Failure{Kind: Transient, Reason: wire.EndedBy(err), Err: wire.PlainCause(err)}
	if f.Err == wire.ErrWrongAddress {
		f.Kind = Credentials
	}
	return f
}

// guard stands between the library and the token host. The library takes plain text for a token and quotes
// bodies in its errors, so an answer that is no good is refused here and one that is passes as it came.
type guard struct {
	next http.RoundTripper
	now  func() time.Time
}

type passedKey struct{} // of the *grant that guard fills in

func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	plain := req.Clone(req.Context()) // a round trip leaves its request as it is
	wire.AskPlain(plain.Header)
	res, err := g.next.RoundTrip(plain)
	if err != nil {
		return nil, failureOf(err)
	}
	defer res.Body.Close()
	body, err := wire.ReadBody(res, maxAnswer)
	if err != nil && req.Context().Err() != nil {
		return nil, failureOf(err)
	}
	passed, failure := answer{
		status: res.StatusCode, mediaType: wire.MediaType(res.Header),
		retryAfter: wire.RetryAfter(res.Header, g.now()), body: body, whole: err == nil,
	}.read()
	if failure != nil {
		return nil, failure
	}
	if into, ok := req.Context().Value(passedKey{}).(*grant); ok {
		*into = passed
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// given asks a token source of somebody else, of which nothing is known: it may take its time, and keep a
// token that was refused.
type given struct {
	source oauth2.TokenSource
	now    func() time.Time

	mu      sync.Mutex
	pending chan reply // of the one call that has not returned
}

type reply struct {
	token *oauth2.Token
	err   error
}

func (g *given) fetch(ctx context.Context, _ string, _ Secret) (grant, *Failure) {
	pending := g.ask()
	select {
	case r := <-pending:
		pending <- r // for those who wait as well
		g.mu.Lock()
		if g.pending == pending {
			g.pending = nil
		}
		g.mu.Unlock()
		return r.read(g.now())
	case <-ctx.Done():
		return grant{}, failureOf(ctx.Err())
	}
}

// ask begins a call unless one is under way.
func (g *given) ask() chan reply {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pending == nil {
		pending := make(chan reply, 1)
		go func() {
			token, err := g.source.Token()
			pending <- reply{token, err}
		}()
		g.pending = pending
	}
	return g.pending
}

func (r reply) read(now time.Time) (grant, *Failure) {
	if e, ok := errors.AsType[*oauth2.RetrieveError](r.err); ok && e.Response != nil {
		if _, f := (answer{
			status: e.Response.StatusCode, mediaType: wire.MediaType(e.Response.Header),
			retryAfter: wire.RetryAfter(e.Response.Header, now), body: e.Body, whole: true,
		}).read(); f != nil {
			return grant{}, f
		}
	}
	switch {
	case r.err != nil:
		return grant{}, failureOf(r.err)
	case r.token == nil || !isBearer(r.token.Type()) || !isToken(r.token.AccessToken):
		return grant{}, &Failure{Kind: Transient, Reason: nonsense}
	}
	lives := min(r.token.Expiry.Sub(now), maxLife)
	if r.token.Expiry.IsZero() || lives < time.Second {
		lives = defaultLife
	}
	return grant{r.token.AccessToken, lives}, nil
}
