package apply_test

import (
	"errors"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/internal/consent"
	"intake/internal/lead"
)

func TestCheck_ThePageIsKeptByteForByteBeforeItIsSent(t *testing.T) {
	for path, language := range map[string]string{"/apply/check": "en", "/es/apply/check": "es"} {
		app := handlerstest.New(t)
		v := app.Visit(t).UpTo(path)
		id, _, _ := strings.Cut(v.Form().Get("page"), ".")
		kept, ok := app.Store.Pages[id]
		if !ok || kept.Draft != v.Cookies[handlerstest.Cookie] {
			t.Fatalf("the page %q is not kept with the draft", id)
		}
		if got := string(kept.Bytes()); got != v.Page.Body.String() {
			t.Errorf("kept are %d bytes, sent %d, and they differ", len(got), v.Page.Body.Len())
		}
		if kept.Language != language || !kept.At.Equal(handlerstest.Noon) || len(kept.Sheet) == 0 {
			t.Errorf("the page is kept in %q of %s with a sheet of %d bytes", kept.Language, kept.At, len(kept.Sheet))
		}
		v.Sees(app.Texts.For(language, consent.Names{})[2].Control).SeesNot("\x00", "checked", "{")
	}
}

func TestCheck_TheShellIsTheSameForAllPeople(t *testing.T) {
	shell := func(v *handlerstest.Visitor) (shells []string) {
		id, _, _ := strings.Cut(v.Form().Get("page"), ".")
		for _, part := range v.App.Store.Pages[id].Parts {
			if part.Hole == consent.Shell {
				shells = append(shells, string(part.Bytes))
			} else if len(part.Bytes) == 0 {
				t.Errorf("a part of %s is empty", part.Hole)
			}
		}
		return shells
	}
	app := handlerstest.New(t)
	maria := shell(app.Visit(t).UpTo("/apply/check"))
	v := app.Visit(t).Open("/").Send("estimatedDebt", "77000").
		Send("firstName", "Zoë", "lastName", "Canaryson", "dateOfBirth-month", "1", "dateOfBirth-day", "2", "dateOfBirth-year", "1960", "email", "z@gmial.com", "homePhone", "800 555 0199").
		Send("zipCode", "10001", "address1", "7", "city", "Nowhere", "state", "TX").Send("socialSecurityNumber", "123-45-6789").IsAt("/apply/check", 200)
	if zoe := shell(v); !slices.Equal(maria, zoe) {
		t.Errorf("the shells differ:\n%q\n%q", maria, zoe)
	}
	for _, part := range maria {
		for _, never := range []string{"Maria", "O&#39;Brien", "5550148", "555-0148", "Bluebonnet", "78745"} {
			if strings.Contains(part, never) {
				t.Errorf("the shell says %q", never)
			}
		}
	}
}

func TestCheck_EachPageHasAnIDOfItsOwn(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	first := v.Form().Get("page")
	if second := v.Open("/apply/check").Form().Get("page"); second == first || len(app.Store.Pages) != 2 {
		t.Errorf("%d pages are kept for two that were sent", len(app.Store.Pages))
	}
}

func TestCheck_APageThatCannotBeKeptIsNotSent(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/income")
	app.Store.FailPages = errors.New("disk canary-7319 full")
	v.Send(noIncome...).IsAt("/apply/check", 503).SeesNot("canary", `type="checkbox"`).Sees("Maria")
	if v.Page.Header().Get("Retry-After") == "" || !strings.Contains(app.Logged.String(), "canary-7319") {
		t.Error("there is no Retry-After, or the cause is not logged")
	}
	app.Store.FailPages = nil
	v.Send().IsAt("/apply/check", 422).Sees(`type="checkbox"`, "Maria").Send(agreed...)
	app.Store.OnlyLead(t)
}

// C-4: what was typed is with the draft; a consent is given in one language, and asked for again.
func TestCheck_TheOtherLanguageIsAPageOfItsOwn(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	english := v.Form().Get("page")
	v.Send(with(agreed, "language", "es")...).IsAt("/es/apply/check", 200).Sees("Maria").SeesNot("checked")
	v.Send(with(agreed, "page", english)...).IsAt("/es/apply/check", 422).Sees("Sus respuestas están aquí.")
	if len(app.Store.Leads) != 0 {
		t.Error("who saw English has agreed in Spanish")
	}
	v.Send(agreed...)
	if l, record := app.Store.OnlyLead(t); l.Language != "es" || record.Language != "es" || record.Acts[0].Language != "es" || !strings.HasPrefix(v.Path, "/es/status/") {
		t.Errorf("the lead is in %s, the record in %s, and the visitor at %s", l.Language, record.Language, v.Path)
	}
}

