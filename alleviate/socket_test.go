package alleviate_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intake/alleviate"
)

// overSockets is a client with its own transport, and servers on loopback.
func overSockets(t *testing.T, token, api script, budgets alleviate.Budgets) *alleviate.Client {
	t.Helper()
	w := &world{token: token, api: api}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	cfg := config(alleviate.Loopback(server.URL+"/token", server.URL+"/graphql"))
	cfg.Budgets = budgets
	cfg.Observe = func(x alleviate.Exchange) { noCanary(t, x) }
	client, err := alleviate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestOverSockets_EachClassOnce(t *testing.T) {
	tests := []struct {
		name       string
		token, api script
		want       alleviate.Kind
	}{
		{"done", goodToken, goodAnswer, done},
		{"a 401 is repaired", goodToken, inTurn(say(401, jsonType, `{}`), goodAnswer), done},
		{"transient: the token host is down", say(503, "", ``), goodAnswer, transient},
		{"transient: 503 with a time", goodToken, say(503, "", ``, "Retry-After", "5"), transient},
		{"throttled", goodToken, say(429, "", ``), throttled},
		{"credentials: the secret", oauthError(401, "invalid_client"), goodAnswer, credentials},
		{"credentials: the permission", goodToken, say(403, jsonType, `{}`), credentials},
		{"rejected", goodToken, say(200, jsonType, `{"errors":[`+errorOf("BAD_USER_INPUT")+`]}`), rejected},
		{"ambiguous: cut", goodToken, cut, ambiguous},
		{"ambiguous: truncated", goodToken, halfway(`{"data":`, cut), ambiguous},
		{"ambiguous: silent", goodToken, silent, ambiguous},
		{"ambiguous: endless", goodToken, endless, ambiguous},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := overSockets(t, tt.token, tt.api, alleviate.Budgets{Create: 2 * time.Second})
			_, err := client.CreateLead(t.Context(), applicant())
			if got := kindOf(t, err); got != tt.want {
				t.Errorf("kind is %q, want %q: %v", got, tt.want, err)
			}
		})
	}
}

func TestOverSockets_NothingIsSentWhereNobodyListens(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	tokens := httptest.NewServer(&world{token: goodToken})
	defer tokens.Close()
	client, err := alleviate.New(config(alleviate.Loopback(tokens.URL+"/token", closed.URL+"/graphql")))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateLead(t.Context(), applicant())
	if got := kindOf(t, err); got != transient {
		t.Errorf("kind is %q, want transient: %v", got, err)
	}
}

// The secret and the applicant stay where they were meant to go.
func TestOverSockets_NoRedirectIsFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var reached atomic.Int32
		thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
		redirect := say(status, "", ``, "Location", thief.URL)
		for name, client := range map[string]*alleviate.Client{
			"token host": overSockets(t, redirect, goodAnswer, alleviate.Budgets{}),
			"API":        overSockets(t, goodToken, redirect, alleviate.Budgets{}),
		} {
			_, err := client.CreateLead(t.Context(), applicant())
			if got := kindOf(t, err); got != credentials || reached.Load() != 0 {
				t.Errorf("%d from the %s: kind %q, another host reached %d times", status, name, got, reached.Load())
			}
		}
		thief.Close()
	}
}

func TestOverSockets_AForeignCertificateStopsEverything(t *testing.T) {
	w := &world{token: goodToken, api: goodAnswer}
	server := httptest.NewUnstartedServer(w)
	server.Config.ErrorLog = quiet
	server.StartTLS()
	defer server.Close()
	client, err := alleviate.New(config(alleviate.Loopback(server.URL+"/token", server.URL+"/graphql")))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateLead(t.Context(), applicant())
	if got := kindOf(t, err); got != transient || !strings.Contains(err.Error(), "certificate refused") {
		t.Errorf("got %v, want transient and the certificate named", err)
	}
	if w.tokenCalls()+w.apiCalls() != 0 {
		t.Error("a request went through")
	}
}

func TestOverSockets_ACancelledCallReturnsAtOnce(t *testing.T) {
	client := overSockets(t, goodToken, silent, alleviate.Budgets{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := client.LeadStatus(ctx, theirID)
	if got := kindOf(t, err); got != transient || time.Since(began) > 5*time.Second {
		t.Errorf("kind %q after %s", got, time.Since(began))
	}
}
