package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	pw "github.com/mxschmitt/playwright-go"

	"intake/internal/lead"
)

// sent is a visit whose form has been sent and answered.
func sent(t *testing.T) (*program, *visit) { return sentBy(t, onPhone) }

func sentBy(t *testing.T, who person) (*program, *visit) {
	t.Helper()
	p := serve(t)
	v := p.visitedBy(t, who)
	v.apply(required())
	v.sees(wordsQualified)
	return p, v
}

var withoutScript = person{width: 360, height: 640, noScript: true}

func (v *visit) back() {
	v.t.Helper()
	_, err := v.GoBack()
	must(v.t, err)
	v.at(checkPath)
}

// agree checks what must be checked.
func (v *visit) agree() {
	v.t.Helper()
	v.fill(required().only(consentBoxes...))
}

// change goes to a step by its Change link, answers otherwise, and comes back to the check page.
func (v *visit) change(step int, a answers) {
	v.t.Helper()
	must(v.t, v.Locator(".sectionHead a").Nth(step).Click())
	v.at(steps[step].path)
	v.fill(a)
	v.press()
	v.at(checkPath)
}

const stepHome = 2 // in steps

func TestRepeat_ADoubleClickIsOneLead(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.walk(required())
	v.agree()
	must(t, v.button().Dblclick())
	v.sees(wordsQualified)
	t.Logf("the browser posted %d times", v.postCount())
	checkOneLead(t, p)
}

func TestRepeat_ADoubleClickOnEachButtonIsOneLead(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.open("/")
	for i, step := range steps {
		v.fill(required().only(step.boxes...))
		must(t, v.button().Dblclick())
		v.at(after(i))
	}
	v.agree()
	must(t, v.button().Dblclick())
	v.sees(wordsQualified)
	checkOneLead(t, p)
}

func TestRepeat_FiveEntersAreOneLead(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.walk(required())
	v.agree()
	must(t, v.Locator("#consentTerms").Focus())
	for range 5 {
		must(t, v.Keyboard().Press("Enter"))
	}
	v.sees(wordsQualified)
	t.Logf("the browser posted %d times", v.postCount())
	checkOneLead(t, p)
}

func TestRepeat_ReloadingTheResultIsOneLead(t *testing.T) {
	t.Parallel()
	p, v := sent(t)
	for range 3 {
		_, err := v.Reload()
		must(t, err)
		v.sees(wordsQualified)
	}
	checkOneLead(t, p)
}

// seesAlreadySent waits for the page that stands in the place of answers that were sent.
func (v *visit) seesAlreadySent() {
	v.t.Helper()
	v.sees("This request is already with us")
	if text := ask[string](v, `document.querySelector('main').innerText`); strings.Contains(text, "José") || strings.Contains(text, "Example") {
		v.t.Errorf("an answer can be read after it was sent:\n%s", text)
	}
}

func TestRepeat_BackLeadsToTheRequestThatWasSentAndToNoAnswer(t *testing.T) {
	t.Parallel()
	for _, who := range []person{onPhone, withoutScript} {
		p, v := sentBy(t, who)
		result := v.path()
		v.back()
		v.seesAlreadySent()
		for range steps[1:] {
			_, err := v.GoBack()
			must(t, err)
			v.seesAlreadySent()
		}
		must(t, v.Locator("text=See where it stands").Click())
		v.sees(wordsQualified)
		if got := v.path(); got != result {
			t.Errorf("%s: the link leads to %s, the request is at %s", who, got, result)
		}
		checkOneLead(t, p)
	}
}

// The browser may keep a page as it was when its form was sent, and show that again.
func TestRepeat_APageThatTheBrowserHasKeptIsAskedForAgainAfterItsForm(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.walk(everything())
	w := v.tab()
	w.open(checkPath)
	w.agree()
	w.press()
	w.atStatus()
	const shownAgain = `dispatchEvent(new PageTransitionEvent('pageshow', {persisted: %v}))`
	for _, before := range []string{
		fmt.Sprintf(shownAgain, true), // nothing was sent from this page
		`document.querySelector('#answers').dispatchEvent(new Event('submit', {bubbles: true}))`, fmt.Sprintf(shownAgain, false),
	} {
		_, err := v.Evaluate(before)
		must(t, err)
	}
	if !ask[bool](v, `document.querySelector('#answers') !== null`) {
		t.Error("the page was asked for again without a reason")
	}
	_, err := v.Evaluate(fmt.Sprintf(shownAgain, true))
	must(t, err)
	v.seesAlreadySent()
	checkOneLead(t, p)
}

