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
	return JSON.stringify({Name: e.id || e.textContent.trim().replace(/\s+/g, ' '),
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

// frameStops are the stops of Tab between the top of a page and its content, in words of the language.
var frameStops = map[string][]string{
	"":    {"Skip to the content", "Clearwater Relief (sample)", "Español", "(512) 555-0100"},
	"/es": {"Ir al contenido", "Clearwater Relief (sample)", "English", "(512) 555-0100"},
}

// words of buttons and headings in both languages.
var (
	wordStart    = map[string]string{"": "Start my request", "/es": "Empezar mi solicitud"}
	wordContinue = map[string]string{"": "Continue", "/es": "Continuar"}
	wordBack     = map[string]string{"": "Back", "/es": "Atrás"}
	wordChange   = map[string]string{"": "Change: ", "/es": "Cambiar: "}
	wordAccept   = map[string]string{"": "Accept and send", "/es": "Aceptar y enviar"}
	wordProblem  = map[string]string{"": "There is a problem", "/es": "Hay un problema"}
	wordTitles   = map[string][]string{
		"":    {"What you owe", "About you", "Where you live", "Income"},
		"/es": {"Lo que debe", "Sobre usted", "Dónde vive", "Ingresos"},
	}
)

func (v *visit) pressesEnter() {
	v.t.Helper()
	must(v.t, v.Keyboard().Press("Enter"))
}

// TestKeyboard_AloneIsEnough goes all the way by Tab, Space, Enter and letters, and looks at each stop
// whether anybody would see where the keyboard is.
func TestKeyboard_AloneIsEnough(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/es"} {
		for _, who := range []person{onPhone, onLaptop, withoutScript} {
			t.Run(prefix+" "+who.String(), func(t *testing.T) {
				t.Parallel()
				p := serve(t)
				v := p.visitedBy(t, who)
				v.prefix = prefix
				v.expect(422)
				v.goByKeyboard(required().with("estimatedDebt", "15000", "state", stateByLetters[prefix], "dateOfBirth-month", marchByLetters[prefix], "zipCode", "7870",
					"socialSecurityNumber", "219-09-9999", "consentMarketing", "yes"))
				v.sees(qualifiedIn[prefix])
				got := onlyLead(t, awaitDelivered(t, p.twin, 1))
				want := requiredAtAlleviate()
				want["leadId"], want["socialSecurityNumber"], want["marketingOptIn"], want["estimatedDebt"] = got["leadId"], "219099999", true, 15000.0
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the lead that arrived (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// What one types on a closed list, of states and of months.
var (
	stateByLetters = map[string]string{"": "Texas", "/es": "Texas"}
	marchByLetters = map[string]string{"": "March", "/es": "marzo"}
)

// goByKeyboard goes from the first page to the status page. The answers have a wrong ZIP code, which is
// put right.
func (v *visit) goByKeyboard(typed answers) {
	v.t.Helper()
	v.open(v.prefix + "/")
	v.tabs(frameStops[v.prefix]...)
	v.types(typed, "estimatedDebt")
	v.tabs(wordStart[v.prefix])
	v.pressesEnter()

	v.at("/apply/you")
	v.tabs(frameStops[v.prefix][0])
	v.pressesEnter() // over the head of the page
	v.tabs(wordBack[v.prefix])
	v.types(typed, "firstName", "lastName", "dateOfBirth-month", "dateOfBirth-day", "dateOfBirth-year", "email", "homePhone")
	v.pressesEnter() // in a box it presses Continue, as everywhere

	v.at("/apply/home")
	v.skipTo(wordBack[v.prefix])
	v.types(typed, "zipCode", "address1", "address2", "city", "state")
	v.skipTo(wordContinue[v.prefix])
	v.pressesEnter()
	v.sees(wordProblem[v.prefix])
	v.correctsZIP()

	v.at("/apply/income")
	v.skipTo("socialSecurityNumber")
	must(v.t, v.Keyboard().Type(typed["socialSecurityNumber"]))
	v.showsTheNumber()
	v.tabs(wordContinue[v.prefix])
	v.pressesEnter()

	v.at(checkPath)
	v.tabs(frameStops[v.prefix]...)
	v.tabs(wordBack[v.prefix])
	for _, title := range wordTitles[v.prefix] {
		v.tabs(wordChange[v.prefix] + title)
	}
	v.skipTo("consentCredit")
	must(v.t, v.Keyboard().Press("Space"))
	v.skipTo("consentTerms")
	must(v.t, v.Keyboard().Press("Space"))
	v.skipTo("consentMarketing")
	must(v.t, v.Keyboard().Press("Space"))
	v.tabs(wordAccept[v.prefix])
	v.pressesEnter()
	v.atStatus()
}

// skipTo presses Tab until the keyboard is there.
func (v *visit) skipTo(stop string) {
	v.t.Helper()
	for range 40 {
		if v.presses("Tab") == stop {
			return
		}
	}
	v.t.Fatalf("40 times Tab do not lead to %q", stop)
}

// correctsZIP goes by the summary's link to the box. The focus is on the summary already, with a script or without.
func (v *visit) correctsZIP() {
	v.t.Helper()
	v.presses("Tab")
	v.pressesEnter()
	if got := v.presses("ControlOrMeta+a"); got != "zipCode" {
		v.t.Fatalf("the summary leads to %q", got)
	}
	must(v.t, v.Keyboard().Type("78701"))
	v.pressesEnter()
}

// showsTheNumber looks at what was typed by the button beside it, which only a script can do.
func (v *visit) showsTheNumber() {
	v.t.Helper()
	if v.who.noScript {
		return
	}
	show := map[string]string{"": "Show", "/es": "Mostrar"}[v.prefix]
	v.tabs(show)
	must(v.t, v.Keyboard().Press("Space"))
	if !ask[bool](v, `document.activeElement.getAttribute('aria-pressed') === 'true' && !document.querySelector('.masked')`) {
		v.t.Error("Space does not show the number")
	}
	if said := ask[string](v, `document.activeElement.textContent`); said != show { // "Hide, pressed" would say the opposite
		v.t.Errorf("the button is called %q now", said)
	}
}
