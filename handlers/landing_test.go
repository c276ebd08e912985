package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
)

func TestLanding_NamesNobodyAndAsksNoStore(t *testing.T) {
	d := openDoor(t)
	for _, path := range []string{"/", "/es/"} {
		first := d.get(path).Body.String()
		if again := d.get(path).Body.String(); again != first { // the clock of the test stands
			t.Errorf("%s differs between two visitors", path)
		}
	}
	if len(d.shelf.calls) > 0 {
		t.Errorf("the store was asked: %v", d.shelf.calls)
	}
}

func TestLanding_TheFirstAnswerBeginsADraft(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/")
	v.send("estimatedDebt", "$15,000").at("/apply/you", 200)
	draft := v.draft()
	if draft.Request != 1 || !draft.ShownAt.Equal(noon) || draft.Language != "en" || typedIn(&draft)["estimatedDebt"] != "$15,000" {
		t.Errorf("the draft is %d of %s %s %v", draft.Request, draft.ShownAt, draft.Language, typedIn(&draft))
	}
	if len(v.cookies[draftCookie]) < 26 || strings.Contains(v.page.Body.String(), v.cookies[draftCookie]) {
		t.Error("the handle is short, or stands in a page")
	}
}

func TestLanding_AskedAgainItHasTheAnswerAndOffersToGoOn(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/").send("estimatedDebt", "15000")
	v.open("/").value("estimatedDebt", "15000").sees(`href="/apply"`)
	v.open("/apply").at("/apply/you", 200)
	v.open("/es/").value("estimatedDebt", "15000").sees(`href="/es/apply"`)
	handle := v.cookies[draftCookie]
	v.open("/").send("estimatedDebt", "20000").at("/apply/you", 200)
	if len(d.shelf.drafts) != 1 || v.cookies[draftCookie] != handle {
		t.Errorf("there are %d drafts, want the first one", len(d.shelf.drafts))
	}
	d.visit(t).open("/").value("estimatedDebt", "").seesNot(`href="/apply"`)
}

func TestLanding_AWrongAmountIsKeptAndExplained(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/es/").send("estimatedDebt", "mucho <b>")
	if v.page.Code != 422 {
		t.Fatalf("got %d, want 422", v.page.Code)
	}
	v.sees("<title>Error: ", "Hay un problema", "Escriba dólares enteros, como 15000", `href="#estimatedDebt"`).value("estimatedDebt", "mucho <b>")
	v.open("/es/").value("estimatedDebt", "mucho <b>")
	v.open("/es/apply").at("/es/", 200)
}

func TestLanding_AnEmptyAnswerIsNoReasonToStop(t *testing.T) {
	openDoor(t).visit(t).open("/").send("estimatedDebt", "").at("/apply/you", 200)
}

func TestLanding_WhoHasSentTheirsBeginsANewOne(t *testing.T) {
	d, now := ticking(t)
	v := d.visit(t).upTo("/apply/check")
	handle := v.cookies[draftCookie]
	v.send(agreed...)
	*now = now.Add(time.Minute)
	v.open("/").seesNot(`href="/apply"`).value("estimatedDebt", "")
	v.send("estimatedDebt", "9000").at("/apply/you", 200).value("firstName", "")
	if v.cookies[draftCookie] == handle {
		t.Error("the new request goes on in the old draft")
	}
	if old, err := d.shelf.draft(handle); err != nil || old.Changed || typedIn(&old)["estimatedDebt"] != "15,000" {
		t.Errorf("the old draft is %v, %v", old, err)
	}
}

// Back shows the first page as it was before the request was sent that is with us.
func TestLanding_AnOldFirstPageBeginsAnewAfterSending(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/")
	old := v.page
	v.send("estimatedDebt", "1").send(aboutMaria...).send(homeOfMaria...).send(noIncome...).send(agreed...)
	v.place, v.page = "/", old
	v.send("estimatedDebt", "2").at("/apply/you", 200)
	if len(d.shelf.drafts) != 2 {
		t.Errorf("there are %d drafts, want a second one", len(d.shelf.drafts))
	}
	v.send(aboutMaria...).send(homeOfMaria...).send(noIncome...).send(agreed...)
	if len(d.shelf.leads) != 2 {
		t.Errorf("there are %d leads, want two", len(d.shelf.leads))
	}
}

func TestLanding_StorageTroubleLosesNothing(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/?utm_source=news")
	shown, origin := v.form().Get("shown"), v.form().Get("origin")
	d.shelf.fail = errors.New("disk canary-7319 full")
	v.send("estimatedDebt", "15000")
	if v.page.Code != 503 || v.page.Header().Get("Retry-After") == "" || v.cookies[draftCookie] != "" {
		t.Fatalf("got %d, Retry-After %q", v.page.Code, v.page.Header().Get("Retry-After"))
	}
	v.sees("We could not save your answers. They are all still here.").seesNot("canary").
		value("estimatedDebt", "15000").value("shown", shown).value("origin", origin)
	if !strings.Contains(d.log.String(), "canary-7319") {
		t.Error("the log does not tell the cause")
	}
	d.shelf.fail = nil
	v.place = "/"
	v.send("estimatedDebt", "15000").at("/apply/you", 200)
	if got := v.draft(); !got.ShownAt.Equal(noon) || got.Origin.Reveal().UTMSource != "news" {
		t.Errorf("the draft is of %s from %+v", got.ShownAt, got.Origin.Reveal())
	}
}

