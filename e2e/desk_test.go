package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	pw "github.com/mxschmitt/playwright-go"
)

var atDesk = person{width: 1366, height: 768}

// keyBudget is how many keys the reference caller may cost, from the first letter to the sending.
const keyBudget = 81

// countKeys counts the keys that are not a modifier alone, and whatever a mouse does.
const countKeys = `window.keys = 0; window.clicks = 0;
	addEventListener('keydown', e => { if (!['Shift', 'Control', 'Alt', 'Meta'].includes(e.key)) window.keys++; }, true);
	addEventListener('pointerdown', () => window.clicks++, true);`

// referenceCaller is the same caller and a complete consent, as a form has them.
var referenceCaller = answers{
	"firstName": "maria", "lastName": "gonzalez", "dateOfBirth": "3/14/79", "email": "maria.gonzalez79@gmail.com", "homePhone": "5125550148",
	"address1": "4120 bluebonnet ln", "zipCode": "78745", "city": "Austin", "state": "TX",
	"callId": "C-1", "line-recording": "yes", "line-credit": "yes", "line-terms": "yes",
}

// signsIn opens a path as one of the ready persons of the simulator environment.
func (v *visit) signsIn(path, name string) {
	v.t.Helper()
	v.open(path)
	must(v.t, v.Locator("#begin").Click())
	must(v.t, v.Locator("main button", pw.PageLocatorOptions{HasText: name}).First().Click())
	v.arrives(path, func(url string) bool { return strings.HasPrefix(url, v.program.url+"/desk") })
}

// typesCaller types the reference caller up to the ZIP code, which fills in city and state.
func (v *visit) typesCaller() {
	v.t.Helper()
	for _, text := range []string{"maria", "gonzalez", "3/14/79", "maria.gonzalez79@g", "5125550148", "4120 bluebonnet ln", "78745"} {
		must(v.t, v.Keyboard().Type(text))
		if text != "78745" {
			must(v.t, v.Keyboard().Press("Tab"))
		}
	}
	await(v.t, "the ZIP code fills in city and state", func() bool {
		return ask[string](v, `document.getElementById('city').value + ' ' + document.getElementById('state').value`) == "Austin TX"
	})
}

// sendIsInView fails the test when one must scroll to send.
func (v *visit) sendIsInView(where string) {
	v.t.Helper()
	if bottom := ask[int](v, `Math.ceil(document.getElementById('send').getBoundingClientRect().bottom + scrollY)`); bottom > v.who.height {
		v.t.Errorf("%s: the button to send ends at %d, the window at %d", where, bottom, v.who.height)
	}
}

