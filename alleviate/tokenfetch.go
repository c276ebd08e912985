package alleviate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// tokenEndpoint asks Entra for tokens. It keeps no state.
type tokenEndpoint struct {
	url, clientID, scope string
	http                 *http.Client
}

// ask sends one request with one secret. The parameter style is fixed, because finding it out
// would send the secret twice.
func (t tokenEndpoint) ask(ctx context.Context, secret Secret) (grant, *TokenError) {
	conf := clientcredentials.Config{
		ClientID:     t.clientID,
		ClientSecret: secret.Reveal(),
		TokenURL:     t.url,
		Scopes:       []string{t.scope},
		AuthStyle:    oauth2.AuthStyleInParams,
	}
	token, err := conf.Token(context.WithValue(ctx, oauth2.HTTPClient, t.http))
	if err != nil {
		return grant{}, tokenFailure(err)
	}
	seconds, _ := token.Extra("expires_in").(float64) // tokenGuard wrote it
	return grant{token.AccessToken, time.Duration(seconds) * time.Second}, nil
}

// tokenFailure keeps nothing of the library's error, which may quote the request or the answer.
func tokenFailure(err error) *TokenError {
	if e, ok := errors.AsType[*TokenError](err); ok {
		return e
	}
	return &TokenError{Kind: unbegun(err), Reason: endedBy(err), cause: plainCause(err)}
}

// tokenGuard stands between the library and the token host. The library takes plain text for a
// token, trusts any life and quotes bodies in its errors; so it is only ever shown a clean answer
// that this package has read and checked, or a *TokenError.
type tokenGuard struct {
	next http.RoundTripper
	now  func() time.Time
}

func (g tokenGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	plain := req.Clone(req.Context()) // a round trip leaves its request as it is
	askPlain(plain.Header)
	res, err := g.next.RoundTrip(plain)
	if err != nil {
		return nil, tokenFailure(err)
	}
	defer res.Body.Close()
	body, err := readBody(res, maxToken)
	if err != nil && req.Context().Err() != nil {
		return nil, tokenFailure(err)
	}
	granted, failure := tokenAnswer{
		status: res.StatusCode, mediaType: mediaType(res.Header),
		retryAfter: retryAfter(res.Header, g.now()), body: body, whole: err == nil,
	}.read()
	if failure != nil {
		return nil, failure
	}
	return granted.response(req), nil
}

// response is the grant as the library likes to read it.
func (g grant) response(req *http.Request) *http.Response {
	body, _ := json.Marshal(map[string]any{ // strings and numbers cannot fail
		"access_token": g.value, "token_type": "Bearer", "expires_in": int64(g.life / time.Second),
	})
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Content-Type":   {"application/json"},
			"Content-Length": {strconv.Itoa(len(body))},
		},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}
}

// ask tries the secrets in order; only invalid_client makes it turn to the other one.
func (s *tokens) ask(ctx context.Context, order []namedSecret) (*token, *TokenError) {
	var refused string
	for i, n := range order {
		asked := s.count()
		g, err := s.endpoint.ask(ctx, n.secret)
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
	return nil, &TokenError{Kind: Credentials, Reason: "no secret"}
}

// count notes a request and returns the moment before it is sent.
func (s *tokens) count() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if day := now.UTC().Format(time.DateOnly); day != s.day {
		s.day, s.fetches = day, 0
	}
	s.fetches++
	return now
}

// prefer moves the secret that worked to the front.
func (s *tokens) prefer(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.secrets) == 2 && s.secrets[1].name == name {
		s.secrets[0], s.secrets[1] = s.secrets[1], s.secrets[0]
	}
}
