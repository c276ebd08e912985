package alleviate_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
)

func TestCall_IsTransientWhenNoByteHasLeft(t *testing.T) {
	fail := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	const never = time.Hour
	tests := []struct {
		name   string
		cancel time.Duration // after which the caller leaves
		dial   func(context.Context) error
		reason string
		cause  error
		took   time.Duration
	}{
		{"connection refused", never, fail(errors.New("refused by " + emailCanary)), "not sent: connection failed", nil, 0},
		{"name not found", never, fail(&net.DNSError{Err: "no such host"}), "not sent: connection failed", nil, 0},
		{"certificate of somebody else", never, fail(x509.HostnameError{Certificate: &x509.Certificate{}}), "not sent: certificate refused", nil, 0},
		{"no connection within the budget", never, hang, "not sent: out of time", context.DeadlineExceeded, 120 * time.Second},
		{"cancelled while connecting", time.Second, hang, "not sent: cancelled", context.Canceled, time.Second},
		{"cancelled before", 0, hang, "not sent: cancelled", context.Canceled, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(w *world) {}, func(t *testing.T, w *world) {
				if err := w.client.Ready(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.dial = func(ctx context.Context, _ string) error { return tt.dial(ctx) }
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(tt.cancel, cancel)
				synctest.Wait()
				began := time.Now()
				_, err := w.client.CreateLead(ctx, applicant())
				if got := kindOf(t, err); got != transient {
					t.Fatalf("kind is %q, want transient: %v", got, err)
				}
				e, _ := errors.AsType[*alleviate.Error](err)
				if e.Reason != tt.reason || e.Sent {
					t.Errorf("Reason %q Sent %v, want %q false", e.Reason, e.Sent, tt.reason)
				}
				if tt.cause != nil && !errors.Is(err, tt.cause) {
					t.Errorf("errors.Is(err, %v) is false", tt.cause)
				}
				if got := time.Since(began); got != tt.took {
					t.Errorf("took %s, want %s", got, tt.took)
				}
				if w.apiCalls() != 0 {
					t.Error("a request arrived")
				}
			})
		})
	}
}

func TestCall_IsDoubtWhenCancelledAfterTheFirstByte(t *testing.T) {
	inBubble(t, func(w *world) { w.api = silent }, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		_, err := w.client.CreateLead(ctx, applicant())
		if got := kindOf(t, err); got != ambiguous || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want ambiguous and cancelled", err)
		}
	})
}

// brittle is a connection that breaks for writing, before a byte has left, once it is told to.
type brittle struct {
	net.Conn
	broken *atomic.Bool
}

func (b brittle) Write(p []byte) (int, error) {
	if b.broken.Load() {
		return 0, errors.New("broken pipe")
	}
	return b.Conn.Write(p)
}

// net/http asks for a second connection by itself when a kept one takes no byte. When that one
// cannot be made either, nothing was sent.
func TestCall_IsTransientWhenAKeptConnectionTookNoByte(t *testing.T) {
	var broken atomic.Bool
	inBubble(t, func(w *world) {
		w.wrap = func(c net.Conn) net.Conn { return brittle{c, &broken} }
	}, func(t *testing.T, w *world) {
		if err := create(t, w); err != nil {
			t.Fatal(err)
		}
		broken.Store(true)
		w.dial = func(context.Context, string) error { return errors.New("refused") }
		_, err := w.client.CreateLead(t.Context(), applicant())
		e, _ := errors.AsType[*alleviate.Error](err)
		if got := kindOf(t, err); got != transient || e.Sent {
			t.Errorf("got %v, want transient and nothing sent", err)
		}
	})
}

func TestCall_IsDoubtOverATransportThatCannotProveAnything(t *testing.T) {
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "token") {
			rec := httptest.NewRecorder()
			goodToken(1, rec, r)
			return rec.Result(), nil
		}
		return nil, errors.New("who knows")
	})
	client, err := alleviate.New(alleviate.Config{
		Environment: alleviate.Loopback(tokenURL, apiURL), ClientID: "client",
		ClientSecret: alleviate.NewSecret(secretCanary), Transport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateLead(t.Context(), applicant())
	if got := kindOf(t, err); got != ambiguous {
		t.Errorf("kind is %q, want ambiguous", got)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
