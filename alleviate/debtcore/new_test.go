package debtcore_test

import (
	"errors"
	"testing"

	"intake/alleviate"
	"intake/alleviate/debtcore"
	"intake/alleviate/dnstest"
)

func TestNew_RefusesAMixtureOfEnvironments(t *testing.T) {
	cfg := alleviate.Config{Environment: debtcore.Sandbox(), ClientID: "client", ClientSecret: alleviate.NewSecret(secretCanary)}
	for name, spoil := range map[string]func(*alleviate.Environment){
		"production scope at the sandbox": func(e *alleviate.Environment) { e.Scope = alleviate.Production().Scope },
		"sandbox scope at production":     func(e *alleviate.Environment) { e.APIURL = debtcore.Production().APIURL },
		"the misprinted tenant":           func(e *alleviate.Environment) { e.TenantID += "5" },
	} {
		spoiled := cfg
		spoil(&spoiled.Environment)
		if _, err := debtcore.New(spoiled); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for _, env := range []alleviate.Environment{debtcore.Sandbox(), debtcore.Production()} {
		cfg.Environment = env
		if _, err := debtcore.New(cfg); err != nil {
			t.Errorf("%s: %v", env.Name, err)
		}
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
