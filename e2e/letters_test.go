package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
)

// letters sets the font size that the person chose in the browser, in pixels. The usual one is 16.
func (v *visit) letters(px int) {
	v.t.Helper()
	session, err := v.Context().NewCDPSession(v.Page)
	must(v.t, err)
	_, err = session.Send("Page.setFontSizes", map[string]any{"fontSizes": map[string]any{"standard": px, "fixed": px}})
	must(v.t, err) // the session stays open: the size ends with it
}

// clipped lists what cannot be read in full: a box that is too narrow for what stands in it or for an answer of the usual
// length, text that is wider than its element, and what stands outside of the window.
const clipped = `() => {
	const found = [], pen = document.createElement('canvas').getContext('2d');
	const seen = e => e.checkVisibility() && !e.closest('.unseen, .skip, [hidden]');
	const name = e => e.id || e.className || e.tagName.toLowerCase();
	const usual = {'dateOfBirth-day': '14', 'dateOfBirth-year': '1979', socialSecurityNumber: '123-45-6789', zipCode: '78745',
		homePhone: '(512) 555-0148', cellPhone: '(512) 555-0148', estimatedDebt: '15,000', monthlyIncome: '$3,200', monthlyRent: '$1,250'};
	for (const e of document.querySelectorAll('main input, main select')) {
		if (!seen(e) || ['checkbox', 'radio'].includes(e.type)) continue;
		const style = getComputedStyle(e), room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
		pen.font = style.fontWeight + ' ' + style.fontSize + ' ' + style.fontFamily;
		const texts = e.tagName === 'SELECT' && e.id.startsWith('dateOfBirth') ? [...e.options].map(o => o.text) : [usual[e.id] || ''];
		for (const text of texts) {
			const wide = pen.measureText(text).width;
			if (wide > room + 1) found.push(name(e) + ' has ' + Math.floor(room) + ' px for "' + text + '", which takes ' + Math.ceil(wide));
		}
	}
	for (const e of document.querySelectorAll('body *')) {
		if (!seen(e) || e.tagName === 'SELECT' || e.tagName === 'INPUT' || e.closest('svg')) continue;
		const box = e.getBoundingClientRect();
		if (box.width > 1 && (box.right > innerWidth + 1 || box.left < -1)) found.push(name(e) + ' ends at ' + Math.round(box.right) + ' of ' + innerWidth + ' px');
		if (getComputedStyle(e).display !== 'inline' && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1) found.push(name(e) + ' is ' + e.clientWidth + ' px wide and holds ' + e.scrollWidth);
	}
	return JSON.stringify(found);
}`

// fitLargeLetters looks at every page with letters of twice the size on a phone, and on a phone that magnifies to 250 %.
func (p *program) fitLargeLetters(t *testing.T, states []state) {
	for _, look := range []struct{ width, letters int }{{360, 32}, {156, 16}} {
		v := p.visitedBy(t, person{width: look.width, height: 640})
		v.letters(look.letters)
		for _, s := range states {
			v.shows(s)
			v.unfold()
			for _, what := range v.clipped() {
				t.Errorf("%s, %d px with letters of %d px: %s", s.name, look.width, look.letters, what)
			}
			if over := ask[int](v, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s, %d px with letters of %d px, scrolls %d px sideways", s.name, look.width, look.letters, over)
			}
		}
	}
}

// unfold opens everything that is folded.
func (v *visit) unfold() {
	v.t.Helper()
	_, err := v.Evaluate(`document.querySelectorAll('details').forEach(e => { e.open = true; })`)
	must(v.t, err)
}

func (v *visit) clipped() []string {
	v.t.Helper()
	var found []string
	must(v.t, json.Unmarshal([]byte(ask[string](v, clipped)), &found))
	return found
}

// The measure is believed because it finds a box that is too narrow and a line that is too long.
func TestPages_TheMeasureOfLargeLettersFindsWhatIsClipped(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, person{width: 360, height: 640, bypassCSP: true})
	v.letters(32)
	v.walkHome()
	if size := ask[string](v, `getComputedStyle(document.documentElement).fontSize`); size != "32px" {
		t.Fatalf("the letters are %s large", size)
	}
	if found := v.clipped(); len(found) != 0 {
		t.Fatalf("before anything is planted: %v", found)
	}
	for _, plant := range []string{
		`document.querySelector('#zipCode').style.maxWidth = '3rem'`,
		`document.querySelector('h1').style.whiteSpace = 'nowrap'`,
		`document.querySelector('.masthead .wide').style.minWidth = '20rem'`,
	} {
		_, err := v.Evaluate(plant)
		must(t, err)
		found := v.clipped()
		if len(found) == 0 {
			t.Errorf("%s is not found", plant)
		}
		v.reload()
	}
}

