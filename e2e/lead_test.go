package e2e

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything is an invented person who answers every question and gives every consent.
func everything() answers {
	return required().with(
		"firstName", "  José ", "lastName", "Nuñez-Smith", "homePhone", "+1 (512) 555-0148",
		"estimatedDebt", "$15,000.00", "cellPhone", "512.555.0149",
		"address2", "Apt 4", "residenceTypeId", "2", "monthsAtAddress", "2 years", "monthlyRent", "$1,450",
		"incomeSourceId", "1", "payFrequencyId", "2", "monthlyIncome", "4,200",
		"employerName", "Example & Sons", "monthsAtEmployer", "18",
		"socialSecurityNumber", "219-09-9999", "consentMarketing", "yes",
	)
}

// everythingAtAlleviate is what Alleviate gets of everything, without our id.
func everythingAtAlleviate() map[string]any {
	return map[string]any{
		"firstName": "José", "lastName": "Nuñez-Smith", "dateOfBirth": "1979-03-14",
		"email": qualifiedEmail, "homePhone": "5125550148", "cellPhone": "5125550149",
		"zipCode": "78701", "address1": "500 Example Ave", "address2": "Apt 4", "city": "Austin", "state": "TX",
		"residenceTypeId": 2.0, "monthsAtAddress": 24.0, "monthlyRent": 1450.0,
		"incomeSourceId": 1.0, "payFrequencyId": 2.0, "monthlyIncome": 4200.0,
		"employerName": "Example & Sons", "monthsAtEmployer": 18.0,
		"estimatedDebt": 15000.0, "socialSecurityNumber": "219099999",
		"termsConsent": true, "marketingOptIn": true, "clientIP": "127.0.0.1",
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

// everybody is each way to look at the pages.
var everybody = []person{
	onPhone, onLaptop, withoutScript, {width: 1280, height: 800, noScript: true},
}

// The words of the status page in both languages.
var (
	workingIn   = map[string]string{"": wordsWorking, "/es": wordsWorkingES}
	qualifiedIn = map[string]string{"": wordsQualified, "/es": wordsQualifiedES}
	orWaitIn    = map[string]string{"": " Or wait for our call.", "/es": " O espere nuestra llamada."}
)

// inEachWay runs a story in both languages for each way to look at the pages.
func inEachWay(t *testing.T, story func(t *testing.T, prefix string, who person)) {
	t.Parallel()
	for prefix, language := range map[string]string{"": "English", "/es": "Spanish"} {
		for _, who := range everybody {
			t.Run(language+" "+who.String(), func(t *testing.T) { t.Parallel(); story(t, prefix, who) })
		}
	}
}

// What the browser received last is what is kept with the lead, byte for byte.
func TestLead_AnswersArriveOnceAndNormalised(t *testing.T) {
	inEachWay(t, func(t *testing.T, prefix string, who person) {
		p := serve(t, "SIMULATOR_LATENCY=1500ms")
		v := p.visitedBy(t, who)
		v.prefix = prefix
		v.walk(everything())
		v.received()
		v.fill(everything().only(consentBoxes...))
		v.press()
		v.sees(workingIn[prefix])
		if !who.noScript {
			_, err := v.Evaluate("window.sameDocument = true")
			must(t, err)
		}
		v.sees(qualifiedIn[prefix] + orWaitIn[prefix])
		if !who.noScript && !ask[bool](v, "window.sameDocument === true") {
			t.Error("the page was loaded again; with JavaScript it should change in place")
		}
		checkArrived(t, p, everythingAtAlleviate())
		p.checkRecord(v, prefix, who)
	})
}

// checkRecord compares the consent record of the visit's lead with who sent it and what they were shown.
func (p *program) checkRecord(v *visit, prefix string, who person) {
	p.t.Helper()
	l, _ := p.onDisk(v.path())
	s := p.stored()
	defer s.Close()
	proof, err := s.Proof(p.ctx(), l.ID)
	must(p.t, err)
	record := proof.Record
	if _, known := p.shown.of(record.PageID); !known {
		p.t.Error("the record names another page than the one that was shown") // its bytes are compared at the end
	}
	if record.Zone.Reveal() != "America/Chicago" {
		p.t.Errorf("the person's own time zone is %q", record.Zone.Reveal())
	}
	if want := who.viewport(); record.Viewport != want {
		p.t.Errorf("the viewport is %q, want %q", record.Viewport, want)
	}
	if record.Language != map[string]string{"": "en", "/es": "es"}[prefix] {
		p.t.Errorf("the record is in %q", record.Language)
	}
}

// viewport is what a page can tell of the window: nothing without a script.
func (p person) viewport() string {
	if p.noScript {
		return ""
	}
	return fmt.Sprintf("%dx%d", p.width, p.height)
}

// received loads the page once more and returns what the browser got.
func (v *visit) received() string {
	v.t.Helper()
	answer, err := v.Reload()
	must(v.t, err)
	body, err := answer.Body()
	must(v.t, err)
	v.program.shown.note(response{body: string(body)})
	return string(body)
}
