package e2e

import (
	"testing"

	pw "github.com/mxschmitt/playwright-go"
)

// countPresses counts in the tab's own memory, over all pages, what a person presses: buttons, links,
// checked boxes, and choices from a list, each list once. Only what a real mouse or key has done counts.
const countPresses = `(() => {
	const count = () => { sessionStorage.presses = Number(sessionStorage.presses || 0) + 1; }, chosen = new Set();
	addEventListener('click', e => {
		if (e.isTrusted && e.target.closest('button, a, input[type=checkbox], input[type=radio], summary')) count();
	}, true);
	addEventListener('change', e => {
		if (!e.isTrusted || !e.target.matches('select') || chosen.has(e.target)) return;
		chosen.add(e.target);
		count();
	}, true);
})()`

// mostPresses are allowed from the first page to the status page when the browser fills in the text.
const mostPresses = 10

func TestPresses_AreTenAtMostFromTheFirstPageToTheStatusPage(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/es"} {
		for _, tt := range []struct {
			story string
			who   person
			known bool   // the place of the ZIP code fills in the state
			want  string // Start, a month, Continue, a state, Continue, Continue, three boxes, Accept and send
		}{
			{"the state is filled in", onPhone, true, "9"},
			{"the state is chosen by hand", onLaptop, false, "10"},
		} {
			t.Run(prefix+" "+tt.story, func(t *testing.T) {
				p := serve(t)
				v := p.visitedBy(t, tt.who)
				must(t, v.AddInitScript(pw.Script{Content: pw.String(countPresses)}))
				if !tt.known {
					must(t, v.Route("**/zip", func(r pw.Route) { _ = r.Abort() }))
					v.allow("net::ERR_FAILED")
				}
				v.prefix = prefix
				v.pressesThrough(tt.known)
				if presses := ask[string](v, `sessionStorage.presses`); presses != tt.want {
					t.Errorf("%s presses, want %s and never more than %d", presses, tt.want, mostPresses)
				}
				if got := onlyLead(t, awaitDelivered(t, p.twin, 1)); got["marketingOptIn"] != true || got["termsConsent"] != true || got["state"] != "TX" {
					t.Errorf("not all is given: %v", got)
				}
			})
		}
	}
}

// pressesThrough goes from the first page to the status page as somebody whose browser fills in every
// text box.
func (v *visit) pressesThrough(known bool) {
	v.t.Helper()
	v.open(v.prefix + "/")
	v.fill(answers{"estimatedDebt": "15000"})
	v.press()
	v.at(steps[1].path)
	v.fill(required().without("dateOfBirth-month").only(steps[1].boxes...))
	must(v.t, v.Locator("#dateOfBirth-month").Focus())
	must(v.t, v.Keyboard().Type(marchByLetters[v.prefix]))
	await(v.t, "the month is March", func() bool { return v.typed()["dateOfBirth-month"] == "3" })
	v.press()
	v.at(steps[2].path)
	v.fill(required().only("zipCode", "address1", "city"))
	if !known {
		must(v.t, v.Locator("#state").Focus())
		must(v.t, v.Keyboard().Type("Texas"))
	}
	await(v.t, "the state is TX", func() bool { return v.typed()["state"] == "TX" })
	v.press()
	v.at(steps[3].path)
	v.press()
	v.at(checkPath)
	for _, box := range consentBoxes {
		must(v.t, v.Locator("label:has(#"+box+")").Click())
	}
	v.press()
	v.atStatus()
}
