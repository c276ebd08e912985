package graphql

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"intake/alleviate/internal/entra"
	"intake/alleviate/internal/wire"
)

// Endpoint is the address of one API and what is needed to call it. All but Observe and Log is required.
type Endpoint struct {
	URL       string
	API       http.RoundTripper
	Proves    bool // API is net/http's own, whose trace hooks can be relied on
	Tokens    *entra.Cache
	UserAgent string
	Limit     time.Duration // of every call beside its budget, 0 for none
	Key       []byte        // of the hashes in what is shown
	Now       func() time.Time
	Log       *slog.Logger
	// Observe is given every attempt.
	Observe func(*Attempt)
	// Fail makes the error of a failed attempt.
	Fail func(*Attempt) error
}

// Do makes one attempt within the call's budget. A token that was refused before anything was executed is
// dropped, a fresh one fetched and the request sent once more. One that was refused while the operation ran is
// dropped for later calls alone.
func (e *Endpoint) Do(ctx context.Context, call Call) (Answer, error) {
	budget := call.Budget
	if e.Limit > 0 {
		budget = min(budget, e.Limit)
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	a := e.attempt(call, rand.Text(), 0, entra.Secret{})
	switch {
	case call.Repeat == undeclared:
		a.fail(Rejected, "not sent: it is not declared whether it may be repeated")
		return Answer{}, e.end(a)
	case len(call.Variables.bad) > 0:
		a.fail(Rejected, "not sent: no value of the schema")
		return Answer{}, e.end(a)
	}
	for try := 1; ; try++ {
		token, err := e.Tokens.Get(ctx)
		if err != nil {
			a = e.attempt(call, a.RequestID, try, entra.Secret{})
			a.noToken(err)
			return Answer{}, e.end(a)
		}
		a = e.attempt(call, a.RequestID, try, token.Value)
		e.send(ctx, a)
		a.judge()
		if a.Kind != refused {
			switch {
			case a.refusesToken():
				e.Tokens.Invalidate(token)
			case a.Status != 0:
				token.Accepted.Store(true)
			}
			break
		}
		wait := time.Duration(0)
		if try == 1 {
			if wait = e.Tokens.Invalidate(token); wait == 0 {
				_ = e.end(a) // not an error yet
				continue
			}
		}
		a.Kind, a.Reason = Credentials, "token refused twice"
		if token.Accepted.Load() { // the credential is good: this is a hiccup, and renewals are used up
			a.Kind, a.Reason, a.RetryAfter = Throttled, "token refused, renewals of this minute used up", wait
		}
		break
	}
	if err := e.end(a); err != nil {
		return Answer{}, err
	}
	return a.result(), nil
}

func (e *Endpoint) attempt(call Call, requestID string, try int, token entra.Secret) *Attempt {
	return &Attempt{Call: call, RequestID: requestID, Try: try, stated: -1, show: shower{call, e.Key, token}}
}

// end shows the attempt to the observer and the log, and turns it into an error if it failed.
func (e *Endpoint) end(a *Attempt) error {
	a.At = e.Now()
	if e.Observe != nil {
		e.Observe(a)
	}
	if e.Log != nil {
		e.Log.Debug("call", slog.String("operation", a.Call.Field), slog.String("request", a.RequestID), slog.Int("try", a.Try), slog.Int("status", a.Status),
			slog.Duration("took", a.Duration), slog.String("kind", string(a.Kind)), slog.String("reason", a.Reason), slog.String("code", a.Code()))
	}
	if a.Kind == "" {
		return nil
	}
	return e.Fail(a)
}

// NoToken is the failed attempt of a call that had no token to go with.
func NoToken(field string, err error) *Attempt {
	a := &Attempt{Call: Call{Field: field}, stated: -1}
	a.noToken(err)
	return a
}

func (a *Attempt) noToken(err error) {
	a.Kind, a.Reason, a.Err = Transient, "no token: "+wire.EndedBy(err), wire.PlainCause(err)
	if f, ok := errors.AsType[*entra.Failure](err); ok {
		a.Kind, a.Reason, a.RetryAfter, a.Err = f.Kind, "no token: "+f.Reason, f.RetryAfter, f
	}
}
