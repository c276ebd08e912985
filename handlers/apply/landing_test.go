package apply_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/handlerstest"
)

func TestLanding_NamesNobodyAndAsksNoStore(t *testing.T) {
	app := handlerstest.New(t)
	for _, path := range []string{"/", "/es/"} {
		first := app.Get(path).Body.String()
		if again := app.Get(path).Body.String(); again != first { // the clock of the test stands
			t.Errorf("%s differs between two visitors", path)
		}
	}
	if len(app.Store.Calls) > 0 {
		t.Errorf("the store was asked: %v", app.Store.Calls)
	}
}

func TestLanding_TheFirstAnswerStartsADraft(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/")
	v.Send("estimatedDebt", "$15,000").IsAt("/apply/you", 200)
	draft := v.Draft()
	if draft.Request != 1 || !draft.ShownAt.Equal(handlerstest.Noon) || draft.Language != "en" || draft.Form().Boxes["estimatedDebt"] != "$15,000" {
		t.Errorf("the draft is %d of %s %s %v", draft.Request, draft.ShownAt, draft.Language, draft.Form().Boxes)
	}
	if len(v.Cookies[handlerstest.Cookie]) < 26 || strings.Contains(v.Page.Body.String(), v.Cookies[handlerstest.Cookie]) {
		t.Error("the handle is short, or stands in a page")
	}
}

func TestLanding_ShowsTheAnswerAgainAndOffersToContinue(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/").Send("estimatedDebt", "15000")
	v.Open("/").HasValue("estimatedDebt", "15000").Sees(`href="/apply"`)
	v.Open("/apply").IsAt("/apply/you", 200)
	v.Open("/es/").HasValue("estimatedDebt", "15000").Sees(`href="/es/apply"`)
	handle := v.Cookies[handlerstest.Cookie]
	v.Open("/").Send("estimatedDebt", "20000").IsAt("/apply/you", 200)
	if len(app.Store.Drafts) != 1 || v.Cookies[handlerstest.Cookie] != handle {
		t.Errorf("there are %d drafts, want the first one", len(app.Store.Drafts))
	}
	app.Visit(t).Open("/").HasValue("estimatedDebt", "").SeesNot(`href="/apply"`)
}

func TestLanding_AnInvalidAmountIsStoredAndExplained(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/es/").Send("estimatedDebt", "mucho <b>")
	if v.Page.Code != 422 {
		t.Fatalf("got %d, want 422", v.Page.Code)
	}
	v.Sees("<title>Error: ", "Hay un problema", "El total de sus deudas debe ser una cantidad en dólares, sin centavos, como 1500", `href="#estimatedDebt"`).HasValue("estimatedDebt", "mucho <b>")
	v.Open("/es/").HasValue("estimatedDebt", "mucho <b>")
	v.Open("/es/apply").IsAt("/es/", 200)
}

func TestLanding_AnEmptyAnswerIsAccepted(t *testing.T) {
	handlerstest.New(t).Visit(t).Open("/").Send("estimatedDebt", "").IsAt("/apply/you", 200)
}

func TestLanding_StartsANewDraftAfterSending(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	v := app.Visit(t).UpTo("/apply/check")
	handle := v.Cookies[handlerstest.Cookie]
	v.Send(agreed...)
	*now = now.Add(time.Minute)
	v.Open("/").SeesNot(`href="/apply"`).HasValue("estimatedDebt", "")
	v.Send("estimatedDebt", "9000").IsAt("/apply/you", 200).HasValue("firstName", "")
	if v.Cookies[handlerstest.Cookie] == handle {
		t.Error("the new request goes on in the old draft")
	}
	if old, err := app.Store.Draft(handle); err != nil || old.Changed || old.Form().Boxes["estimatedDebt"] != "15,000" {
		t.Errorf("the old draft is %v, %v", old, err)
	}
}

// Back shows the first page as it was before the request was sent that is with us.
func TestLanding_AnOldFirstPageStartsANewDraftAfterSending(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/")
	old := v.Page
	v.Send("estimatedDebt", "1").Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).Send(agreed...)
	v.Path, v.Page = "/", old
	v.Send("estimatedDebt", "2").IsAt("/apply/you", 200)
	if len(app.Store.Drafts) != 2 {
		t.Errorf("there are %d drafts, want a second one", len(app.Store.Drafts))
	}
	v.Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).Send(agreed...)
	if len(app.Store.Leads) != 2 {
		t.Errorf("there are %d leads, want two", len(app.Store.Leads))
	}
}

func TestLanding_StorageTroubleLosesNothing(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/?utm_source=news")
	shown, origin := v.Form().Get("shown"), v.Form().Get("origin")
	app.Store.Fail = errors.New("disk canary-7319 full")
	v.Send("estimatedDebt", "15000")
	if v.Page.Code != 503 || v.Page.Header().Get("Retry-After") == "" || v.Cookies[handlerstest.Cookie] != "" {
		t.Fatalf("got %d, Retry-After %q", v.Page.Code, v.Page.Header().Get("Retry-After"))
	}
	v.Sees("We could not save your answers. They are all still here.").SeesNot("canary").
		HasValue("estimatedDebt", "15000").HasValue("shown", shown).HasValue("origin", origin)
	if !strings.Contains(app.Logged.String(), "canary-7319") {
		t.Error("the log does not hold the cause")
	}
	app.Store.Fail = nil
	v.Path = "/"
	v.Send("estimatedDebt", "15000").IsAt("/apply/you", 200)
	if got := v.Draft(); !got.ShownAt.Equal(handlerstest.Noon) || got.Origin.Reveal().UTMSource != "news" {
		t.Errorf("the draft is of %s from %+v", got.ShownAt, got.Origin.Reveal())
	}
}

