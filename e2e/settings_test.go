package e2e

import (
	"maps"
	"testing"
)

func TestSettings_AskAboutALoanAndRequireNoCreditCheck(t *testing.T) {
	p := serve(t, "INTAKE_CONSUMER_LOAN_FIELDS=on", "INTAKE_REQUIRE_CREDIT_CONSENT=off")
	v := p.visitor()
	v.walk(required())
	debt := answers{"estimatedDebt": "15,000", "loanAmount": "$8,000", "loanPurposeId": "3"}
	maps.Copy(debt, v.get("/").hidden())
	if got := v.post("/apply/debt", debt); !got.leadsOn(checkPath) {
		t.Fatalf("the answers about a loan are answered %d: %q", got.status, got.problems())
	}
	v.finish(v.look(), answers{"consentTerms": "yes"}).receipt(t)
	got := onlyLead(t, awaitDelivered(t, p.twin, 1))
	for field, want := range map[string]any{"loanAmount": 8000.0, "loanPurposeId": 3.0, "termsConsent": false} {
		if got[field] != want {
			t.Errorf("Alleviate got %s %v, want %v", field, got[field], want)
		}
	}
}
