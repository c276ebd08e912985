package alleviate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
)

// Values that must never be seen outside the request that carries them.
const (
	secretCanary     = "canary-secret-7Q~x"
	nextSecretCanary = "canary-next-secret-9Z~y"
	tokenCanary      = "canary.token"
	ssnCanary        = "987654321"
	emailCanary      = "canary.person@example.org"
	nameCanary       = "Canaryfirst"
	birthCanary      = "1961-02-03"
)

// quiet swallows what a server logs about callers that leave.
var quiet = log.New(io.Discard, "", 0)

var canaries = []string{secretCanary, nextSecretCanary, tokenCanary, ssnCanary, "987-65-4321",
	emailCanary, nameCanary, birthCanary, "1961 2 3", "Year:1961"}

const (
	tokenURL = "http://127.0.0.1:1/tenant/token"
	apiURL   = "http://127.0.0.1:2/graphql"
	ourID    = alleviate.PartnerLeadID("partner-1")
	theirID  = alleviate.LeadID("d5faed99-51c3-4181-959e-5557d1eef042")
)

func applicant() alleviate.LeadInput {
	return alleviate.LeadInput{
		FirstName:            alleviate.Of(nameCanary),
		LastName:             alleviate.Of("Example"),
		Email:                alleviate.Of(emailCanary),
		HomePhone:            alleviate.Of("4028319225"),
		Address1:             alleviate.Of("1 Main Street"),
		City:                 alleviate.Of("Dallas"),
		State:                alleviate.Of("TX"),
		ZipCode:              alleviate.Of("75201"),
		DateOfBirth:          alleviate.Of(alleviate.Date{Year: 1961, Month: time.February, Day: 3}),
		SocialSecurityNumber: alleviate.Of(ssnCanary),
		PartnerLeadID:        ourID,
	}
}

// script answers the nth request of one endpoint, counted from 1.
type script func(n int, w http.ResponseWriter, r *http.Request)

// world is Entra and Alleviate behind in-memory connections, and a client of both.
type world struct {
	token, api script
	dial       func(ctx context.Context, address string) error // nil: every connection is made
	wrap       func(net.Conn) net.Conn                         // nil: connections as they are
	config     alleviate.Config

	client    *alleviate.Client
	transport *http.Transport

	mu        sync.Mutex
	tokenAt   []time.Time
	apiAt     []time.Time
	secrets   []string // as the token endpoint received them
	bearers   []string
	bodies    []string // as the API received them
	exchanges []alleviate.Exchange
}

// pass moves the fake time of a bubble on: outside of one it would wait, so it is for inBubble alone.
func pass(d time.Duration) { time.Sleep(d) }

// inBubble runs f with a started world on fake time; edit changes the world before it starts.
func inBubble(t *testing.T, edit func(*world), f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, edit)
		f(t, w)
		w.noCanaries(t)
	})
}

func newWorld(t *testing.T, edit func(*world)) *world {
	w := &world{token: goodToken, api: goodAnswer}
	edit(w)
	conns := make(pipeListener)
	server := &http.Server{Handler: w, ErrorLog: quiet}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(conns) }()
	w.transport = &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		if w.dial != nil {
			if err := w.dial(ctx, address); err != nil {
				return nil, err
			}
		}
		ours, theirs := net.Pipe()
		conns <- theirs
		if w.wrap != nil {
			return w.wrap(ours), nil
		}
		return ours, nil
	}}
	w.start(t)
	t.Cleanup(func() {
		_ = w.client.Close() // it has nothing to report
		_ = server.Close()
		<-served
	})
	return w
}

func (w *world) start(t *testing.T) {
	cfg := w.config
	cfg.Environment = alleviate.Loopback(tokenURL, apiURL)
	cfg.ClientID = "client"
	cfg.ClientSecret = alleviate.NewSecret(secretCanary)
	cfg.Transport = w.transport
	cfg.Observe = func(x alleviate.Exchange) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.exchanges = append(w.exchanges, x)
	}
	client, err := alleviate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if r.URL.Path == "/graphql" {
		w.mu.Lock()
		w.apiAt = append(w.apiAt, time.Now())
		w.bodies = append(w.bodies, string(body))
		w.bearers = append(w.bearers, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		n := len(w.apiAt)
		w.mu.Unlock()
		w.api(n, rw, r)
		return
	}
	_ = r.ParseForm()
	w.mu.Lock()
	w.tokenAt = append(w.tokenAt, time.Now())
	w.secrets = append(w.secrets, r.PostForm.Get("client_secret"))
	n := len(w.tokenAt)
	w.mu.Unlock()
	w.token(n, rw, r)
}

func (w *world) tokenCalls() int { w.mu.Lock(); defer w.mu.Unlock(); return len(w.tokenAt) }
func (w *world) apiCalls() int   { w.mu.Lock(); defer w.mu.Unlock(); return len(w.apiAt) }

// noCanaries looks through every exchange and the token state.
func (w *world) noCanaries(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, x := range w.exchanges {
		noCanary(t, x)
	}
	noCanary(t, w.client.TokenState())
	noCanary(t, w.client)
}

// noCanary prints v in every way we know and looks for what must not be there.
func noCanary(t *testing.T, v any) {
	t.Helper()
	for how, shown := range printed(v) {
		for _, c := range canaries {
			if strings.Contains(strings.ToLower(shown), strings.ToLower(c)) {
				t.Errorf("%s of a %T shows %q: %s", how, v, c, shown)
			}
		}
	}
}

func printed(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	encoded, _ := json.Marshal(v)
	out["JSON"] = string(encoded)
	var text, lines bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&lines, nil)).Info("x", "v", v)
	out["slog text"], out["slog JSON"] = text.String(), lines.String()
	if err, ok := v.(error); ok {
		for e := errors.Unwrap(err); e != nil; e = errors.Unwrap(e) {
			out["cause "+fmt.Sprintf("%T", e)] = fmt.Sprintf("%v %+v %#v", e, e, e)
		}
	}
	return out
}

// pipeListener is a net.Listener over net.Pipe, which a bubble can wait for.
type pipeListener chan net.Conn

func (l pipeListener) Accept() (net.Conn, error) {
	c, ok := <-l
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l pipeListener) Close() error   { close(l); return nil }
func (l pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// kindOf is the kind of err, "" for nil.
func kindOf(t *testing.T, err error) alleviate.Kind {
	t.Helper()
	if err == nil {
		return ""
	}
	noCanary(t, err)
	e, ok := errors.AsType[*alleviate.Error](err)
	if !ok {
		t.Fatalf("the error is a %T, want *alleviate.Error", err)
	}
	return e.Kind
}
