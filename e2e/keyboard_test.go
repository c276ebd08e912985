package e2e

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// focus is where the keyboard is.
type focus struct {
	Name    string // id of the box, or the words of a link, button or heading
	Visible bool   // inside the window, with an outline of 2 px or more
}

const askFocus = `() => {
	const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
	const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
	return JSON.stringify({Name: e.id || e.textContent.trim(),
		Visible: inside && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2});
}`

// presses hits a key and returns where the keyboard is then. It fails the test where nobody would
// see that.
func (v *visit) presses(key string) string {
	v.t.Helper()
	must(v.t, v.Keyboard().Press(key))
	var f focus
	must(v.t, json.Unmarshal([]byte(ask[string](v, askFocus)), &f))
	if !f.Visible {
		v.t.Errorf("after %s the focus is on %q, which does not show it", key, f.Name)
	}
	return f.Name
}

// types goes on with Tab from the place before the first box to the last, and types into each.
func (v *visit) types(a answers, boxes ...string) {
	v.t.Helper()
	for _, box := range boxes {
		if got := v.presses("Tab"); got != box {
			v.t.Fatalf("Tab leads to %q, want %q", got, box)
		}
		if text := a[box]; text == "yes" {
			must(v.t, v.Keyboard().Press("Space"))
		} else {
			must(v.t, v.Keyboard().Type(text))
		}
	}
}

// tabs goes on with Tab and compares the stops.
func (v *visit) tabs(want ...string) {
	v.t.Helper()
	var got []string
	for range want {
		got = append(got, v.presses("Tab"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		v.t.Fatalf("the stops of Tab (-want +got):\n%s", diff)
	}
}

var foldedHeadings = []string{"Apartment or unit, and your home", "Other phone numbers", "Work and income", "Debt and loan"}

func TestKeyboard_AloneIsEnoughForTheWholeForm(t *testing.T) {
	for _, who := range []person{onPhone, onLaptop} {
		t.Run(who.String(), func(t *testing.T) {
			p := serve(t)
			v := p.visitedBy(t, who)
			v.open("/apply")
			typed := required().with("state", "Tex", "zipCode", "7870", "socialSecurityNumber", "219-09-9999", "consentMarketing", "yes")
			if got := v.presses("Tab"); got != "Skip to the content" {
				t.Fatalf("the first stop is %q", got)
			}
			must(t, v.Keyboard().Press("Enter")) // over the head of the page, to the form
			v.types(typed, "firstName", "lastName", "dateOfBirth-month", "dateOfBirth-day", "dateOfBirth-year",
				"email", "homePhone", "zipCode", "address1", "city", "state")
			v.tabs(foldedHeadings...)
			v.tabs("Social Security number")
			must(t, v.Keyboard().Press("Enter"))
			v.types(typed, "socialSecurityNumber")
			v.tabs("Show")
			must(t, v.Keyboard().Press("Space"))
			if !ask[bool](v, `document.activeElement.getAttribute('aria-pressed') === 'true' && document.activeElement.textContent === 'Hide'`) {
				t.Error("Space does not show the number")
			}
			v.types(typed, "consentCredit", "consentTerms", "consentMarketing")
			v.tabs("Accept and send")
			v.expect(422)
			must(t, v.Keyboard().Press("Enter"))

			v.sees("There is a problem")
			v.tabs("Enter your 5-digit ZIP code")
			must(t, v.Keyboard().Press("Enter")) // to the box
			must(t, v.Keyboard().Press("ControlOrMeta+a"))
			must(t, v.Keyboard().Type("78701"))
			v.tabs("address1", "city", "state")
			v.tabs(foldedHeadings...)
			v.tabs("Social Security number")
			v.types(typed, "socialSecurityNumber")
			v.tabs("Show")
			v.types(typed, "consentCredit", "consentTerms", "consentMarketing")
			must(t, v.Keyboard().Press("Enter")) // in a box it sends, as everywhere
			v.sees(wordsQualified)
			got := onlyLead(t, awaitDelivered(t, p.twin, 1))
			want := requiredAtAlleviate()
			want["leadId"], want["socialSecurityNumber"], want["marketingOptIn"] = got["leadId"], "219099999", true
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the lead that arrived (-want +got):\n%s", diff)
			}
		})
	}
}
