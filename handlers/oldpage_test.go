package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

// signsInAgain as somebody, while a page of the session before is open in another tab.
func signsInAgain(v *handlerstest.Visitor, id string) {
	form := url.Values{"where": {"here"}, "csrfToken": {v.Form().Get("csrfToken")}}
	v.Exchange(handlerstest.Request(http.MethodPost, "/sign-out", form.Encode()))
	v.SignIn("/sign-in", id)
}

// typedForm is the desk's form as Dana has filled it in.
func typedForm(dana *handlerstest.Visitor) url.Values {
	form := dana.Follow("/desk").Form()
	maps.Copy(form, caller)
	form.Set("socialSecurityNumber", "532-84-7316")
	return form
}

func TestOldPage_TheDesksFormIsShownAgainWithWhatWasTypedAndSentByPressingOnceMore(t *testing.T) {
	for _, isPart := range []bool{false, true} {
		app, _ := handlerstest.StaffSite(t)
		dana := app.Visit(t).SignIn("/sign-in", "dana")
		form := typedForm(dana)
		signsInAgain(dana, "dana")
		r := handlerstest.Request(http.MethodPost, "/desk", form.Encode())
		if isPart {
			r = handlerstest.Fragment(r)
		}
		dana.Path, dana.Page = "/desk", dana.Exchange(r)
		dana.IsAt("/desk", http.StatusForbidden).HasValue("firstName", "maria").HasValue("callId", "C-1").HasValue("draft", form.Get("draft")).SeesNot("7316").
			Sees("this form was opened before you signed in again", "Press Send once more", "Type it again: a page never holds it")
		if isPart != strings.HasPrefix(dana.Page.Body.String(), "<form") || isPart != (dana.Page.Header().Get("HX-Retarget") == "#answers") {
			t.Errorf("as a part %v: answered %v", isPart, dana.Page.Header())
		}
		if len(app.Store.Leads) != 0 {
			t.Fatal("a form of an earlier session became a lead")
		}
		again := dana.Form()
		maps.Copy(again, caller)
		if got := dana.Exchange(handlerstest.Request(http.MethodPost, "/desk", again.Encode())); got.Code != http.StatusSeeOther {
			t.Errorf("pressing once more is answered %d", got.Code)
		}
		app.Store.OnlyLead(t)
	}
}

func TestOldPage_OfSomebodyElseIsKeptForThemAndShownToNobodyElse(t *testing.T) {
	app, _ := handlerstest.StaffSite(t)
	browser := app.Visit(t).SignIn("/sign-in", "dana")
	form := typedForm(browser)
	signsInAgain(browser, "lee")
	page := browser.Exchange(handlerstest.Request(http.MethodPost, "/desk", form.Encode()))
	part := browser.Exchange(handlerstest.Fragment(handlerstest.Request(http.MethodPost, "/desk", form.Encode())))
	for said, got := range map[string]string{"from a page that was opened before you signed in": page.Body.String(), "somebody else has signed in since": part.Body.String()} {
		if !strings.Contains(got, said) || strings.Contains(got, "maria") || strings.Contains(got, "gonzalez") {
			t.Errorf("the answer does not say %q, or what Dana typed: %s", said, got)
		}
	}
	if page.Code != http.StatusForbidden || part.Code != http.StatusForbidden || len(app.Store.Leads) != 0 {
		t.Errorf("answered %d and %d, with %d leads", page.Code, part.Code, len(app.Store.Leads))
	}
	browser.Follow("/desk").SeesNot("unsent form")
	signsInAgain(browser, "dana")
	browser.Follow("/desk").Sees("unsent form").Follow("/desk?draft="+form.Get("draft")).HasValue("firstName", "maria").SeesNot("7316")
}