func TestRepeat_AFreshStartIsANewRequest(t *testing.T) {
	t.Parallel()
	for _, who := range []person{onPhone, withoutScript} {
		p, v := sentBy(t, who)
		first := v.path()
		v.apply(required().with("city", "Dallas"))
		v.sees(wordsQualified)
		if v.path() == first {
			t.Errorf("%s: the new request has the status page of the first", who)
		}
		awaitDelivered(t, p.twin, 2)
		p.checkStored(map[lead.Status]int{lead.Submitted: 2})
	}
}

func TestRepeat_AFormThatWasOpenWhenTheRequestWasSentChangesNothing(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.walk(everything())
	late := v.tab()
	late.open(steps[stepHome].path)
	v.agree()
	v.press()
	v.atStatus()
	late.fill(answers{"city": "Dallas"})
	late.expect(409)
	late.press()
	late.seesAlreadySent()
	late.sees("What you just changed was not saved and not sent.")
	must(t, late.Locator("text=See where it stands").Click())
	late.sees(wordsQualified)
	if late.path() != v.path() {
		t.Errorf("the link leads to %s, the request is at %s", late.path(), v.path())
	}
	_, err := late.GoBack()
	must(t, err)
	must(t, late.Locator("text=Start another request").Click())
	late.at("/")
	late.apply(required().with("city", "Dallas"))
	late.sees(wordsQualified)
	if late.path() == v.path() {
		t.Error("the new request has the status page of the first")
	}
	awaitDelivered(t, p.twin, 2)
	p.checkStored(map[lead.Status]int{lead.Submitted: 2})
}

func TestRepeat_TheFirstPageLeadsToTheRequestAndForgetsItWhenAsked(t *testing.T) {
	t.Parallel()
	for _, who := range []person{onPhone, withoutScript} {
		_, v := sentBy(t, who)
		result := v.path()
		v.open("/")
		v.sees("You sent a request on")
		must(t, v.Locator("text=See its status").Click())
		v.sees(wordsQualified)
		if got := v.path(); got != result {
			t.Errorf("%s: the link leads to %s, the request is at %s", who, got, result)
		}
		v.open("/")
		must(t, v.Locator("text=Not you? Clear").Click())
		v.sees("Your answers are cleared.")
		if v.open("/"); strings.Contains(ask[string](v, `document.body.innerText`), "You sent a request on") {
			t.Errorf("%s: the browser still leads to the request", who)
		}
	}
}

// Two tabs of one browser have one draft: what one changes, the other does not send unseen.
func TestRepeat_TwoTabsOfOneDraftAreOneLead(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.walk(required())
	v.agree()
	w := v.tab()
	w.open(checkPath)
	w.change(stepHome, answers{"city": "Dallas"})

	v.expect(422)
	v.press() // what it shows is not what the draft holds now
	v.sees("Your answers are here. Please press the button again.")
	v.sees("Dallas")
	v.agree()
	v.press()
	v.sees(wordsQualified)

	w.agree()
	w.press() // it shows what was sent
	w.sees(wordsQualified)
	if w.path() != v.path() {
		t.Errorf("the tabs end at %s and %s", v.path(), w.path())
	}
	if got := onlyLead(t, awaitDelivered(t, p.twin, 1)); got["city"] != "Dallas" {
		t.Errorf("sent was %v", got["city"])
	}
	checkOneLead(t, p)
}

// tab is another tab of the same browser.
func (v *visit) tab() *visit {
	v.t.Helper()
	page, err := v.Context().NewPage()
	must(v.t, err)
	w := &visit{Page: page, t: v.t, program: v.program, who: v.who, prefix: v.prefix}
	must(v.t, page.AddInitScript(pw.Script{Content: pw.String(tellViolations)}))
	w.watch()
	v.t.Cleanup(w.finish)
	return w
}

func TestRepeat_FiftyPostsOfOneKeyAreOneLeadAndOneReceipt(t *testing.T) {
	p := serve(t)
	v := p.visitor()
	page := v.walk(required())
	receipts := make([]string, 50)
	var posts sync.WaitGroup
	for i := range receipts {
		posts.Go(func() { receipts[i] = v.tab().finish(page, required()).header.Get("Location") })
	}
	posts.Wait()
	for _, got := range receipts {
		if !strings.HasPrefix(got, "/status/") || got != receipts[0] {
			t.Fatalf("the receipts differ: %q", receipts)
		}
	}
	checkOneLead(t, p)
}