// TestDesk_TheReferenceCallerCostsFewKeysAndNoMouse types and sends without a mouse, completes the consent of the call, and
// sees the result in the same page.
func TestDesk_TheReferenceCallerCostsFewKeysAndNoMouse(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, atDesk)
	v.signsIn("/desk", "Dana")
	_, err := v.Evaluate(countKeys)
	must(t, err)
	if got := ask[string](v, `document.activeElement.id`); got != "firstName" {
		t.Fatalf("the cursor is in %q", got)
	}
	v.sendIsInView("the empty desk")
	v.typesCaller()
	v.sendIsInView("the filled desk")
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("Saved, not sent: consent is not complete")
	keys, clicks := ask[int](v, `window.keys`), ask[int](v, `window.clicks`)
	t.Logf("%d keys", keys)
	if keys > keyBudget || keys < 70 || clicks != 0 {
		t.Errorf("%d keys and %d clicks, want at most %d and none", keys, clicks, keyBudget)
	}

	must(t, v.Locator("#callId").Focus())
	must(t, v.Keyboard().Type("C-1"))
	for _, line := range []string{"line-recording", "line-credit", "line-terms"} {
		must(t, v.Locator("#"+line).Focus())
		must(t, v.Keyboard().Press("Space"))
	}
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("Qualified, lead handed over")
	v.sees("May I connect you now?")
	v.sees("Qualified, lead handed over")

	want := map[string]any{
		"firstName": "Maria", "lastName": "Gonzalez", "dateOfBirth": "1979-03-14", "email": "maria.gonzalez79@gmail.com", "homePhone": "5125550148",
		"address1": "4120 Bluebonnet Ln", "zipCode": "78745", "city": "Austin", "state": "TX",
		"termsConsent": true, "marketingOptIn": false, // no clientIP: the agent's browser is not the caller's
	}
	got := onlyLead(t, awaitDelivered(t, p.twin, 1))
	delete(got, "leadId")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the lead that arrived (-want +got):\n%s", diff)
	}
	must(t, v.Locator("#disposition-9").Focus())
	must(t, v.Keyboard().Press("9"))
	must(t, v.Keyboard().Type("asks for a letter"))
	must(t, v.Keyboard().Press("Control+Enter")) // saves how the call ended, and does not send the form again
	v.sees("Saved: Other.")
	must(t, v.Keyboard().Press("F2"))
	await(t, "nothing of the last caller is in the page", func() bool {
		typed, err := v.Evaluate(`[...document.querySelectorAll('#answers input:not([type=hidden], [type=checkbox], [type=radio])')].map(e => e.value).join('')`)
		return err == nil && typed == "" // it fails while the page is replaced
	})
	must(t, v.Keyboard().Press("Control+;"))
	v.arrives("/desk/call-backs", func(url string) bool { return url == p.url+"/desk/call-backs" })
	v.sees("No call backs.")
}

// TestDesk_WhatIsNotAnsweredDoesNotLookAsIfItWereSent sends while the network is away, and again when it is back.
func TestDesk_WhatIsNotAnsweredDoesNotLookAsIfItWereSent(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, atDesk)
	v.signsIn("/desk", "Dana")
	v.typesCaller()
	v.allow("ERR_INTERNET_DISCONNECTED", "htmx:sendError", "htmx:afterRequest", "htmx:sseError")
	must(t, v.Context().SetOffline(true))
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("Not sent: there was no answer.")
	must(t, v.Context().SetOffline(false))
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("Saved, not sent: consent is not complete")
	if ask[bool](v, `[...document.querySelectorAll("[data-unanswered]")].some(note => !note.hidden)`) {
		t.Error("the page still says that there was no answer")
	}
}

// TestDesk_WorksAsAPlainForm sends a lead without JavaScript.
func TestDesk_WorksAsAPlainForm(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, person{width: 1366, height: 768, noScript: true})
	v.signsIn("/desk", "Dana")
	v.expect(422)
	v.fill(answers{"firstName": "maria", "lastName": "gonzalez", "dateOfBirth": "03141979", "email": "maria.gonzalez79@gmail.com", "homePhone": "5125550148", "address1": "4120 bluebonnet ln"})
	must(t, v.Locator("#send").Click())
	v.sees("Enter your 5-digit ZIP code")
	v.fill(answers{"zipCode": "78745", "city": "Austin", "state": "texas", "callId": "C-1", "line-recording": "yes", "line-credit": "yes", "line-terms": "yes"})
	must(t, v.Locator("#send").Click())
	awaitDelivered(t, p.twin, 1)
	v.sees("All about this lead")
}

