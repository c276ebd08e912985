package alleviate_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intake/alleviate"
	"intake/alleviate/dnstest"
)

// TestNew_AHostThatLeadsInsideGetsNothing is about a client as the program has it: the token host or the
// API has a name on the list that DNS leads to this machine.
func TestNew_AHostThatLeadsInsideGetsNothing(t *testing.T) {
	var visits atomic.Int32
	door := httptest.NewUnstartedServer(http.NotFoundHandler())
	door.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			visits.Add(1)
		}
	}
	door.Start()
	defer door.Close()
	const name = "leads.example.org"
	dnstest.Zone{name: {"127.0.0.1"}}.Use(t)
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"token_type":"Bearer","expires_in":3599,"access_token":"a.b.c"}`))
	}))
	defer tokens.Close()
	within := "https://" + strings.Replace(door.Listener.Addr().String(), "127.0.0.1", name, 1)
	for story, environment := range map[string]alleviate.Environment{
		"the API":        alleviate.Loopback(tokens.URL, within+"/graphql"),
		"the token host": alleviate.Loopback(within+"/token", "https://10.0.0.1/graphql"),
	} {
		t.Run(story, func(t *testing.T) {
			client, err := alleviate.New(alleviate.Config{Environment: environment, ClientID: "client", ClientSecret: alleviate.NewSecret("canary-secret")})
			if err != nil {
				t.Fatal(err)
			}
			for name, call := range map[string]func(context.Context) error{
				"createLead": func(ctx context.Context) error { _, err := client.CreateLead(ctx, alleviate.LeadInput{}); return err },
				"submitLead": func(ctx context.Context) error {
					_, err := client.SubmitLead(ctx, alleviate.SubmitLeadInput{LeadID: "x"})
					return err
				},
				"getLeadStatus": func(ctx context.Context) error { _, err := client.LeadStatus(ctx, "x"); return err },
				"probe":         client.Probe,
			} {
				e, ok := errors.AsType[*alleviate.Error](call(t.Context()))
				if !ok || e.Kind != alleviate.Credentials || e.Sent || !errors.Is(e, alleviate.ErrWrongAddress) {
					t.Errorf("%s: %v, sent: %t; want credentials, nothing sent and the address as the cause", name, e, ok && e.Sent)
				}
				if ok && (!strings.Contains(e.Error(), "an address that is not public") || strings.Contains(e.Error(), "127.0.0.1") || strings.Contains(e.Error(), "canary")) {
					t.Errorf("%s: does not say what is wrong, or too much: %s", name, e)
				}
			}
			if state := client.TokenState(); story == "the token host" && (state.FetchesToday != 1 || state.NextRenewal.Before(time.Now().Add(2500*time.Millisecond))) {
				t.Errorf("%d fetches for four calls, the next at %s", state.FetchesToday, state.NextRenewal)
			}
		})
	}
	res, err := http.Get(door.URL) // those who came before have been counted when this is answered
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if n := visits.Load() - 1; n != 0 {
		t.Errorf("this machine was reached %d times", n)
	}
}

func TestConfig_PrivateAddressesAreFollowedWhenAsked(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = quiet
	server.StartTLS()
	defer server.Close()
	const name = "leads.example.org"
	dnstest.Zone{name: {"127.0.0.1"}}.Use(t)
	address := strings.Replace(server.URL, "127.0.0.1", name, 1)
	for asked, want := range map[bool]string{false: "not public", true: "certificate refused"} { // the first word of TLS
		cfg := config(alleviate.Loopback(address+"/token", address+"/graphql"))
		cfg.PrivateAddresses = asked
		client, err := alleviate.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("asked %v: %v, want %q", asked, err, want)
		}
	}
}
