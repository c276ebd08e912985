package e2e

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	pw "github.com/mxschmitt/playwright-go"
)

// typed is what stands in the boxes of the page.
func (v *visit) typed() answers {
	v.t.Helper()
	found := answers{}
	boxes, err := v.Locator(`#answers :is(input:not([type=hidden], #website), select)`).All()
	must(v.t, err)
	for _, at := range boxes {
		name, err := at.GetAttribute("name")
		must(v.t, err)
		if kind, _ := at.GetAttribute("type"); kind == "radio" || kind == "checkbox" {
			if on, err := at.IsChecked(); err != nil || !on {
				continue
			}
			found[name], err = at.GetAttribute("value")
			must(v.t, err)
			continue
		}
		text, err := at.InputValue()
		must(v.t, err)
		if text != "" {
			found[name] = text
		}
	}
	return found
}

// holds compares the boxes of the page with what should stand in them. The Social Security number is
// never there again.
func (v *visit) holds(where string, want answers) {
	v.t.Helper()
	if diff := cmp.Diff(want.without("socialSecurityNumber"), v.typed()); diff != "" {
		v.t.Errorf("%s: what stands in the boxes (-want +got):\n%s", where, diff)
	}
}

func (v *visit) reload() {
	v.t.Helper()
	_, err := v.Reload()
	must(v.t, err)
}

// bothWays runs a story with a script and without.
func bothWays(t *testing.T, story func(t *testing.T, v *visit)) {
	t.Parallel()
	for _, who := range []person{onPhone, withoutScript} {
		t.Run(who.String(), func(t *testing.T) { t.Parallel(); story(t, serve(t).visitedBy(t, who)) })
	}
}

func TestSteps_BackLeadsThroughAllOfThemAndNothingIsLost(t *testing.T) {
	bothWays(t, func(t *testing.T, v *visit) {
		v.walk(everything())
		for i := len(steps) - 1; i >= 0; i-- {
			_, err := v.GoBack()
			must(t, err)
			v.at(steps[i].page())
			v.holds("Back at "+steps[i].path, everything().only(steps[i].boxes...))
		}
		for i := range steps { // Forward is the same way
			_, err := v.GoForward()
			must(t, err)
			v.at(after(i))
		}
		v.fill(everything().only(consentBoxes...))
		v.press()
		v.atStatus()
		checkArrived(t, v.program, everythingAtAlleviate())
	})
}

func TestSteps_TheLinkBackLeadsThroughThemToo(t *testing.T) {
	bothWays(t, func(t *testing.T, v *visit) {
		v.walk(everything())
		for i := len(steps) - 1; i >= 0; i-- {
			must(t, v.Locator(".back a").Click())
			if i == len(steps)-1 {
				v.at(steps[i].path)
				must(t, v.Locator(".back button").Click())
				v.at(checkPath) // whoever has answered everything is one press from the end
			}
			v.open(steps[i].page())
			v.holds("the link leads to "+steps[i].path, everything().only(steps[i].boxes...))
			v.open(checkPath)
		}
	})
}

// checkedBoxes are a text box of each step.
var checkedBoxes = []string{"estimatedDebt", "firstName", "zipCode", "monthlyIncome"}

func TestSteps_ReloadingAPageChangesNothing(t *testing.T) {
	bothWays(t, func(t *testing.T, v *visit) {
		v.expect(422, 409)
		v.open("/")
		for i, step := range steps {
			v.reload()
			v.holds("fresh "+step.path, answers{})
			box := checkedBoxes[i]
			v.fill(everything().only(step.boxes...).with(box, "x\x1fx")) // no answer has such a character
			v.press()
			v.sees("There is a problem")
			v.reload() // some browsers send the form again, some ask for the page
			v.fill(answers{box: everything()[box]})
			v.holds("wrong "+step.path, everything().only(step.boxes...))
			v.fill(answers{"socialSecurityNumber": everything()["socialSecurityNumber"]})
			v.press()
			v.at(after(i))
		}
		v.reload()
		v.pressAnyway() // without a checked box
		v.sees("There is a problem")
		v.reload()
		v.sees("Example & Sons")
		v.agree()
		v.press()
		v.atStatus()
		result := v.path()
		v.reload()
		v.open(checkPath)
		v.change(stepHome, answers{"city": "Dallas"})
		v.agree()
		v.press()
		v.seesChanged()
		v.reload()
		v.sees("Dallas")
		v.open(result)
		v.sees(wordsQualified)
		checkOneLead(t, v.program)
	})
}