// TestDesk_WhatWasTypedSurvivesTheEndOfTheSession sends after the session has ended: the agent finds the form again after
// signing in, and nobody else does.
func TestDesk_WhatWasTypedSurvivesTheEndOfTheSession(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, atDesk)
	v.signsIn("/desk", "Dana")
	v.typesCaller()
	order(t, p.twin, "clock", `{"forward":"16m"}`)
	v.expect(401)
	must(t, v.Keyboard().Press("Control+Enter"))
	v.arrives("/sign-in", func(url string) bool { return strings.HasPrefix(url, p.url+"/sign-in") })
	must(t, v.Locator("#begin").Click())
	must(t, v.Locator("main button", pw.PageLocatorOptions{HasText: "Dana"}).First().Click())
	v.arrives("/desk?draft=", func(url string) bool { return strings.HasPrefix(url, p.url+"/desk?draft=") })
	for box, text := range map[string]string{"firstName": "maria", "email": "maria.gonzalez79@gmail.com", "zipCode": "78745", "city": "Austin"} {
		if got := ask[string](v, fmt.Sprintf(`document.getElementById(%q).value`, box)); got != text {
			t.Errorf("%s is %q, want %q", box, got, text)
		}
	}
	other := p.visitedBy(t, atDesk)
	other.signsIn("/desk", "Lee")
	other.expect(404)
	other.open(v.path())
	if text, _ := other.Locator("main").InnerText(); strings.Contains(text, "maria") || ask[bool](other, `document.getElementById('firstName') !== null`) {
		t.Error("another agent sees the draft")
	}
}

// staffLooks are the ways to look at a page of the staff; what a scheme changes are colors.
var staffLooks = []struct {
	who   person
	rules string
}{
	{person{width: 360, height: 640}, allRules},
	{person{width: 360, height: 640, dark: true}, contrast},
	{person{width: 360, height: 640, forced: true}, contrast},
	{person{width: 1280, height: 800}, allRules},
	{person{width: 1280, height: 800, dark: true}, contrast},
	{person{width: 1280, height: 800, forced: true}, contrast},
}

// isAccessible asks axe about the page in each look, and whether it fits the window.
func (v *visit) isAccessible(where string) {
	v.t.Helper()
	for _, look := range staffLooks {
		v.becomes(look.who)
		for _, violation := range v.violations(look.rules) {
			v.t.Errorf("%s at %s: %s", where, look.who, violation)
		}
		if over := ask[int](v, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			v.t.Errorf("%s at %s scrolls %d px sideways", where, look.who, over)
		}
	}
	v.becomes(v.who)
}

// TestDesk_ThePagesOfTheStaffAreAccessible looks at each page that a supervisor sees, and at the desk in each state.
func TestDesk_ThePagesOfTheStaffAreAccessible(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, person{width: 1366, height: 768, bypassCSP: true})
	v.open("/sign-in")
	v.isAccessible("the page to sign in")
	must(t, v.Locator("#begin").Click())
	v.isAccessible("the choice of a person")
	v.signsIn("/desk", "Sam")
	v.typesCaller()
	v.isAccessible("the filled desk")
	v.expect(422)
	must(t, v.Locator("#zipCode").Fill("1"))
	must(t, v.Locator("#email").Fill("maria"))
	v.settles()
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("There is a problem")
	v.isAccessible("the desk with errors")
	v.fill(referenceCaller)
	v.settles()
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("Qualified, lead handed over")
	v.isAccessible("the desk with a result")
	for _, page := range v.otherPages() {
		v.settles()
		v.open(page)
		v.isAccessible(page)
	}
}

// settles waits until no part of the page is on its way: htmx calls it an error when a page is left before.
func (v *visit) settles() {
	v.t.Helper()
	if _, err := v.WaitForFunction(`() => !document.querySelector('.htmx-request')`, nil); err != nil {
		v.t.Fatal(err)
	}
}

// otherPages are those of the lead that was sent from the desk, and all that a link in a bar leads to.
func (v *visit) otherPages() []string {
	v.t.Helper()
	id := ask[string](v, `document.querySelector('#result').dataset.lead`)
	linked := strings.Fields(ask[string](v, `[...document.querySelectorAll('nav a, .person a')].map(e => e.getAttribute('href')).join(' ')`))
	if len(linked) < 5 {
		v.t.Errorf("the bars lead to no more than %q", linked)
	}
	slices.Sort(linked)
	return append(slices.Compact(linked), "/desk/recent", "/desk/leads/"+id, "/desk/leads/"+id+"/result")
}
