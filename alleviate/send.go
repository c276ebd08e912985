package alleviate

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

const graphqlMediaType = "application/graphql-response+json"

// send is the only place that sends to the API.
func (c *Client) send(ctx context.Context, call call, requestID string, token Secret) reply {
	began := c.now()
	r := reply{op: call.op, requestID: requestID, retryAfter: -1}
	sent := &sentMark{}
	req, err := c.request(httptrace.WithClientTrace(ctx, sent.trace()), call, requestID, token)
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		r.err = err
		return r
	}
	res, err := c.api.RoundTrip(req)
	r.sent = sent.mayHaveLeft(c.std)
	if err != nil {
		r.err, r.duration = err, c.now().Sub(began)
		return r
	}
	c.receive(&r, res)
	r.duration = c.now().Sub(began)
	return r
}

func (c *Client) request(ctx context.Context, call call, requestID string, token Secret) (*http.Request, error) {
	body, err := json.Marshal(struct {
		Query     string          `json:"query"`
		Variables json.RawMessage `json:"variables"`
	}{call.document, call.vars.encode(false)})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.apiURL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	// No Idempotency-Key: net/http takes one as leave to send a POST again by itself.
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", graphqlMediaType+", application/json;q=0.9")
	askPlain(req.Header)
	req.Header.Set("X-Request-Id", requestID)
	req.Header.Set("User-Agent", "intake-alleviate")
	return req, nil
}

// receive reads the answer. A whole JSON document counts also when the connection broke behind it.
func (c *Client) receive(r *reply, res *http.Response) {
	defer res.Body.Close()
	body, err := readBody(res, maxAnswer)
	r.sent, r.status, r.body, r.err = true, res.StatusCode, body, err
	r.mediaType = mediaType(res.Header)
	r.html = r.mediaType == "text/html" || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
	r.retryAfter = retryAfter(res.Header, c.now())
	if err != errTooLong {
		r.answer = readAnswer(body, r.op)
	}
}

// sentMark learns from the transport whether a byte of a request may have left.
type sentMark struct{ began, wrote atomic.Bool }

func (s *sentMark) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// The transport asks for another connection only when nothing went over the last one.
		GetConn:          func(string) { s.began.Store(true); s.wrote.Store(false) },
		WroteHeaderField: func(string, []string) { s.wrote.Store(true) },
		WroteHeaders:     func() { s.wrote.Store(true) },
	}
}

func (s *sentMark) mayHaveLeft(std bool) bool {
	return s.wrote.Load() || !s.began.Load() && !std
}
