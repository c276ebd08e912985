package alleviate

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"intake/internal/dnstest"
)

const ours = "leads.example.org" // stands for a host of the settings

// TestNew_AHostThatLeadsInsideGetsNothing is about a client as the program has it: the token host or the
// API has a name on the list that DNS leads to this machine.
func TestNew_AHostThatLeadsInsideGetsNothing(t *testing.T) {
	d := dnstest.OpenDoor(t)
	dnstest.Zone{ours: {"127.0.0.1"}}.Use(t)
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"token_type":"Bearer","expires_in":3599,"access_token":"a.b.c"}`))
	}))
	defer tokens.Close()
	within := "https://" + net.JoinHostPort(ours, d.Port)
	for story, environment := range map[string]Environment{
		"the API":        Loopback(tokens.URL, within+"/graphql"),
		"the token host": Loopback(within+"/token", "https://10.0.0.1/graphql"),
	} {
		t.Run(story, func(t *testing.T) {
			client, err := New(Config{Environment: environment, ClientID: "client", ClientSecret: NewSecret("canary-secret")})
			if err != nil {
				t.Fatal(err)
			}
			for name, call := range map[string]func(context.Context) error{
				"createLead": func(ctx context.Context) error { _, err := client.CreateLead(ctx, LeadInput{}); return err },
				"submitLead": func(ctx context.Context) error {
					_, err := client.SubmitLead(ctx, SubmitLeadInput{LeadID: "x"})
					return err
				},
				"getLeadStatus": func(ctx context.Context) error { _, err := client.LeadStatus(ctx, "x"); return err },
				"probe":         client.Probe,
			} {
				e, ok := errors.AsType[*Error](call(t.Context()))
				if !ok || e.Kind != Credentials || e.Sent || !errors.Is(e, ErrWrongAddress) {
					t.Errorf("%s: %v, sent: %t; want credentials, nothing sent and the address as the cause", name, e, ok && e.Sent)
				}
				if ok && (!strings.Contains(e.Error(), "an address that is not public") || strings.Contains(e.Error(), "127.0.0.1") || strings.Contains(e.Error(), "canary")) {
					t.Errorf("%s: does not say what is wrong, or too much: %s", name, e)
				}
			}
			if state := client.TokenState(); story == "the token host" && (state.FetchesToday != 1 || state.NextRenewal.Before(time.Now().Add(firstBackoff/2))) {
				t.Errorf("%d fetches for four calls, the next at %s", state.FetchesToday, state.NextRenewal)
			}
		})
	}
	if n := d.Visits(t); n != 0 {
		t.Errorf("this machine was reached %d times", n)
	}
}