func TestLanding_IsShownWhenTheDraftCannotBeRead(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/").Send("estimatedDebt", "15000")
	app.Store.FailFind = errUnreadable
	v.Open("/").IsAt("/", 200).HasValue("estimatedDebt", "")
}

// errUnreadable is a store that fails at every look at a draft.
var errUnreadable = errors.New("disk canary-7319 broken")

func TestDraft_TheCookieIsForOurOwnPagesAndThreeDays(t *testing.T) {
	app := handlerstest.New(t)
	got := app.Visit(t).Open("/").Press("estimatedDebt", "1") // exchange looks at the rest
	cookies := got.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != handlerstest.Cookie || cookies[0].MaxAge != 72*3600 {
		t.Errorf("the cookies are %v", cookies)
	}
	for _, value := range []string{"", "x", "../../etc", strings.Repeat("A", 5000), "AAAAAAAAAAAAAAAAAAAAAAAAAA\x00"} {
		r := handlerstest.Request(http.MethodGet, "/apply", "")
		r.Header.Set("Cookie", handlerstest.Cookie+"="+value)
		app.Store.Calls = nil
		if got := app.Do(r); got.Code != 303 || got.Header().Get("Location") != "/" || len(app.Store.Calls) > 0 {
			t.Errorf("the cookie %q: got %d %s, asked %v", value, got.Code, got.Header().Get("Location"), app.Store.Calls)
		}
	}
}

// askingAboutALoan is the setting with which the first step asks about a loan too.
func askingAboutALoan(c *handlers.Config) { c.Site.LoanFields = true }

func TestLanding_AsksAboutALoanWhereItIsSet(t *testing.T) {
	app := handlerstest.New(t, askingAboutALoan)
	for _, prefix := range []string{"", "/es"} {
		v := app.Visit(t).Open(prefix+"/").Sees(`name="loanAmount"`, `<select id="loanPurposeId"`)
		v.Send("estimatedDebt", "15,000", "loanAmount", "lots", "loanPurposeId", "19").IsAt(prefix+"/", 422).
			HasValue("loanAmount", "lots").Sees(`href="#loanAmount"`, `href="#loanPurposeId"`)
		v.Send("loanAmount", "$8,000", "loanPurposeId", "18").Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).
			IsAt(prefix+"/apply/check", 200).Sees("$8,000").Send(agreed...)
		l, _ := app.Store.OnlyLead(t)
		if l.Applicant.LoanAmount.Reveal() != 8000 || l.Applicant.LoanPurposeID.Reveal() != 18 {
			t.Errorf("stored are %v for the purpose %v", l.Applicant.LoanAmount.Reveal(), l.Applicant.LoanPurposeID.Reveal())
		}
		clear(app.Store.Leads)
	}
}

func TestLanding_AsksNothingAboutALoanByItself(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/").SeesNot("loanAmount", "loanPurposeId", "amount")
	if got := v.Press("loanAmount", "8000").Code; got != 400 {
		t.Errorf("an answer that nobody asked for: got %d, want 400", got)
	}
}

// A setting is changed while people are on their way.
func TestLanding_AnswersThatAreNoLongerAskedForAreIgnored(t *testing.T) {
	for _, amount := range []string{"8,000", "lots"} {
		asking := handlerstest.New(t, askingAboutALoan)
		app := handlerstest.New(t, handlerstest.Over(asking.Store))
		v := asking.Visit(t).Open("/").Send("estimatedDebt", "15,000", "loanAmount", amount, "loanPurposeId", "18")
		v.App = app
		v.Open("/").Send("estimatedDebt", "15,000").Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).IsAt("/apply/check", 200).SeesNot("8,000").Send(agreed...)
		if l, _ := asking.Store.OnlyLead(t); l.Applicant.LoanAmount.Given() || l.Applicant.LoanPurposeID.Given() {
			t.Error("an answer goes along that was not on the check page")
		}
	}
}

func TestCheck_APageFromBeforeTheLoanWasAskedAboutIsShownAgain(t *testing.T) {
	asking := handlerstest.New(t, askingAboutALoan)
	app := handlerstest.New(t, handlerstest.Over(asking.Store))
	v := asking.Visit(t).Open("/").Send("estimatedDebt", "15,000", "loanAmount", "8,000").
		Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).IsAt("/apply/check", 200)
	v.App = app
	v.Send(agreed...).IsAt("/apply/check", 422).SeesNot("8,000")
	if len(asking.Store.Leads) != 0 {
		t.Error("a lead was stored that differs from its page")
	}
}