// Every box is empty on the page that comes back, so each required one is missing there, also one that was checked before.
func TestCheck_EveryRequiredConsentIsAskedForWhenOneIsMissing(t *testing.T) {
	for _, given := range [][]string{
		nil,
		{"consentCredit", "yes", "consentMarketing", "yes"},
		{"consentTerms", "yes", "consentCredit", "no"},
		{"consentMarketing", "yes"},
	} {
		for prefix, words := range map[string][]string{
			"":    {"There is a problem", "All boxes are empty again. Check each one you agree to."},
			"/es": {"Hay un problema", "Todas las casillas están vacías otra vez. Marque cada una que acepte."},
		} {
			app := handlerstest.New(t)
			v := app.Visit(t).UpTo(prefix + "/apply/check").SeesNot(words...)
			first := v.Form().Get("page")
			v.Send(given...).IsAt(prefix+"/apply/check", 422).Sees("<title>Error: ", `href="#consentCredit"`, `href="#consentTerms"`).
				Sees(words...).SeesNot("checked", `href="#consentMarketing"`)
			id, _, _ := strings.Cut(v.Form().Get("page"), ".")
			if kept := app.Store.Pages[id]; v.Form().Get("page") == first || string(kept.Bytes()) != v.Page.Body.String() {
				t.Error("the second page is not kept as it was sent")
			}
			v.Send(agreed...) // the whole message is followed
			if _, record := app.Store.OnlyLead(t); record.PageID != id {
				t.Errorf("the record names the page %s, want the last one, %s", record.PageID, id)
			}
		}
	}
}

// The browser stops at a box that is required, without a script and without losing what is checked.
func TestCheck_TheBrowserIsToldWhichConsentsAreRequired(t *testing.T) {
	required := func(v *handlerstest.Visitor) (names []string) {
		for _, m := range regexp.MustCompile(`<input type="checkbox" id="(\w+)"[^>]* required`).FindAllStringSubmatch(v.Page.Body.String(), -1) {
			names = append(names, m[1])
		}
		return names
	}
	v := handlerstest.New(t).Visit(t).UpTo("/apply/check").SeesNot("novalidate").Sees("1 of 3 · Required", "2 of 3 · Required", "3 of 3 · Optional")
	if got := required(v); !slices.Equal(got, []string{"consentCredit", "consentTerms"}) {
		t.Errorf("required are %q", got)
	}
	v = handlerstest.New(t, creditOptional).Visit(t).UpTo("/es/apply/check").Sees("1 de 3 · Opcional", "2 de 3 · Obligatorio", "3 de 3 · Opcional")
	if got := required(v); !slices.Equal(got, []string{"consentTerms"}) {
		t.Errorf("where the credit check may be declined, required are %q", got)
	}
}

// C-5
func TestCheck_DoubleClicksAndResendingAreOneLead(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	v := app.Visit(t).UpTo("/apply/income").Send("socialSecurityNumber", "123-45-6789").IsAt("/apply/check", 200)
	other := v.Again().Open("/apply/check")
	first := v.Press(agreed...)
	for range 4 { // five Enters
		if again := v.Press(agreed...); again.Code != 303 || again.Header().Get("Location") != first.Header().Get("Location") {
			t.Fatalf("got %d %s, want the first receipt", again.Code, again.Header().Get("Location"))
		}
	}
	*now = now.Add(2 * time.Hour)
	if again := other.Press(agreed...); again.Header().Get("Location") != first.Header().Get("Location") {
		t.Errorf("the other tab got %d %s", again.Code, again.Header().Get("Location"))
	}
	if l, _ := app.Store.OnlyLead(t); l.Applicant.SocialSecurityNumber.Reveal() != "123456789" {
		t.Errorf("the lead has the number %q", l.Applicant.SocialSecurityNumber.Reveal())
	}
}

