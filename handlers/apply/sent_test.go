package apply_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

// personal is what Maria has answered, as a page would show it.
var personal = []string{"Maria", "O&#39;Brien", "O'Brien", "555-0148", "5550148", "1979", "Bluebonnet", "Austin", "78745", "15,000"}

// afterSending are the pages that had the answers.
var afterSending = []string{"/apply", "/apply/you", "/apply/home", "/apply/income", "/apply/check"}

func TestSent_NoPageShowsAnAnswerAgain(t *testing.T) {
	for _, prefix := range []string{"", "/es"} {
		app, now := handlerstest.NewWithClock(t)
		v := app.Visit(t).UpTo(prefix + "/apply/check")
		status := v.Send(agreed...).Path
		for _, path := range afterSending {
			v.Open(prefix+path).IsAt(prefix+path, 200).Sees(`href="` + status + `"`).SeesNot(personal...)
		}
		*now = now.Add(30 * time.Minute) // the next person at a shared computer
		for _, path := range afterSending {
			v.Open(prefix+path).IsAt(prefix+path, 404).Sees("(512) 555-0100", "<title>"+map[string]string{"": "Notice: ", "/es": "Aviso: "}[prefix]).
				SeesNot(personal...).SeesNot(status)
		}
	}
}

func TestSent_TheFirstPageLeadsToTheRequestForHalfAnHour(t *testing.T) {
	for prefix, words := range map[string][]string{
		"":    {"You sent a request on", "November 22, 2026, 8:05 AM CST", "See its status", "Not you? Clear"},
		"/es": {"Usted envió una solicitud el", "22 de noviembre de 2026, 8:05 a.m. CST", "Ver su estado", "¿No es usted? Borrar"},
	} {
		app, now := handlerstest.NewWithClock(t)
		v := app.Visit(t).UpTo(prefix + "/apply/check")
		status := v.Send(agreed...).Path
		*now = now.Add(30*time.Minute - time.Second)
		v.Open(prefix+"/").Sees(words...).Sees(`href="`+status+`"`, `action="`+prefix+`/apply/clear"`).HasValue("estimatedDebt", "").SeesNot("Maria", "15,000")
		app.Visit(t).Open(prefix + "/").SeesNot(words...)
		*now = now.Add(time.Second)
		v.Open(prefix + "/").SeesNot(words...).SeesNot(status)
		v.Open(status).IsAt(status, 200) // whoever kept the address
	}
}

func TestSent_ClearMakesTheBrowserForgetIt(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/es/apply/check")
	status := v.Send(agreed...).Path
	got := v.Exchange(handlerstest.Request("POST", "/es/apply/clear", ""))
	if cookies := got.Result().Cookies(); got.Code != 303 || got.Header().Get("Location") != "/es/?cleared" || len(cookies) != 1 || cookies[0].MaxAge >= 0 {
		t.Errorf("got %d %s with the cookies %v", got.Code, got.Header().Get("Location"), cookies)
	}
	v.Open("/es/").SeesNot(status)
	v.Open("/es/apply/check").IsAt("/es/apply/check", 404)
}

// A form that was open in another tab, or that Back has shown, is posted after the request was sent.
func TestSent_AStepThatIsPostedAgainIsAConflict(t *testing.T) {
	for path, changed := range map[string][]string{
		"/apply/you":    with(aboutMaria, "firstName", "Marisol"),
		"/apply/home":   with(homeOfMaria, "city", "Dallas"),
		"/apply/income": {"socialSecurityNumber", "123-45-6789"},
	} {
		app, now := handlerstest.NewWithClock(t)
		v := app.Visit(t).UpTo("/apply/check")
		open := v.Again().Open(path)
		status := v.Send(agreed...).Path
		before := v.Draft()
		late := open.Again()
		open.Send(changed...).IsAt(path, 409).SeesNot(personal...).SeesNot("Marisol", "Dallas", "6789").
			Sees("This request is already with us", "What you just changed was not saved and not sent.", `href="`+status+`"`, `href="/">Start another request`, "(512) 555-0100")
		if after := v.Draft(); !after.Typed.Equal(before.Typed) || after.SSN.Given() || after.Changed {
			t.Errorf("%s: the draft has changed", path)
		}
		*now = now.Add(30 * time.Minute)
		late.Send(changed...).IsAt(path, 409).SeesNot(status).Sees("use the web address of its status page", "Start another request")
		app.Store.OnlyLead(t)
	}
}

// Both tabs have read the draft when the first one sends it with other answers.
func TestSent_AnswersThatAnotherTabHasSentOtherwiseAreAConflict(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	before := v.Draft()
	shown := v.Again()
	v.Again().Open("/apply/home").Send(with(homeOfMaria, "city", "Dallas")...).Send(agreed...)
	status := "/status/" + v.Draft().Sent.Handle
	app.Store.Stale = &before
	shown.Send(agreed...).IsAt("/apply/check", 409).Sees(status, "What you just changed was not saved and not sent.").SeesNot("Maria")
	app.Store.OnlyLead(t)
}

func TestSent_AnotherRequestStartsEmpty(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check").Send(agreed...)
	v.Open("/").Send("estimatedDebt", "9000").IsAt("/apply/you", 200).HasValue("firstName", "")
	v.Send(aboutMaria...).Send(homeOfMaria...).Send(noIncome...).Send(agreed...)
	if len(app.Store.Leads) != 2 {
		t.Errorf("there are %d leads, want two", len(app.Store.Leads))
	}
}

// The first page is posted at the moment at which another tab sends the draft.
func TestSent_TheFirstStepThatMeetsTheSendingStartsAnotherRequest(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	before := v.Draft()
	first := v.Again().Open("/")
	v.Send(agreed...)
	app.Store.Stale = &before
	first.Press("estimatedDebt", "9000")
	app.Store.Stale = nil
	if first.Open("/apply/you").HasValue("firstName", ""); len(app.Store.Drafts) != 2 {
		t.Errorf("there are %d drafts, want another one", len(app.Store.Drafts))
	}
}

func TestSteps_WithoutADraftSayWhy(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	for prefix, words := range map[string][2]string{
		"":    {"this browser blocks cookies", "your earlier answers are no longer kept"},
		"/es": {"este navegador bloquea las cookies", "sus respuestas anteriores ya no se conservan"},
	} {
		for _, path := range afterSending[1:] {
			app.Visit(t).Open(prefix+path).IsAt(prefix+path, 404).Sees(words[0], "(512) 555-0100", ` autofocus`)
		}
		v := app.Visit(t).UpTo(prefix + "/apply/check")
		*now = now.Add(lead.DraftKept)
		for _, path := range afterSending[1:] {
			v.Open(prefix+path).IsAt(prefix+path, 404).Sees(words[1], "(512) 555-0100")
		}
	}
}

// A browser without cookies gets no further than the second step, and is told so at each press.
func TestSteps_WithoutCookiesNobodyGoesRoundInCircles(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/you")
	clear(v.Cookies)
	v.Send(aboutMaria...).IsAt("/apply/you", 422).Sees("this browser blocks cookies", "(512) 555-0100")
	if len(v.Cookies) == 0 || !strings.Contains(v.Draft().Typed.Reveal(), "Maria") { // it took the cookie after all
		t.Error("what was posted is lost")
	}
	app.Store.FailFind = errors.New("broken")
	v.Open("/apply/you").IsAt("/apply/you", 503)
}
