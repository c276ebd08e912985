//go:build foreign

package foreign

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/alleviate"
)

func TestCreateLead_ARefusedCredentialNamesItsRemedy(t *testing.T) {
	for _, tt := range []struct {
		name         string
		change       func(*alleviate.Config)
		code, remedy string
		status       int
	}{
		{"wrong secret", func(c *alleviate.Config) { c.ClientSecret = alleviate.NewSecret("wrong") },
			"invalid_client", "check the credentials", http.StatusUnauthorized},
		{"unknown client", func(c *alleviate.Config) { c.ClientID = "nobody" },
			"invalid_client", "check the credentials", http.StatusUnauthorized},
		{"another scope", func(c *alleviate.Config) { c.Environment.Scope = "api://another/.default" },
			"invalid_scope", "use the API's own scope", http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onEach(t, func(t *testing.T, cfg alleviate.Config) {
				tt.change(&cfg)
				_, err := newClient(t, cfg).CreateLead(t.Context(), applicant())
				if e, ok := errors.AsType[*alleviate.Error](err); !ok || e.Kind != alleviate.Credentials || e.Sent {
					t.Errorf("got %#v, want one of kind credentials that was not sent", err)
				}
				refusal, ok := errors.AsType[*alleviate.TokenError](err)
				if !ok {
					t.Fatalf("got %v, want a *TokenError inside", err)
				}
				if refusal.Code != tt.code || refusal.Remedy != tt.remedy || refusal.HTTPStatus != tt.status {
					t.Errorf("got %q, %q, HTTP %d; want %q, %q, HTTP %d",
						refusal.Code, refusal.Remedy, refusal.HTTPStatus, tt.code, tt.remedy, tt.status)
				}
			})
		})
	}
}

func TestNextSecret_ServesWhenTheCurrentOneIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, cfg alleviate.Config) {
		cfg.ClientSecret, cfg.NextSecret = alleviate.NewSecret("wrong"), cfg.ClientSecret
		client := newClient(t, cfg)
		if err := client.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := client.TokenState().Secret; got != "next" {
			t.Errorf("the %s secret worked, want next", got)
		}
	})
}

// wire counts the requests for tokens and keeps the last bearer token, for revoking it: the client
// itself shows its token to nobody.
type wire struct {
	tokens atomic.Int32
	bearer atomic.Value
	next   http.Transport
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.String() == servers.Token {
		w.tokens.Add(1)
	} else {
		w.bearer.Store(strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "))
	}
	return w.next.RoundTrip(req)
}

// revoke tells the token server to stand by the token no longer (RFC 7009).
func (w *wire) revoke(t *testing.T) {
	t.Helper()
	res, err := http.PostForm(servers.Revocation, url.Values{
		"token": {w.bearer.Load().(string)}, "client_id": {servers.ClientID}, "client_secret": {servers.Secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("revocation: HTTP %d", res.StatusCode)
	}
}

func TestCreateLead_ARevokedTokenIsRenewedOnceAndTheCallRepeatedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, cfg alleviate.Config) {
		var w wire
		var tries []int
		cfg.Transport = &w
		cfg.Observe = func(e alleviate.Exchange) { tries = append(tries, e.Try) }
		client := newClient(t, cfg)
		if err := client.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.revoke(t)
		if _, err := client.CreateLead(t.Context(), applicant()); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]int{1, 1, 2}, tries); diff != "" {
			t.Errorf("tries (-want +got):\n%s", diff)
		}
		if got := w.tokens.Load(); got != 2 {
			t.Errorf("%d tokens fetched, want 2", got)
		}
	})
}

func TestConcurrentCalls_ShareATokenAndItsRenewal(t *testing.T) {
	onEach(t, func(t *testing.T, cfg alleviate.Config) {
		var w wire
		cfg.Transport = &w
		client := newClient(t, cfg)
		for want := int32(1); want <= 2; want++ {
			var calls sync.WaitGroup
			for range 16 {
				calls.Go(func() {
					if _, err := client.CreateLead(t.Context(), applicant()); err != nil {
						t.Error(err)
					}
				})
			}
			calls.Wait()
			if got := w.tokens.Load(); got != want {
				t.Errorf("%d tokens fetched, want %d", got, want)
			}
			w.revoke(t)
		}
	})
}
