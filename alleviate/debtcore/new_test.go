package debtcore_test

import (
	"testing"

	"intake/alleviate"
	"intake/alleviate/debtcore"
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