// What browsers do on a reload of an answer to a form: they send it once more.
func TestSteps_SendingAnyFormOnceMoreIsAnsweredTheSame(t *testing.T) {
	p := serve(t)
	v := p.visitor()
	first := v.get("/").hidden()
	twice := func(where, path string, boxes answers) {
		once, again := v.post(path, boxes), v.post(path, boxes)
		if once.status != again.status || once.header.Get("Location") != again.header.Get("Location") || len(once.problems()) != len(again.problems()) {
			t.Errorf("%s: answered %d %q, then %d %q", where, once.status, once.header.Get("Location"), again.status, again.header.Get("Location"))
		}
	}
	for i, step := range steps {
		right := everything().only(step.boxes...)
		if i == 0 {
			maps.Copy(right, first)
		}
		twice("wrong "+step.path, step.path, right.with(checkedBoxes[i], "x\x1fx"))
		twice("right "+step.path, step.path, right)
	}
	page := v.look()
	twice("no checked box", checkPath, page.form(answers{}))
	twice("sent", checkPath, page.form(everything()))
	checkOneLead(t, p)
}

// C-4: the language is switched by a button of the form, which keeps what is not sent yet.
func TestSteps_SwitchingTheLanguageKeepsWhatIsTyped(t *testing.T) {
	bothWays(t, func(t *testing.T, v *visit) {
		v.open("/")
		for i, step := range steps {
			half := everything().only(step.boxes...)
			if step.path == "/apply/you" {
				half = half.with("email", "jose@", "homePhone", "512") // not right yet
			}
			v.fill(half)
			v.switchTo("Español", "/es", step)
			v.holds("in Spanish "+step.path, half)
			v.switchTo("English", "", step)
			v.holds("in English again "+step.path, half)
			v.fill(everything().only(step.boxes...))
			v.press()
			v.at(after(i))
		}
		must(t, v.Locator("text=Español").Click())
		v.prefix = "/es"
		v.at(checkPath)
		v.fill(everything().only(consentBoxes...))
		v.press()
		v.sees(wordsQualifiedES)
		if lang := ask[string](v, `document.documentElement.lang`); lang != "es" {
			t.Errorf("the status page is in %q", lang)
		}
		checkArrived(t, v.program, everythingAtAlleviate())
	})
}

func (v *visit) switchTo(word, prefix string, s step) {
	v.t.Helper()
	must(v.t, v.Locator("header .language", pw.PageLocatorOptions{HasText: word}).Click())
	v.prefix = prefix
	v.at(s.page())
}

// walkHome goes to the step that asks for the address.
func (v *visit) walkHome() {
	v.t.Helper()
	v.open("/")
	v.press()
	v.at("/apply/you")
	v.fill(required().only(steps[1].boxes...))
	v.press()
	v.at("/apply/home")
}

// With a script the ZIP code fills in city and state, and never over what was typed.
func TestSteps_TheZIPCodeFillsInCityAndState(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.walkHome()
	zip := v.Locator("#zipCode")
	v.becomesFilled("78701-1234", answers{"zipCode": "78701-1234", "city": "Austin", "state": "TX"})
	if said, err := v.Locator("#place").TextContent(); err != nil || said != "City and state are filled in: Austin, TX" {
		t.Errorf("a screen reader hears %q, %v", said, err)
	}
	v.becomesFilled("10001", answers{"zipCode": "10001", "city": "New York", "state": "NY"}) // what we filled in we may replace
	for _, wrong := range []string{"1000", "00000"} {                                        // what the script filled in for another ZIP code is taken back, with its message
		v.becomesFilled(wrong, answers{"zipCode": wrong})
		if said, err := v.Locator("#place").TextContent(); err != nil || said != "" {
			t.Errorf("for %s a screen reader hears %q, %v", wrong, said, err)
		}
	}
	v.becomesFilled("10001", answers{"zipCode": "10001", "city": "New York", "state": "NY"})
	must(t, v.Locator("#city").Fill("Brooklyn"))
	v.becomesFilled("78701", answers{"zipCode": "78701", "city": "Brooklyn", "state": "TX"})
	_, err := v.Locator("#state").SelectOption(pw.SelectOptionValues{Values: &[]string{"CA"}})
	must(t, err)
	before := v.postCount()
	must(t, zip.Fill("33101"))
	must(t, v.Locator("#address1").Fill("500 Example Ave"))
	v.holds("both typed", answers{"zipCode": "33101", "city": "Brooklyn", "state": "CA", "address1": "500 Example Ave"})
	if n := v.postCount(); n != before {
		t.Errorf("the place was asked for %d times although nothing could be filled in", n-before)
	}
	v.press()
	v.at("/apply/income")
	v.press()
	v.at(checkPath)
	v.sees("ZIP 33101 is in Florida. Is the state right?") // and it costs no second submit
}

// A slow answer fills in no box in which the visitor is by then.
func TestSteps_TheZIPCodeFillsInNoBoxThatHasTheFocus(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.walkHome()
	arrived := make(chan struct{})
	must(t, v.Route("**/zip", func(r pw.Route) { <-arrived; _ = r.Continue() }))
	must(t, v.Locator("#zipCode").Fill("78701"))
	must(t, v.Locator("#city").Focus())
	close(arrived)
	v.awaitTyped(answers{"zipCode": "78701", "state": "TX"})
	if said, err := v.Locator("#place").TextContent(); err != nil || said != "City and state are filled in: TX" {
		t.Errorf("a screen reader hears %q, %v", said, err)
	}
	must(t, v.Keyboard().Type("Brooklyn"))
	v.awaitTyped(answers{"zipCode": "78701", "city": "Brooklyn", "state": "TX"})
}

