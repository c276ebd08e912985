package alleviate_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"intake/alleviate"
	"intake/alleviate/debtcore"
)

// scopesOf counts the token requests for each scope.
func scopesOf(counts map[string]int) script {
	return func(n int, w http.ResponseWriter, r *http.Request) {
		counts[r.PostForm.Get("scope")]++
		goodToken(n, w, r)
	}
}

func TestTokens_OneForBothClientsWithTheSameScopeAndTwoWithAnother(t *testing.T) {
	for _, tt := range []struct {
		story, scope string
		want         map[string]int
	}{
		{"the same scope", alleviate.Sandbox().Scope, map[string]int{alleviate.Sandbox().Scope: 1}},
		{"another scope", "api://another/.default", map[string]int{alleviate.Sandbox().Scope: 1, "api://another/.default": 1}},
	} {
		t.Run(tt.story, func(t *testing.T) {
			got := map[string]int{}
			inBubble(t, func(w *world) { w.token = scopesOf(got) }, func(t *testing.T, w *world) {
				cfg := alleviate.Config{Environment: alleviate.Loopback(tokenURL, apiURL), Tokens: w.client.Tokens(), Transport: w.transport}
				cfg.Environment.Scope = tt.scope
				credit, err := debtcore.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					if err := errors.Join(w.client.Ready(t.Context()), credit.Ready(t.Context())); err != nil {
						t.Fatal(err)
					}
				}
				if err := credit.Close(); err != nil { // the tokens are not its own
					t.Fatal(err)
				}
				if err := w.client.Renew(t.Context()); err != nil {
					t.Errorf("after the other client was closed: %v", err)
				}
				tt.want[alleviate.Sandbox().Scope]++
				if len(got) != len(tt.want) || got[tt.scope] != tt.want[tt.scope] {
					t.Errorf("token requests %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestTokens_SilenceForOneScopeIsSilenceForAll(t *testing.T) {
	inBubble(t, func(w *world) { w.token = say(429, "", ``, "Retry-After", "60") }, func(t *testing.T, w *world) {
		cfg := alleviate.Config{Environment: alleviate.Loopback(tokenURL, apiURL), Tokens: w.client.Tokens(), Transport: w.transport}
		cfg.Environment.Scope = "api://another/.default"
		other, err := alleviate.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, client := range []*alleviate.Client{w.client, other} {
			if got := kindOf(t, client.Ready(t.Context())); got != throttled {
				t.Errorf("kind is %q, want throttled", got)
			}
		}
		if got := w.tokenCalls(); got != 1 {
			t.Errorf("%d token requests inside Retry-After, want 1", got)
		}
	})
}

type source func() (*oauth2.Token, error)

func (s source) Token() (*oauth2.Token, error) { return s() }

func TestTokenSource_IsAskedInPlaceOfTheTokenEndpoint(t *testing.T) {
	given := func(lives time.Duration) *oauth2.Token {
		return &oauth2.Token{AccessToken: tokenCanary + ".given", Expiry: time.Now().Add(lives)}
	}
	refusal := func(word string) error {
		return &oauth2.RetrieveError{
			Response: &http.Response{StatusCode: 401, Header: http.Header{"Content-Type": {jsonType}}},
			Body:     []byte(`{"error":"` + word + `","error_description":"` + secretCanary + `","error_codes":[7000215]}`),
		}
	}
	for _, tt := range []struct {
		story  string
		source func() (*oauth2.Token, error)
		want   alleviate.Kind
		reason string
	}{
		{"a token", func() (*oauth2.Token, error) { return given(time.Hour), nil }, done, ""},
		{"a token without an end", func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: tokenCanary}, nil }, done, ""},
		{"none", func() (*oauth2.Token, error) { return nil, nil }, transient, "no token: the token host answers nonsense"},
		{"one that no header takes", func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: "a\r\nb"}, nil }, transient, "no token: the token host answers nonsense"},
		{"a refusal", func() (*oauth2.Token, error) { return nil, refusal("invalid_client") }, credentials, "no token: invalid_client"},
		{"an error with a secret in it", func() (*oauth2.Token, error) { return nil, errors.New(secretCanary) }, transient, "no token: connection failed"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			inBubble(t, func(w *world) { w.config.TokenSource = source(tt.source) }, func(t *testing.T, w *world) {
				err := create(t, w)
				e, _ := errors.AsType[*alleviate.Error](err)
				if got := kindOf(t, err); got != tt.want || e != nil && e.Reason != tt.reason {
					t.Errorf("got %v, want %q: %s", err, tt.want, tt.reason)
				}
				if w.tokenCalls() != 0 {
					t.Error("the token endpoint was asked")
				}
			})
		})
	}
}

func TestTokenSource_ThatHandsOutARefusedTokenAgainStopsDelivery(t *testing.T) {
	inBubble(t, func(w *world) {
		w.api = say(401, jsonType, `{}`)
		w.config.TokenSource = oauth2.StaticTokenSource(&oauth2.Token{AccessToken: tokenCanary})
	}, func(t *testing.T, w *world) {
		if got := kindOf(t, create(t, w)); got != credentials || w.apiCalls() != 2 {
			t.Errorf("kind is %q after %d calls, want credentials after 2", got, w.apiCalls())
		}
	})
}

func TestTokenSource_ThatHangsIsAskedOnce(t *testing.T) {
	var asked atomic.Int32
	synctest.Test(t, func(t *testing.T) {
		cfg := config(alleviate.Loopback(tokenURL, apiURL))
		hang := make(chan struct{})
		cfg.TokenSource = source(func() (*oauth2.Token, error) { asked.Add(1); <-hang; return nil, errors.New("late") })
		client, err := alleviate.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if got := kindOf(t, client.Ready(t.Context())); got != transient {
				t.Errorf("kind is %q, want transient", got)
			}
			pass(time.Minute)
		}
		close(hang)
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	if got := asked.Load(); got != 1 {
		t.Errorf("asked %d times while the first call hung, want once", got)
	}
}

func TestConfig_TransportOptionsAreUsed(t *testing.T) {
	w := &world{token: goodToken, api: goodAnswer}
	agents := map[string]bool{}
	w.api = func(n int, rw http.ResponseWriter, r *http.Request) {
		agents[r.UserAgent()] = true
		goodAnswer(n, rw, r)
	}
	server := httptest.NewServer(w)
	defer server.Close()
	var through atomic.Int32
	counting := roundTrip(func(r *http.Request) (*http.Response, error) {
		through.Add(1)
		return http.DefaultTransport.RoundTrip(r)
	})
	for _, tt := range []struct {
		story   string
		change  func(*alleviate.Config)
		want    alleviate.Kind
		through int32
	}{
		{"nothing given", func(*alleviate.Config) {}, done, 0},
		{"an HTTP client", func(c *alleviate.Config) { c.HTTPClient = &http.Client{Transport: counting} }, done, 2},
		{"an HTTP client without a transport", func(c *alleviate.Config) { c.HTTPClient = &http.Client{} }, done, 0},
		{"an HTTP client with a time limit", func(c *alleviate.Config) { c.HTTPClient = &http.Client{Timeout: time.Nanosecond} }, transient, 0},
		{"a transport", func(c *alleviate.Config) { c.Transport = counting }, done, 2},
		{"a user agent", func(c *alleviate.Config) { c.UserAgent = "ours/1" }, done, 0},
		{"a proxy, which is not for loopback", func(c *alleviate.Config) { c.ProxyFromEnvironment = true }, done, 0},
	} {
		t.Run(tt.story, func(t *testing.T) {
			through.Store(0)
			cfg := config(alleviate.Loopback(server.URL+"/token", server.URL+"/graphql"))
			tt.change(&cfg)
			client, err := alleviate.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.CreateLead(t.Context(), applicant())
			if got := kindOf(t, err); got != tt.want || through.Load() != tt.through {
				t.Errorf("kind is %q with %d requests through what was given, want %q and %d: %v", got, through.Load(), tt.want, tt.through, err)
			}
		})
	}
	if !agents["ours/1"] || !agents["alleviate-go"] {
		t.Errorf("user agents %v", agents)
	}
	cfg := config(alleviate.Sandbox())
	cfg.HTTPClient, cfg.Transport = &http.Client{}, counting
	if _, err := alleviate.New(cfg); err == nil {
		t.Error("an HTTP client and a transport are taken")
	}
}

// A transport that repeats by itself asks for a second connection although the first request has left.
func TestCall_IsDoubtOverATransportThatRepeatsByItself(t *testing.T) {
	inBubble(t, func(w *world) {
		w.api = func(n int, rw http.ResponseWriter, r *http.Request) {
			w.dial = func(context.Context, string) error { return errors.New("refused") }
			cut(n, rw, r)
		}
	}, func(t *testing.T, w *world) {
		inner := w.transport
		cfg := config(alleviate.Loopback(tokenURL, apiURL))
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if res, err := inner.RoundTrip(r); err == nil {
				return res, nil
			}
			again := r.Clone(r.Context())
			again.Body, _ = r.GetBody()
			return inner.RoundTrip(again)
		})
		client, err := alleviate.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.CreateLead(t.Context(), applicant())
		if got := kindOf(t, err); got != ambiguous {
			t.Errorf("kind is %q, want ambiguous: %v", got, err)
		}
		inner.CloseIdleConnections()
	})
}