// The message names one box at a time where the browser stops, and all of them where the server answers.
func TestConsents_WhoFollowsTheMessagesGetsThrough(t *testing.T) {
	bothWays(t, func(t *testing.T, v *visit) {
		v.walk(required())
		v.fill(answers{"consentMarketing": "yes"})
		before := v.postCount()
		for presses, box := range []string{"consentCredit", "consentTerms"} { // as many presses as boxes are missing
			v.press()
			if got := ask[string](v, `document.activeElement.id`); got != box || v.postCount() != before || v.path() != checkPath {
				t.Fatalf("press %d: the browser is at %s with the focus on %q after %d posts, want %s", presses+1, v.path(), got, v.postCount()-before, box)
			}
			v.fill(answers{box: "yes"})
		}
		v.press()
		v.atStatus()
		if got := onlyLead(t, awaitDelivered(t, v.program.twin, 1)); got["marketingOptIn"] != true {
			t.Error("the choice about calls is lost on the way")
		}
	})
}

func TestConsents_TheWholeMessageOfTheServerLeadsThroughInOnePress(t *testing.T) {
	t.Parallel()
	for prefix, empty := range map[string]string{
		"":    "All boxes are empty again. Check each one you agree to.",
		"/es": "Todas las casillas están vacías otra vez. Marque cada una que acepte.",
	} {
		v := serve(t).visitedBy(t, onPhone)
		v.prefix = prefix
		v.expect(422)
		v.walk(required())
		v.fill(answers{"consentCredit": "yes", "consentMarketing": "yes"})
		v.pressAnyway()
		v.sees(empty)
		named := ask[[]any](v, `[...document.querySelectorAll('.summary a')].map(a => a.hash.slice(1))`)
		if fmt.Sprint(named) != "[consentCredit consentTerms]" {
			t.Errorf("the message names %v", named)
		}
		if wrong := ask[int](v, `document.querySelectorAll('.consent.wrong').length`); wrong != 2 {
			t.Errorf("%d consents are marked as missing", wrong)
		}
		for _, box := range named {
			v.fill(answers{box.(string): "yes"})
		}
		v.press()
		v.atStatus()
	}
}

// A page that a browser keeps in memory for Back holds no number.
func TestSteps_ATypedNumberIsGoneWhenThePageIsLeft(t *testing.T) {
	t.Parallel()
	v := serve(t).visitedBy(t, onPhone)
	v.walkHome()
	v.fill(required().only(steps[stepHome].boxes...))
	v.press()
	v.at("/apply/income")
	v.fill(answers{"socialSecurityNumber": "219-09-9999", "monthlyIncome": "3000"})
	_, err := v.Evaluate(`dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))`)
	must(t, err)
	if got := v.typed(); got["socialSecurityNumber"] != "" || got["monthlyIncome"] != "3000" {
		t.Errorf("after the page was left it holds %v", got)
	}
}

// Names are typed as in any list, and numbers by the script.
func TestSteps_TheMonthOfBirthIsTypedByNameOrNumber(t *testing.T) {
	t.Parallel()
	p := serve(t)
	for prefix, names := range map[string]map[string]string{
		"":    {"March": "3", "mar": "3", "3": "3", "03": "3", "12": "12", "1": "1", "11": "11", "14": "4"},
		"/es": {"marzo": "3", "dic": "12", "09": "9"},
	} {
		v := p.visitedBy(t, onLaptop)
		v.prefix = prefix
		v.open(prefix + "/")
		v.press()
		for typed, want := range names {
			v.at(steps[1].path)
			must(t, v.Locator("#dateOfBirth-month").Focus())
			must(t, v.Keyboard().Type(typed))
			if got := v.typed()["dateOfBirth-month"]; got != want {
				t.Errorf("in %q, %q chooses %q, want %q", prefix, typed, got, want)
			}
			v.reload()
		}
	}
}