// becomesFilled types the ZIP code and waits for what follows from it.
func (v *visit) becomesFilled(zip string, want answers) {
	v.t.Helper()
	must(v.t, v.Locator("#zipCode").Fill(zip))
	v.awaitTyped(want)
}

// awaitTyped waits until the boxes hold this and nothing else.
func (v *visit) awaitTyped(want answers) {
	v.t.Helper()
	await(v.t, fmt.Sprintf("the boxes hold %v", want), func() bool { return maps.Equal(v.typed(), want) })
}

func TestSteps_WithoutAKnownZIPCodeOneTypesCityAndState(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.walkHome()
	asked, err := v.ExpectResponse("**/zip", func() error { return v.Locator("#zipCode").Fill("00000") })
	must(t, err)
	if asked.Status() != 204 {
		t.Errorf("an unknown ZIP code is answered %d, want 204, which no browser notes as a failure", asked.Status())
	}
	v.holds("an unknown ZIP code", answers{"zipCode": "00000"})
	must(t, v.Route("**/zip", func(r pw.Route) { _ = r.Abort() })) // a network that fails is none of the visitor's business
	v.allow("net::ERR_FAILED")
	must(t, v.Locator("#zipCode").Fill("78701"))
	v.fill(answers{"address1": "500 Example Ave", "city": "Austin", "state": "TX"})
	v.press()
	v.at("/apply/income")
}

// The Social Security number is kept without being shown, can be taken back, and dies after an hour.
func TestSteps_TheNumberIsKeptAndNeverShown(t *testing.T) {
	const kept, ends, gone = "We have the number ending in 9999. Leave the box empty to keep it.", "ends in 9999", "we keep the number for one hour at most"
	p := serve(t)
	v := p.visitor()
	if page := v.walk(everything()); !page.says(ends) {
		t.Error("the check page does not tell which number it is")
	}
	if page := v.get("/apply/income"); !page.says(kept) {
		t.Error("step 4 does not tell that the number is kept")
	}
	v.post("/apply/income", everything().only(steps[3].boxes...).with("socialSecurityNumber", ""))
	if page := v.look(); !page.says(ends) {
		t.Error("an empty box has dropped the number")
	}
	p.later("update draft set ssn_until = $1", time.Now().UnixMilli())
	if page := v.look(); page.says(ends) || !page.says(gone) {
		t.Error("after an hour the check page does not tell that the number is gone")
	}
	if page := v.get("/apply/income"); page.says(kept) {
		t.Error("after an hour step 4 tells that the number is kept")
	}
	v.post("/apply/income", everything().only(steps[3].boxes...))
	if page := v.look(); !page.says(ends) || page.says(gone) {
		t.Error("the number cannot be added again")
	}
	v.post("/apply/income", answers{"forget": "ssn"})
	if page := v.get("/apply/income"); !page.says("We removed your Social Security number.") {
		t.Error("nobody tells that the number is removed")
	}
	page := v.look()
	if page.says(ends) || page.says(gone) {
		t.Error("the number cannot be taken back")
	}
	v.finish(page, everything()).receipt(t)
	want := everythingAtAlleviate()
	for _, box := range []string{"socialSecurityNumber", "incomeSourceId", "payFrequencyId", "monthlyIncome", "employerName", "monthsAtEmployer"} {
		delete(want, box) // the button that takes it back sends the step as it stands, and it stood empty
	}
	checkArrived(t, p, want)
}

// A step that is not open yet leads to the one that is.
func TestSteps_OneAheadLeadsBackToTheFirstThatIsOpen(t *testing.T) {
	p := serve(t)
	for _, v := range []*visitor{p.visitor(), p.visitor().inSpanish()} {
		open := "/"
		for i, step := range steps {
			for _, ahead := range append([]string{"/apply", checkPath}, pathsBehind(i)...) {
				checkLeads(t, v.get(ahead), v.prefix+open)
			}
			boxes := required().only(step.boxes...)
			if i == 0 {
				maps.Copy(boxes, v.get("/").hidden())
			}
			open = strings.TrimPrefix(v.post(step.path, boxes).header.Get("Location"), v.prefix)
		}
		checkLeads(t, v.get("/apply"), v.prefix+checkPath)
	}
}

func pathsBehind(i int) []string {
	var paths []string
	for _, step := range steps[i+1:] {
		paths = append(paths, step.page())
	}
	return paths
}

// What is stored survives the end of the program at each step.
func TestSteps_ADraftOutlivesTheProgram(t *testing.T) {
	p := serve(t)
	v := p.visitor()
	first := v.get("/").hidden()
	for i, step := range steps {
		boxes := everything().only(step.boxes...)
		if i == 0 {
			maps.Copy(boxes, first)
		}
		checkLeads(t, v.post(step.path, boxes), after(i))
		p.kill()
		p.start()
	}
	v.finish(v.look(), everything()).receipt(t)
	checkArrived(t, p, everythingAtAlleviate())
}