func TestClose_EndsTheFetchUnderWay(t *testing.T) {
	inBubble(t, func(w *world) { w.token = silent }, func(t *testing.T, w *world) {
		failed := make(chan error, 1)
		began := time.Now()
		go func() { failed <- w.client.Ready(context.Background()) }()
		synctest.Wait()
		if err := w.client.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-failed; !errors.Is(err, context.Canceled) || time.Since(began) != 0 {
			t.Errorf("got %v after %s, want cancelled at once", err, time.Since(began))
		}
		if err := w.client.Ready(t.Context()); !errors.Is(err, context.Canceled) && kindOf(t, err) != transient {
			t.Errorf("a closed client says %v", err)
		}
	})
}

func TestLog_TellsCallsAndTokenFailuresWithoutThePerson(t *testing.T) {
	var logged bytes.Buffer
	inBubble(t, func(w *world) {
		w.token = inTurn(oauthError(401, "invalid_client"), goodToken)
		w.config.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}, func(t *testing.T, w *world) {
		_ = create(t, w)
		pass(10 * time.Second)
		if err := create(t, w); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
	})
	for _, want := range []string{"level=WARN msg=\"token request failed\" kind=credentials reason=invalid_client", "aadsts=[7000215]", "level=DEBUG msg=call operation=createLead"} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, logged.String())
		}
	}
	noCanary(t, logged.String())
}
