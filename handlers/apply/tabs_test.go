package apply_test

import (
	"regexp"
	"strings"
	"testing"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

// Three people use one browser one after the other; the third one in a tab from before the first.
func TestTabs_EverybodyOnASharedDeviceGetsTheirOwnReceipt(t *testing.T) {
	app := handlerstest.New(t)
	first := app.Visit(t).Open("/")
	second := first.Again().Open("/")
	third := first.Again() // the first tab's page, gone back to
	receipts := map[string]bool{}
	for _, tab := range []*handlerstest.Visitor{first, second, third} {
		tab.Send("estimatedDebt", "15000").Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).IsAt("/apply/check", 200)
		got := tab.Press(agreed...)
		if got.Code != 303 {
			t.Errorf("got %d, want a receipt", got.Code)
		}
		receipts[got.Header().Get("Location")] = true
	}
	if len(receipts) != 3 || len(app.Store.Leads) != 3 {
		t.Errorf("three requests have %d receipts and %d leads", len(receipts), len(app.Store.Leads))
	}
}

// What stands hidden in one visitor's page is worth nothing to another, and a handle that a browser makes
// up names nothing.
func TestTabs_NoHiddenValueLeadsToAnothersReceipt(t *testing.T) {
	app := handlerstest.New(t)
	first, other, unsent := app.Visit(t).UpTo("/apply/check"), app.Visit(t).UpTo("/apply/check"), app.Visit(t).UpTo("/apply/check")
	request, page := first.Form().Get("request"), first.Form().Get("page")
	status := first.Send(agreed...).Path
	other.Send(agreed...)
	other.Open("/apply/check")
	invented := app.Visit(t)
	invented.Cookies[handlerstest.Cookie], invented.Path, invented.Page = lead.NewHandle(), "/apply/check", unsent.Page
	for who, v := range map[string]*handlerstest.Visitor{"who has sent theirs": other, "who has not": unsent, "who has no draft": invented} {
		for name, replayed := range map[string][]string{
			"the request": {"request", request}, "the page": {"page", page}, "both": {"request", request, "page", page},
			"the request, retyped": {"request", strings.ToLower(request)}, "the handle": {"request", first.Cookies[handlerstest.Cookie] + ".1"},
		} {
			got := v.Press(with(agreed, replayed...)...)
			if said := got.Header().Get("Location") + got.Body.String(); strings.Contains(said, status) {
				t.Errorf("%s posts %s of another draft, is answered %d, and gets its status page", who, name, got.Code)
			}
		}
	}
	if _, made := app.Store.Drafts[invented.Cookies[handlerstest.Cookie]]; made || len(app.Store.Leads) != 2 {
		t.Errorf("a draft with a handle of the browser's own: %v; %d leads, want two", made, len(app.Store.Leads))
	}
}

// A form of the first request, which is with us, is posted again while the second is filled in and after it was sent.
func TestTabs_AFormOfAnEarlierRequestIsAnotherForm(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	earlier := v.Again()
	first := v.Send(agreed...).Path
	v.UpTo("/apply/check")
	earlier.Cookies = v.Cookies
	page := earlier.Page
	earlier.Send(agreed...).IsAt("/apply/check", 422).Sees("These are the answers that this browser sent us last.")
	second := v.Send(agreed...).Path
	earlier.Page = page
	earlier.Send(agreed...).IsAt("/apply/check", 409).Sees(second).SeesNot(first)
	if len(app.Store.Leads) != 2 {
		t.Errorf("there are %d leads, want two", len(app.Store.Leads))
	}
}

// Whoever takes up a draft that is gone gets a new one under a handle of ours.
func TestTabs_ADraftNeverGetsAHandleThatABrowserChose(t *testing.T) {
	app := handlerstest.New(t)
	for _, path := range []string{"/", "/apply/you"} {
		v := app.Visit(t)
		chosen := lead.NewHandle()
		v.Cookies[handlerstest.Cookie], v.Path, v.Page = chosen, path, app.Get("/")
		v.Press("estimatedDebt", "15000")
		if _, made := app.Store.Drafts[chosen]; made {
			t.Errorf("%s began a draft under the browser's handle", path)
		}
	}
}

func TestDraft_EachHasAHandleOfItsOwn(t *testing.T) {
	app := handlerstest.New(t)
	for range 50 {
		v := app.Visit(t).Open("/").Send("estimatedDebt", "15000")
		if !regexp.MustCompile(`^[A-Z2-7]{35}$`).MatchString(v.Cookies[handlerstest.Cookie]) {
			t.Fatalf("the handle has another form than ours")
		}
	}
	if len(app.Store.Drafts) != 50 {
		t.Errorf("50 visitors have %d drafts", len(app.Store.Drafts))
	}
}