func TestCheck_AgreeingToSomethingElseIsAConflict(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	shown := v.Again()
	status := v.Send(agreed...).Path
	for _, consents := range [][]string{nil, {"consentTerms", "yes"}, agreed} { // nothing is asked for twice
		if got := shown.Press(consents...); got.Code != 303 || got.Header().Get("Location") != status {
			t.Errorf("%v: got %d %s", consents, got.Code, got.Header().Get("Location"))
		}
	}
	shown.Send(with(agreed, "consentMarketing", "yes")...).IsAt("/apply/check", 409).
		Sees(status, "What you just changed was not saved and not sent.", "Start another request").SeesNot("Maria", "78745")
	if l, _ := app.Store.OnlyLead(t); l.Permission.Marketing {
		t.Error("the first lead has changed")
	}
}

// Two tabs that both read the draft before either has sent it.
func TestCheck_TheSameAtTheSameMomentIsOneLead(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	before := v.Draft()
	first := v.Press(agreed...)
	app.Store.Drafts[before.Handle.Reveal()] = before
	if again := v.Press(agreed...); again.Code != 303 || again.Header().Get("Location") != first.Header().Get("Location") {
		t.Errorf("got %d %s, want the first receipt", again.Code, again.Header().Get("Location"))
	}
	app.Store.OnlyLead(t)
}

func TestCheck_AnswersThatAnotherTabHasChangedAreShownFirst(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	v.Again().Open("/apply/you").Send(with(aboutMaria, "homePhone", "512 555 0199")...)
	v.Send(agreed...).IsAt("/apply/check", 422).Sees("Your answers are here. Please press the button again.", "555-0199")
	if len(app.Store.Leads) != 0 {
		t.Fatal("a consent counted for a number that was not on the page")
	}
	v.Send(agreed...)
	if l, record := app.Store.OnlyLead(t); l.Applicant.HomePhone.Reveal() != "5125550199" || record.Phone.Reveal() != "5125550199" {
		t.Errorf("the lead has %s, the record %s", l.Applicant.HomePhone.Reveal(), record.Phone.Reveal())
	}
}

func TestCheck_AnswersThatAnotherTabMadeInvalidAreAskedForAgain(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	v.Again().Open("/apply/home").Send(with(homeOfMaria, "zipCode", "1")...)
	v.Send(agreed...).IsAt("/apply/home", 200).HasValue("zipCode", "1")
	if len(app.Store.Leads) != 0 {
		t.Error("a lead was stored")
	}
}

func TestCheck_OnlyAPageOfOursCounts(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	v := app.Visit(t).UpTo("/apply/income").Send("socialSecurityNumber", "123-45-6789").IsAt("/apply/check", 200)
	other := app.Visit(t).UpTo("/apply/check")
	sameAnswers := app.Visit(t).UpTo("/apply/income").Send("socialSecurityNumber", "123-45-6789").IsAt("/apply/check", 200)
	for name, page := range map[string]string{
		"none": "", "an id alone": strings.Repeat("A", 26), "another person's": other.Form().Get("page"),
		"that of a person with the same answers": sameAnswers.Form().Get("page"),
		"another id":                             "B" + v.Form().Get("page")[1:], "no base64": "x.!!!", "the proof of another page": swapped(v),
	} {
		if got := v.Press(with(agreed, "page", page)...); got.Code != 422 || !strings.Contains(got.Body.String(), "Please press the button again.") {
			t.Errorf("%s: got %d", name, got.Code)
		}
	}
	if slices.Contains(app.Store.Calls, "Save") { // which takes longer, and would tell one from the other
		t.Error("the store was asked to save a lead")
	}
	*now = now.Add(lead.DraftSSNKept) // the page speaks of a number that is gone
	v.Send(agreed...).IsAt("/apply/check", 422)
	reworded, later := handlerstest.NewWithClock(t, handlerstest.Over(app.Store), func(c *handlers.Config) { c.Site.Seller = "Somebody Else LLC" })
	*later, v.App = *now, reworded
	v.Send(agreed...).IsAt("/apply/check", 422).Sees("Somebody Else LLC")
	if len(app.Store.Leads) != 0 {
		t.Error("a lead was stored")
	}
	for id := range app.Store.Pages {
		delete(app.Store.Pages, id)
	}
	v.Send(agreed...).IsAt("/apply/check", 422).Send(agreed...) // one that was never kept, and the next
	app.Store.OnlyLead(t)
}

