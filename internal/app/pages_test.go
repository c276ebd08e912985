package app

import (
	"testing"

	"intake/internal/config"
	"intake/static"
)

func TestPages_AskAboutALoanOnRequest(t *testing.T) {
	for environ, want := range map[string]bool{"INTAKE_CONSUMER_LOAN_FIELDS=on": true, "INTAKE_CONSUMER_LOAN_FIELDS=off": false, "INTAKE_LOG=info": false} {
		cfg, err := config.Read([]string{environ})
		if site := newSite(cfg, static.Theme{}); err != nil || site.LoanFields != want {
			t.Errorf("%s: the pages ask: %v, want %v (%v)", environ, site.LoanFields, want, err)
		}
	}
}
