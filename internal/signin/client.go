package signin

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of a call to the provider.
const (
	callLimit      = 10 * time.Second
	dialLimit      = 3 * time.Second
	maxAnswer      = 1 << 20 // bytes; a hundred times a usual answer
	maxHeaderBytes = 64 << 10
	keysEvery      = time.Minute // a token with an unknown key makes us fetch the keys no more often
)

// newClient is the client for all calls to the provider. The libraries above it read whole bodies, follow redirects and
// have no time limit, so it bounds all three.
func newClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  nil,
			DialContext:            (&net.Dialer{Timeout: dialLimit}).DialContext,
			TLSHandshakeTimeout:    dialLimit,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			ResponseHeaderTimeout:  callLimit,
			MaxResponseHeaderBytes: maxHeaderBytes,
			IdleConnTimeout:        callLimit,
			MaxIdleConnsPerHost:    4,
		}
	}
	return &http.Client{
		Transport:     capped{transport},
		Timeout:       callLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// capped cuts off a body that is too long.
type capped struct{ next http.RoundTripper }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &limitedBody{ReadCloser: answer.Body, left: maxAnswer}
	return answer, nil
}

type limitedBody struct {
	io.ReadCloser
	left int
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the answer is too long")
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// sparing is a transport for the keys alone. After keys were fetched it waits keysEvery before it fetches them again.
type sparing struct {
	next http.RoundTripper
	now  func() time.Time

	mu      sync.Mutex
	fetched time.Time
}

func (s *sparing) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.fetched.IsZero() && s.now().Sub(s.fetched) < keysEvery {
		return nil, errors.New("the keys were fetched a moment ago")
	}
	answer, err := s.next.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusOK {
		s.fetched = s.now()
	}
	return answer, err
}