func TestLanding_ADraftThatCannotBeReadIsNoReasonToCloseTheDoor(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/").send("estimatedDebt", "15000")
	d.Drafts = unreadable{d.shelf}
	v.open("/").at("/", 200).value("estimatedDebt", "")
}

// unreadable fails at every look at a draft.
type unreadable struct{ *shelf }

func (unreadable) FindDraft(context.Context, string) (lead.Draft, error) {
	return lead.Draft{}, errors.New("disk canary-7319 broken")
}

func TestDraft_TheCookieIsForOurOwnPagesAndThreeDays(t *testing.T) {
	d := openDoor(t)
	got := d.visit(t).open("/").press("estimatedDebt", "1") // exchange looks at the rest
	cookies := got.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != draftCookie || cookies[0].MaxAge != 72*3600 {
		t.Errorf("the cookies are %v", cookies)
	}
	for _, value := range []string{"", "x", "../../etc", strings.Repeat("A", 5000), "AAAAAAAAAAAAAAAAAAAAAAAAAA\x00"} {
		r := request(http.MethodGet, "/apply", "")
		r.Header.Set("Cookie", draftCookie+"="+value)
		d.shelf.calls = nil
		if got := d.do(r); got.Code != 303 || got.Header().Get("Location") != "/" || len(d.shelf.calls) > 0 {
			t.Errorf("the cookie %q: got %d %s, asked %v", value, got.Code, got.Header().Get("Location"), d.shelf.calls)
		}
	}
}

// askingAboutALoan is the door where the first step asks about a loan too.
func askingAboutALoan(c *Config) { c.Site.LoanFields = true }

func TestLanding_AsksAboutALoanWhereItIsSet(t *testing.T) {
	d := openDoor(t, askingAboutALoan)
	for _, prefix := range []string{"", "/es"} {
		v := d.visit(t).open(prefix+"/").sees(`name="loanAmount"`, `<select id="loanPurposeId"`)
		v.send("estimatedDebt", "15,000", "loanAmount", "lots", "loanPurposeId", "19").at(prefix+"/", 422).
			value("loanAmount", "lots").sees(`href="#loanAmount"`, `href="#loanPurposeId"`)
		v.send("loanAmount", "$8,000", "loanPurposeId", "18").send(aboutMaria...).send(homeOfMaria...).send(noIncome...).
			at(prefix+"/apply/check", 200).sees("$8,000").send(agreed...)
		l, _ := d.shelf.only(t)
		if l.Applicant.LoanAmount.Reveal() != 8000 || l.Applicant.LoanPurposeID.Reveal() != 18 {
			t.Errorf("stored are %v for the purpose %v", l.Applicant.LoanAmount.Reveal(), l.Applicant.LoanPurposeID.Reveal())
		}
		clear(d.shelf.leads)
	}
}

func TestLanding_AsksNothingAboutALoanByItself(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).open("/").seesNot("loan")
	if got := v.press("loanAmount", "8000").Code; got != 400 {
		t.Errorf("an answer that nobody asked for: got %d, want 400", got)
	}
}

// A setting is changed while people are on their way.
func TestLanding_WhatIsAskedNoLongerStopsNobodyAndGoesNowhere(t *testing.T) {
	for _, amount := range []string{"8,000", "lots"} {
		asking, d := openDoor(t, askingAboutALoan), openDoor(t)
		v := asking.visit(t).open("/").send("estimatedDebt", "15,000", "loanAmount", amount, "loanPurposeId", "18")
		d.Handlers.Drafts, d.Handlers.Leads = asking.shelf, asking.shelf
		v.d.routes = d.routes
		v.open("/").send("estimatedDebt", "15,000").send(aboutMaria...).send(homeOfMaria...).send(noIncome...).at("/apply/check", 200).seesNot("8,000").send(agreed...)
		if l, _ := asking.shelf.only(t); l.Applicant.LoanAmount.Given() || l.Applicant.LoanPurposeID.Given() {
			t.Error("an answer goes along that was not on the check page")
		}
	}
}

func TestCheck_APageFromBeforeTheLoanWasAskedAboutIsShownAgain(t *testing.T) {
	asking, d := openDoor(t, askingAboutALoan), openDoor(t)
	v := asking.visit(t).open("/").send("estimatedDebt", "15,000", "loanAmount", "8,000").
		send(aboutMaria...).send(homeOfMaria...).send(noIncome...).at("/apply/check", 200)
	d.Handlers.Drafts, d.Handlers.Leads = asking.shelf, asking.shelf
	v.d.routes = d.routes
	v.send(agreed...).at("/apply/check", 422).seesNot("8,000")
	if len(asking.shelf.leads) != 0 {
		t.Error("a lead was stored that differs from its page")
	}
}
