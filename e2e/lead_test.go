package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything is an invented person who answers every question.
func everything() answers {
	return required().with(
		"firstName", "  José ", "lastName", "Nuñez-Smith", "homePhone", "+1 (512) 555-0148",
		"address2", "Apt 4", "residenceTypeId", "2", "monthsAtAddress", "2 years", "monthlyRent", "$1,450",
		"cellPhone", "512.555.0149", "workPhone", "512 555 0150",
		"incomeSourceId", "1", "payFrequencyId", "2", "monthlyIncome", "4,200", "grossAnnualIncome", "$50,400",
		"employerName", "Example & Sons", "monthsAtEmployer", "18",
		"estimatedDebt", "15,000", "loanAmount", "10000", "loanPurposeId", "1",
		"socialSecurityNumber", "219-09-9999", "consentMarketing", "yes",
	)
}

// everythingAtAlleviate is what Alleviate gets of everything, without our id.
func everythingAtAlleviate() map[string]any {
	return map[string]any{
		"firstName": "José", "lastName": "Nuñez-Smith", "dateOfBirth": "1979-03-14",
		"email": qualifiedEmail, "homePhone": "5125550148", "cellPhone": "5125550149", "workPhone": "5125550150",
		"zipCode": "78701", "address1": "500 Example Ave", "address2": "Apt 4", "city": "Austin", "state": "TX",
		"residenceTypeId": 2.0, "monthsAtAddress": 24.0, "monthlyRent": 1450.0,
		"incomeSourceId": 1.0, "payFrequencyId": 2.0, "monthlyIncome": 4200.0, "grossAnnualIncome": 50400.0,
		"employerName": "Example & Sons", "monthsAtEmployer": 18.0,
		"estimatedDebt": 15000.0, "loanAmount": 10000.0, "loanPurposeId": 1.0,
		"socialSecurityNumber": "219099999", "termsConsent": true, "marketingOptIn": true, "clientIP": "127.0.0.1",
	}
}

func requiredAtAlleviate() map[string]any {
	return map[string]any{
		"firstName": "Maria", "lastName": "Example", "dateOfBirth": "1979-03-14",
		"email": qualifiedEmail, "homePhone": "5125550148",
		"zipCode": "78701", "address1": "500 Example Ave", "city": "Austin", "state": "TX",
		"termsConsent": true, "marketingOptIn": false, "clientIP": "127.0.0.1",
	}
}

// checkArrived compares the one lead in the ledger with what should have come.
func checkArrived(t *testing.T, p *program, want map[string]any) {
	t.Helper()
	got := onlyLead(t, awaitDelivered(t, p.twin, 1))
	if id, _ := got["leadId"].(string); id == "" {
		t.Error("the lead came without our id")
	}
	delete(got, "leadId")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the lead that arrived (-want +got):\n%s", diff)
	}
}

func TestLead_AnswersArriveOnceAndNormalised(t *testing.T) {
	for _, who := range []person{onPhone, onLaptop} {
		t.Run(who.String(), func(t *testing.T) {
			p := serve(t, "SIMULATOR_LATENCY=1500ms")
			v := p.visitedBy(t, who)
			v.open("/")
			v.fill(everything())
			v.press()
			v.sees(wordsWorking)
			_, err := v.Evaluate("window.sameDocument = true")
			must(t, err)
			v.sees(wordsQualified + " Or wait for our call.")
			if !ask[bool](v, "window.sameDocument === true") {
				t.Error("the page was loaded again; with JavaScript it should change in place")
			}
			checkArrived(t, p, everythingAtAlleviate())
		})
	}
}

func TestLead_ArrivesWithoutJavaScript(t *testing.T) {
	for _, who := range []person{onPhone, onLaptop} {
		t.Run(who.String(), func(t *testing.T) {
			t.Parallel()
			p := serve(t, "SIMULATOR_LATENCY=1500ms")
			who.noScript = true
			v := p.visitedBy(t, who)
			v.open("/")
			v.fill(everything())
			v.press()
			v.sees(wordsWorking)
			v.sees(wordsQualified)
			checkArrived(t, p, everythingAtAlleviate())
		})
	}
}
