package delivery

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"intake/alleviate"
	"intake/alleviate/dnstest"
	"intake/alleviate/simulator"
	"intake/internal/lead"
)

// DNS resolves the API's host name to a private address: no call was made, so the lead stays in the queue until a
// person corrects DNS, is not in doubt, and is never given up.
func TestCourier_APrivateAddressOfTheAPIMakesNoDoubt(t *testing.T) {
	dnstest.Zone{"leads.example.org": {"169.254.169.254"}}.Use(t)
	sim, err := simulator.Start(simulator.Config{ClientID: "client", Secrets: []string{"secret"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close(context.Background()) })
	client, err := alleviate.New(alleviate.Config{
		Environment: alleviate.Loopback(sim.TokenURL(), "https://leads.example.org/graphql"),
		ClientID:    "client", ClientSecret: alleviate.NewSecret("secret"),
	})
	if err != nil {
		t.Fatal(err)
	}
	q := newMemory(dueLead("one"))
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var messages []string
	log := slog.New(hookHandler{slog.NewTextHandler(io.Discard, nil), func(message string) {
		messages = append(messages, message)
		stop()
	}})
	New(Config{
		Queue: q, Doubts: q, Holds: q, Backend: client, Owner: "test", Workers: 1, Margin: time.Second, Log: log,
		Budgets: Budgets{Create: 10 * time.Second, Submit: 10 * time.Second, Status: 10 * time.Second},
	}).Run(ctx)
	l := q.get("one")
	if l.Status != lead.Received || l.Step != lead.Send || l.Failures != 0 || l.Attempt != 1 {
		t.Errorf("%s, waits for %q, %d failures, %d attempts; want received, send, none and one", l.Status, l.Step, l.Failures, l.Attempt)
	}
	if !strings.Contains(l.Reason, "credentials, not sent: the host's name leads to an address that is not public") {
		t.Errorf("the history says %q", l.Reason)
	}
	if len(messages) != 1 || messages[0] != "lead waits" {
		t.Errorf("the log says %q", messages)
	}
}
