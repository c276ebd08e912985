package graphql

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"intake/alleviate/internal/wire"
)

const maxAnswer = 1 << 20 // bytes; a thousand times a documented answer

// send is the only place that sends to an API.
func (e *Endpoint) send(ctx context.Context, a *Attempt) {
	began := e.Now()
	sent := &sentMark{proves: e.Proves}
	req, err := e.request(httptrace.WithClientTrace(ctx, sent.trace()), a)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		a.lost = err
		return
	}
	res, err := e.API.RoundTrip(req)
	if a.lost, a.Sent = err, sent.mayHaveLeft(); err == nil {
		e.receive(a, res)
	}
	a.Duration = e.Now().Sub(began)
}

// body is the JSON of the request.
func (c Call) body() []byte {
	body, _ := json.Marshal(struct {
		Query     string          `json:"query"`
		Variables json.RawMessage `json:"variables"`
	}{c.Document, c.Variables.sent}) // strings and what an encoder made cannot fail
	return body
}

func (e *Endpoint) request(ctx context.Context, a *Attempt) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(a.Call.body()))
	if err != nil {
		return nil, err
	}
	// No Idempotency-Key: net/http takes one as leave to send a POST again by itself.
	req.Header.Set("Authorization", "Bearer "+a.show.token.Reveal())
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", mediaType+", application/json;q=0.9")
	wire.AskPlain(req.Header)
	req.Header.Set("X-Request-Id", a.RequestID)
	req.Header.Set("User-Agent", e.UserAgent)
	return req, nil
}

// receive reads the answer. A whole JSON document counts also when the connection broke behind it.
func (e *Endpoint) receive(a *Attempt, res *http.Response) {
	defer res.Body.Close()
	body, err := wire.ReadBody(res, maxAnswer)
	a.Sent, a.Status, a.body, a.Received, a.lost = true, res.StatusCode, body, len(body), err
	a.mediaType = wire.MediaType(res.Header)
	a.html = a.mediaType == "text/html" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
	a.stated = wire.RetryAfter(res.Header, e.Now())
	if err != wire.ErrTooLong {
		a.answer = readAnswer(body, a.Call)
	}
}

// sentMark learns from the transport whether a byte of a request may have left.
type sentMark struct {
	proves       bool
	began, wrote atomic.Bool
}

func (s *sentMark) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			s.began.Store(true)
			if s.proves { // net/http asks for another connection only when nothing went over the last one
				s.wrote.Store(false)
			}
		},
		WroteHeaderField: func(string, []string) { s.wrote.Store(true) },
		WroteHeaders:     func() { s.wrote.Store(true) },
	}
}

func (s *sentMark) mayHaveLeft() bool { return s.wrote.Load() || !s.began.Load() && !s.proves }