// swapped is the id of the visitor's page with the proof of the next one.
func swapped(v *handlerstest.Visitor) string {
	id, _, _ := strings.Cut(v.Form().Get("page"), ".")
	_, proof, _ := strings.Cut(v.Again().Open("/apply/check").Form().Get("page"), ".")
	return id + "." + proof
}

func TestCheck_SaysThatTheDraftHasExpiredMeanwhile(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	app.Store.FailPages = lead.ErrNotFound
	v.Send().IsAt("/apply/check", 422).Sees("your earlier answers are no longer kept", `name="estimatedDebt"`)
}

func TestCheck_AFormOfAnotherRequestShowsTheAnswersAgain(t *testing.T) {
	app := handlerstest.New(t)
	v, other := app.Visit(t).UpTo("/apply/check"), app.Visit(t).UpTo("/apply/check")
	for _, request := range []string{"", handlerstest.Handle, "short", stampOf(t, app.Get("/").Body.String()), v.Form().Get("page"), other.Form().Get("request"), v.Cookies[handlerstest.Cookie] + ".1"} {
		v.Send(with(agreed, "request", request)...).IsAt("/apply/check", 422).Sees("These are the answers that this browser sent us last.", "Maria")
	}
	if len(app.Store.Leads) != 0 {
		t.Error("a lead was stored")
	}
}

func TestCheck_AnExpiredDraftShowsTheFirstPageWithANotice(t *testing.T) {
	for path, words := range map[string]string{
		"/apply/check": "your earlier answers are no longer kept", "/es/apply/check": "sus respuestas anteriores ya no se conservan",
	} {
		app, now := handlerstest.NewWithClock(t)
		v := app.Visit(t).UpTo(path)
		*now = now.Add(lead.DraftKept)
		if got := v.Press(agreed...); got.Code != 422 || !strings.Contains(got.Body.String(), words) || !strings.Contains(got.Body.String(), `name="estimatedDebt"`) {
			t.Errorf("got %d:\n%s", got.Code, got.Body.String())
		}
		if len(app.Store.Leads) != 0 {
			t.Error("a lead was stored")
		}
	}
}

func TestCheck_AnswersThatAreNoLongerValidAreAskedForAgain(t *testing.T) {
	app := handlerstest.New(t)
	got := app.Submit(handlerstest.Filled("email", "nobody"))
	if got.Code != 303 || got.Header().Get("Location") != "/apply/you" || len(app.Store.Leads) != 0 {
		t.Errorf("got %d %s and %d leads, want the step", got.Code, got.Header().Get("Location"), len(app.Store.Leads))
	}
}

func TestCheck_SaysWhenTheFirstVersionCameInThePersonsTimeZone(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check").Send(agreed...)
	status := html.UnescapeString(v.Path)
	v.Open("/apply/check").Sees(">November 22, 2026, 8:05 AM CST</time>", `href="`+status+`"`).SeesNot("not sent")
}

func creditOptional(c *handlers.Config) { c.CreditOptional = true }

func TestCheck_TheCreditCheckMayBeDeclinedWhereItIsNotRequired(t *testing.T) {
	app := handlerstest.New(t, creditOptional)
	v := app.Visit(t).UpTo("/apply/check").Sees(`name="consentCredit"`)
	v.Send().IsAt("/apply/check", 422).Sees(`href="#consentTerms"`).SeesNot(`href="#consentCredit"`)
	shown := v.Again()
	status := v.Send("consentTerms", "yes").Sees(`data-state="received"`).Path
	l, record := app.Store.OnlyLead(t)
	if l.Permission.CreditCheck || !l.Permission.Terms || len(record.Acts) != 3 || record.Acts[0].Purpose != consent.Credit || record.Acts[0].Given {
		t.Errorf("the permission is %+v, the evidence %+v", l.Permission, record.Acts)
	}
	if again := shown.Press("consentTerms", "yes"); again.Code != 303 || again.Header().Get("Location") != status {
		t.Errorf("the same again: got %d %s, want %s", again.Code, again.Header().Get("Location"), status)
	}
	shown.Send(agreed...).IsAt("/apply/check", 409).Sees("not sent")
	app.Store.OnlyLead(t)
}
