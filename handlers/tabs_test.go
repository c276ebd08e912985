package handlers

import (
	"strings"
	"testing"

	"intake/internal/lead"
)

// Three people use one browser one after the other; the third one in a tab from before the first.
func TestTabs_EverybodyOnASharedDeviceGetsTheirOwnReceipt(t *testing.T) {
	d := openDoor(t)
	first := d.visit(t).open("/")
	second := first.again().open("/")
	third := first.again() // the first tab's page, gone back to
	receipts := map[string]bool{}
	for _, tab := range []*visitor{first, second, third} {
		tab.send("estimatedDebt", "15000").send(aboutMaria...).send(homeOfMaria...).send(noIncome...).at("/apply/check", 200)
		got := tab.press(agreed...)
		if got.Code != 303 {
			t.Errorf("got %d, want a receipt", got.Code)
		}
		receipts[got.Header().Get("Location")] = true
	}
	if len(receipts) != 3 || len(d.shelf.leads) != 3 {
		t.Errorf("three requests have %d receipts and %d leads", len(receipts), len(d.shelf.leads))
	}
}

// What stands hidden in one visitor's page is worth nothing to another, and a handle that a browser makes
// up names nothing.
func TestTabs_NoHiddenValueLeadsToAnothersReceipt(t *testing.T) {
	d := openDoor(t)
	first, other, unsent := d.visit(t).upTo("/apply/check"), d.visit(t).upTo("/apply/check"), d.visit(t).upTo("/apply/check")
	request, page := first.form().Get("request"), first.form().Get("page")
	status := first.send(agreed...).place
	other.send(agreed...)
	other.open("/apply/check")
	invented := d.visit(t)
	invented.cookies[draftCookie], invented.place, invented.page = lead.NewHandle(), "/apply/check", unsent.page
	for who, v := range map[string]*visitor{"who has sent theirs": other, "who has not": unsent, "who has no draft": invented} {
		for story, replayed := range map[string][]string{
			"the request": {"request", request}, "the page": {"page", page}, "both": {"request", request, "page", page},
			"the request, retyped": {"request", strings.ToLower(request)}, "the handle": {"request", first.cookies[draftCookie] + ".1"},
		} {
			got := v.press(with(agreed, replayed...)...)
			if said := got.Header().Get("Location") + got.Body.String(); strings.Contains(said, status) {
				t.Errorf("%s posts %s of another draft, is answered %d, and gets its status page", who, story, got.Code)
			}
		}
	}
	if _, made := d.shelf.drafts[invented.cookies[draftCookie]]; made || len(d.shelf.leads) != 2 {
		t.Errorf("a draft with a handle of the browser's own: %v; %d leads, want two", made, len(d.shelf.leads))
	}
}

// A form of the first request, which is with us, is posted again after the second was sent.
func TestTabs_AFormOfAnEarlierRequestIsAnotherForm(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	old := v.page
	v.send(agreed...).open("/apply/home").send(with(homeOfMaria, "city", "Dallas")...).send(agreed...).at("/apply/check", 409)
	earlier := v.again()
	for _, press := range []func(){func() { v.send(agreed...) }, func() {}} { // before the second one is sent, and after
		earlier.page = old
		earlier.send(agreed...).at("/apply/check", 422).sees("These are the answers that this browser sent us last.")
		press()
	}
	if len(d.shelf.leads) != 2 {
		t.Errorf("there are %d leads, want two", len(d.shelf.leads))
	}
	if v.open("/apply/check").seesNot("not sent"); v.draft().Request != 2 {
		t.Errorf("the draft is at request %d", v.draft().Request)
	}
}

// Whoever takes up a draft that is gone gets a new one under a handle of ours.
func TestTabs_ADraftNeverGetsAHandleThatABrowserChose(t *testing.T) {
	d := openDoor(t)
	for _, path := range []string{"/", "/apply/you"} {
		v := d.visit(t)
		chosen := lead.NewHandle()
		v.cookies[draftCookie], v.place, v.page = chosen, path, d.get("/")
		v.press("estimatedDebt", "15000")
		if _, made := d.shelf.drafts[chosen]; made {
			t.Errorf("%s began a draft under the browser's handle", path)
		}
	}
}

func TestDraft_EachHasAHandleOfItsOwn(t *testing.T) {
	d := openDoor(t)
	for range 50 {
		v := d.visit(t).open("/").send("estimatedDebt", "15000")
		if !handleForm.MatchString(v.cookies[draftCookie]) {
			t.Fatalf("the handle has another form than ours")
		}
	}
	if len(d.shelf.drafts) != 50 {
		t.Errorf("50 visitors have %d drafts", len(d.shelf.drafts))
	}
}
