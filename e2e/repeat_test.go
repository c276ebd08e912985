package e2e

import (
	"sync"
	"testing"

	"intake/internal/lead"
)

// sent is a visit whose form has been sent and answered.
func sent(t *testing.T) (*program, *visit) { return sentBy(t, onPhone) }

func sentBy(t *testing.T, who person) (*program, *visit) {
	t.Helper()
	p := serve(t)
	v := p.visitedBy(t, who)
	v.open("/apply")
	v.fill(required())
	v.press()
	v.sees(wordsQualified)
	return p, v
}

func (v *visit) back() {
	v.t.Helper()
	_, err := v.GoBack()
	must(v.t, err)
	if got := v.path(); got != "/apply" {
		v.t.Fatalf("Back leads to %s, want /apply", got)
	}
}

func TestRepeat_ADoubleClickIsOneLead(t *testing.T) {
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.open("/apply")
	v.fill(required())
	must(t, v.sendButton().Dblclick())
	v.sees(wordsQualified)
	t.Logf("the browser posted %d times", v.postCount())
	checkOneLead(t, p)
}

func TestRepeat_FiveEntersAreOneLead(t *testing.T) {
	p := serve(t)
	v := p.visitedBy(t, onPhone)
	v.open("/apply")
	v.fill(required())
	must(t, v.Locator("#city").Focus())
	for range 5 {
		must(t, v.Keyboard().Press("Enter"))
	}
	v.sees(wordsQualified)
	t.Logf("the browser posted %d times", v.postCount())
	checkOneLead(t, p)
}

func TestRepeat_ReloadingTheResultIsOneLead(t *testing.T) {
	p, v := sent(t)
	for range 3 {
		_, err := v.Reload()
		must(t, err)
		v.sees(wordsQualified)
	}
	checkOneLead(t, p)
}

func TestRepeat_BackAndSendAgainIsOneLeadAndTheSamePage(t *testing.T) {
	p, v := sent(t)
	result := v.path()
	v.back()
	v.press()
	v.sees(wordsQualified)
	if got := v.path(); got != result {
		t.Errorf("the second sending leads to %s, the first led to %s", got, result)
	}
	checkOneLead(t, p)
}

func TestRepeat_BackAndSendAgainWithoutJavaScriptIsOneLeadAndTheSamePage(t *testing.T) {
	p, v := sentBy(t, person{width: 360, height: 640, noScript: true})
	result := v.path()
	v.back()
	v.fill(required())
	v.press()
	v.sees(wordsQualified)
	if got := v.path(); got != result {
		t.Errorf("the second sending leads to %s, the first led to %s", got, result)
	}
	checkOneLead(t, p)
}

func TestRepeat_AFreshStartIsANewRequest(t *testing.T) {
	for _, who := range []person{onPhone, {width: 360, height: 640, noScript: true}} {
		p, v := sentBy(t, who)
		first := v.path()
		v.open("/")
		v.fill(required().with("city", "Dallas"))
		v.press()
		v.sees(wordsQualified)
		if v.path() == first {
			t.Errorf("%s: the new request has the status page of the first", who)
		}
		awaitDelivered(t, p.twin, 2)
		p.checkStored(map[lead.Status]int{lead.Submitted: 2})
	}
}

func TestRepeat_BackChangeAndSendTellsThatTheFirstVersionIsWithUs(t *testing.T) {
	p, v := sent(t)
	result := v.path()
	v.back()
	must(t, v.Locator("#city").Fill("Dallas"))
	v.expect(409)
	v.press()
	v.sees("This request is already with us")
	v.sees("An earlier version has been with us since")
	v.sees("The change you just made was not sent.")
	if got, err := v.Locator("#city").InputValue(); err != nil || got != "Dallas" {
		t.Errorf("the change is not kept in the form: %q, %v", got, err)
	}
	must(t, v.Locator("text=See the status of the earlier version").Click())
	v.sees(wordsQualified)
	if got := v.path(); got != result {
		t.Errorf("the link leads to %s, the first version is at %s", got, result)
	}
	checkOneLead(t, p)
}

func TestRepeat_TheChangedAnswersCanBeSentAsANewRequest(t *testing.T) {
	p, v := sent(t)
	first := v.path()
	v.back()
	must(t, v.Locator("#city").Fill("Dallas"))
	v.expect(409)
	v.press()
	v.sees("This request is already with us")
	must(t, v.Locator("#consentCredit").Check())
	must(t, v.Locator("#consentTerms").Check())
	v.press()
	v.sees(wordsQualified)
	if v.path() == first {
		t.Error("the new request has the status page of the first")
	}
	awaitDelivered(t, p.twin, 2)
	p.checkStored(map[lead.Status]int{lead.Submitted: 2})
}

func TestRepeat_FiftyPostsOfOneKeyAreOneLeadAndOneReceipt(t *testing.T) {
	p := serve(t)
	key := p.newKey()
	receipts := make([]string, 50)
	var posts sync.WaitGroup
	for i := range receipts {
		posts.Go(func() { receipts[i] = p.post(key, required()).header.Get("Location") })
	}
	posts.Wait()
	for _, got := range receipts {
		if got == "" || got != receipts[0] {
			t.Fatalf("the receipts differ: %q", receipts)
		}
	}
	checkOneLead(t, p)
}
