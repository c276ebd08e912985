package debtcore_test

import (
	"context"
	"errors"
	"testing"

	"intake/alleviate"
	"intake/alleviate/debtcore"
	"intake/alleviate/dnstest"
	"intake/alleviate/simulator"
)

func TestCreditReport_IsReadFromGzip(t *testing.T) {
	sim := startSimulator(t)
	client, err := debtcore.New(alleviate.Config{
		Environment: alleviate.Loopback(sim.TokenURL(), sim.CreditURL()), ClientID: "client", ClientSecret: alleviate.NewSecret(secretCanary),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Script(simulator.Fault{Name: "gzip", Operation: "*", Mode: "always"}); err != nil {
		t.Fatal(err)
	}
	if page, err := client.CreditReports(t.Context(), debtcore.Filter{First: 1}); err != nil || len(page.Reports) != 1 {
		t.Errorf("got %+v, %v; want one report", page, err)
	}
}

func startSimulator(t *testing.T) *simulator.Server {
	t.Helper()
	sim, err := simulator.Start(simulator.Config{ClientID: "client", Secrets: []string{secretCanary}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close(context.Background()) })
	return sim
}

// The simulator has its own copy of the schema, so that a field misspelt here is refused there.
func TestAgainstTheSimulator(t *testing.T) {
	sim := startSimulator(t)
	client, err := debtcore.New(alleviate.Config{
		Environment: alleviate.Loopback(sim.TokenURL(), sim.CreditURL()), ClientID: "client",
		ClientSecret: alleviate.NewSecret(secretCanary),
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := client.CreditReports(t.Context(), debtcore.Filter{First: 1})
	if err != nil || len(page.Reports) != 1 || !page.More {
		t.Fatalf("got %+v, %v; want one report and more", page, err)
	}
	report, err := client.CreditReport(t.Context(), page.Reports[0].ID)
	if err != nil || report.ID != page.Reports[0].ID || !report.FirstName.Given() || len(report.Debts) == 0 {
		t.Errorf("got %+v, %v; want that report with its debts", report, err)
	}
	if _, err := client.CreditReport(t.Context(), "nobody"); !errors.Is(err, debtcore.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestNew_AHostThatLeadsInsideIsNotAsked(t *testing.T) {
	dnstest.Zone{"credit.example.org": {"10.0.0.1"}}.Use(t)
	sim := startSimulator(t)
	client, err := debtcore.New(alleviate.Config{
		Environment: alleviate.Loopback(sim.TokenURL(), "https://credit.example.org/credit-service/graphql"),
		ClientID:    "client", ClientSecret: alleviate.NewSecret(secretCanary),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreditReports(t.Context(), debtcore.Filter{First: 1})
	if e, ok := errors.AsType[*alleviate.Error](err); !ok || e.Kind != alleviate.Credentials || !errors.Is(err, alleviate.ErrWrongAddress) {
		t.Errorf("got %v, want credentials for the address", err)
	}
}