func TestOldPage_WhatIsSavedByItselfIsSavedAndNothingElseIsDone(t *testing.T) {
	app, _ := handlerstest.StaffSite(t)
	dana := app.Visit(t).SignIn("/sign-in", "dana")
	form := typedForm(dana)
	saves := func(firstName string) *http.Request {
		form.Set("firstName", firstName)
		return handlerstest.Request(http.MethodPost, "/desk/draft", form.Encode())
	}
	signsInAgain(dana, "dana")
	if got := dana.Exchange(saves("marisol")); got.Code != http.StatusForbidden {
		t.Errorf("with the token of an earlier session: %d", got.Code)
	}
	dana.Follow("/desk?draft="+form.Get("draft")).HasValue("firstName", "marisol")
	session := dana.Cookies["session"]
	delete(dana.Cookies, "session")
	if got := dana.Exchange(saves("mariana")); got.Code != http.StatusSeeOther || !strings.HasPrefix(got.Header().Get("Location"), "/sign-in?to=%2Fdesk%3Fdraft%3D") {
		t.Errorf("without a session: %d to %q", got.Code, got.Header().Get("Location"))
	}
	form.Set("by", handlerstest.SignedIn("lee", "Lee Park").Key)
	if got := dana.Exchange(saves("a thief")); got.Header().Get("Location") != "/sign-in?to=%2Fdesk" {
		t.Errorf("in another name: %d to %q", got.Code, got.Header().Get("Location"))
	}
	discard := url.Values{"draft": {form.Get("draft")}, "discard": {"yes"}}
	if got := dana.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", discard.Encode())); got.Header().Get("Location") != "/sign-in?to=%2Fdesk" {
		t.Errorf("throwing away without a session: %d to %q", got.Code, got.Header().Get("Location"))
	}
	dana.Cookies["session"] = session
	if got := dana.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", discard.Encode())); got.Code != http.StatusForbidden {
		t.Errorf("throwing away without a token: %d", got.Code)
	}
	dana.Follow("/desk?draft="+form.Get("draft")).IsAt("/desk", http.StatusOK).HasValue("firstName", "mariana")
	if len(app.Store.Leads) != 0 {
		t.Error("a lead was stored")
	}
}

func TestOldPage_FormsAboutALeadAreShownAgainWithWhatWasTyped(t *testing.T) {
	app, store := handlerstest.StaffSite(t)
	l := store.Put(0, handlerstest.SignedIn("dana", "Dana Reyes"), func(l *lead.Lead) { l.Status, l.ResultCode, l.AlleviateID, l.Step = lead.Created, 1000, "a", lead.Look })
	dana := app.Visit(t).SignIn("/sign-in", "dana")
	path := "/desk/leads/" + string(l.ID)
	for _, tt := range []struct {
		path string
		form url.Values
		sees []string
	}{
		{path + "/disposition", url.Values{"disposition": {"2"}, "note": {"after work"}, "callBackAt": {"2026-11-23T15:30"}}, []string{"Press the button once more", "after work", `value="2026-11-23T15:30"`, `value="2" checked`}},
		{path + "/refresh", url.Values{}, []string{"Press the button once more", `id="result"`}},
		{"/desk/search", url.Values{"query": {"maria@example.com"}}, []string{"Press the button once more", `value="maria@example.com"`}},
	} {
		for _, isPart := range []bool{false, true} {
			tt.form.Set("csrfToken", "of-an-earlier-session")
			r := handlerstest.Request(http.MethodPost, tt.path, tt.form.Encode())
			if isPart {
				r = handlerstest.Fragment(r)
			}
			dana.Path, dana.Page = tt.path, dana.Exchange(r)
			dana.IsAt(tt.path, http.StatusForbidden).Sees(tt.sees...)
			if len(store.Given)+len(store.Asked)+len(store.Queries) != 0 || strings.Contains(dana.Page.Body.String(), `http-equiv="refresh"`) {
				t.Errorf("%s: given %v, asked %v, searched %v, or the page loads itself again", tt.path, store.Given, store.Asked, store.Queries)
			}
			tt.form.Set("csrfToken", dana.Form().Get("csrfToken"))
		}
		if got := dana.Exchange(handlerstest.Request(http.MethodPost, tt.path, tt.form.Encode())); got.Code >= 400 {
			t.Errorf("%s: pressing once more is answered %d", tt.path, got.Code)
		}
		store.Given, store.Asked, store.Queries = nil, nil, nil
	}
	lee := app.Visit(t).SignIn("/sign-in", "lee")
	for _, act := range []string{"/disposition", "/refresh"} {
		if got := lee.Exchange(handlerstest.Request(http.MethodPost, path+act, "")); got.Code != http.StatusNotFound {
			t.Errorf("%s of another's lead without a token: %d", act, got.Code)
		}
	}
}
