package later_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

var prefixes = []string{"", "/es"}

// post sends a form to an address and goes on to where it leads.
func post(v *handlerstest.Visitor, path, form string) *handlerstest.Visitor {
	got := v.Exchange(handlerstest.Request(http.MethodPost, path, form))
	if got.Code == http.StatusSeeOther {
		return v.Open(got.Header().Get("Location"))
	}
	v.Path, v.Page = path, got
	return v
}

var linkPattern = regexp.MustCompile(`<input id="link" value="http://localhost:8080((?:/es)?/apply/return/[A-Z2-7]{26})" readonly`)

// linkOf is the path of the link that the page shows.
func linkOf(t *testing.T, v *handlerstest.Visitor) string {
	t.Helper()
	m := linkPattern.FindStringSubmatch(v.Page.Body.String())
	if m == nil {
		t.Fatalf("%s shows no link", v.Path)
	}
	return m[1]
}

// leaves fills in half of the address step, presses Finish later and returns the link.
func leaves(t *testing.T, v *handlerstest.Visitor, prefix string) string {
	t.Helper()
	v.UpTo(prefix+"/apply/home").Send("zipCode", "78745", "city", "Aus\x1ftin", "later", "yes").IsAt(prefix+"/apply/later", 200)
	return linkOf(t, v)
}

const (
	ended = "This link does not work"
	sent  = "This request was already sent"
)

var endWords = map[string]map[string]string{ended: {"": ended, "/es": "Este enlace no funciona"}, sent: {"": sent, "/es": "Esta solicitud ya se envió"}}

func TestLater_AnotherBrowserGoesOnWhereThePersonStopped(t *testing.T) {
	for _, prefix := range prefixes {
		app, now := handlerstest.NewWithClock(t)
		first := app.Visit(t)
		link := leaves(t, first, prefix)
		// 72 hours later, where the ZIP code is
		first.Sees(map[string]string{"": "Wednesday, November 25, 2026 at 8:05 AM, Central Time</time>", "/es": "miércoles 25 de noviembre de 2026 a las 8:05 a.\u00a0m., hora del Centro</time>"}[prefix])
		*now = now.Add(lead.ReturnKept - time.Second)
		second := app.Visit(t)
		for range 3 { // a robot that previews links, too
			second.Open(link).IsAt(link, 200).SeesNot("78745", "Maria", "O'Brien", "maria@example.com")
		}
		if len(second.Cookies) > 0 {
			t.Error("looking at the link sets a cookie")
		}
		post(second, link, "go=on").IsAt(prefix+"/apply/home", 200).HasValue("zipCode", "78745").HasValue("city", "Aus\x1ftin")
		if second.Cookies[handlerstest.Cookie] == first.Cookies[handlerstest.Cookie] {
			t.Error("both browsers have the same cookie")
		}
		first.Open(prefix+"/apply/home").IsAt(prefix+"/", 200).SeesNot("78745")
		second.Send(handlerstest.HomeOfMaria...).Send().IsAt(prefix+"/apply/check", 200)
		second.Send(handlerstest.Agreed...)
		if l, _ := app.Store.OnlyLead(t); l.Applicant.FirstName.Reveal() != "Maria" {
			t.Errorf("%s: another lead was sent", prefix)
		}
	}
}

func TestLater_APressThatIsRepeatedLosesNothing(t *testing.T) {
	app := handlerstest.New(t)
	link := leaves(t, app.Visit(t), "")
	lost := app.Visit(t)
	lost.Exchange(handlerstest.Request(http.MethodPost, link, "go=on")) // the browser never got the answer
	again := app.Visit(t)
	post(again, link, "go=on").IsAt("/apply/home", 200).HasValue("zipCode", "78745")
	cookie, calls := again.Cookies[handlerstest.Cookie], len(app.Store.Calls)
	post(again, link, "go=on").IsAt("/apply/home", 200).HasValue("zipCode", "78745") // a double click
	if again.Cookies[handlerstest.Cookie] != cookie || strings.Contains(strings.Join(app.Store.Calls[calls:], " "), "MoveDraft") {
		t.Error("the same browser moved the draft once more")
	}
	again.Open("/apply/later").IsAt("/apply/later", 200).Sees("http://localhost:8080" + link)
}

// Whoever tries links learns nothing from the answer.
func TestLater_WrongEndedReplacedAndClearedLinksLookTheSame(t *testing.T) {
	for _, prefix := range prefixes {
		app, now := handlerstest.NewWithClock(t)
		v := app.Visit(t)
		replaced := leaves(t, v, prefix)
		*now = now.Add(time.Minute)
		cleared := linkOf(t, post(v, prefix+"/apply/later", "later=yes"))
		post(v, prefix+"/apply/clear", "clear=yes")
		over := leaves(t, app.Visit(t), prefix)
		*now = now.Add(lead.ReturnKept)
		var first string
		for name, link := range map[string]string{"wrong": prefix + "/apply/return/AAAAAAAAAAAAAAAAAAAAAAAAAA", "no token": prefix + "/apply/return/x", "replaced": replaced, "cleared": cleared, "over": over} {
			for _, form := range []string{"", "go=on"} {
				other := app.Visit(t)
				if other.Open(link); form != "" {
					post(other, link, form)
				}
				other.IsAt(link, 404).Sees(endWords[ended][prefix], "(512) 555-0100")
				body := strings.ReplaceAll(other.Page.Body.String(), strings.TrimPrefix(link, prefix), "LINK")
				if first == "" {
					first = body
				}
				if body != first || len(other.Cookies) > 0 {
					t.Errorf("%s %s %q looks otherwise, or sets %v", prefix, name, form, other.Cookies)
				}
			}
		}
	}
}

func TestLater_ARequestThatWasSentSaysSoAndShowsNothing(t *testing.T) {
	for _, prefix := range prefixes {
		app := handlerstest.New(t)
		v := app.Visit(t)
		link := leaves(t, v, prefix)
		v.Open(prefix + "/apply/home").Send(handlerstest.HomeOfMaria...).Send().Send(handlerstest.Agreed...)
		l, _ := app.Store.OnlyLead(t)
		for _, form := range []string{"", "go=on"} {
			other := app.Visit(t)
			if other.Open(link); form != "" {
				post(other, link, form)
			}
			other.IsAt(link, 410).Sees(endWords[sent][prefix]).SeesNot("Maria", "78745", l.Handle.Reveal(), string(l.ID))
			if len(other.Cookies) > 0 {
				t.Error("it sets a cookie")
			}
		}
		// Nothing is left to finish later.
		v.Open(prefix + "/apply/home").SeesNot(`name="later"`)
		v.Open(prefix + "/apply/check").SeesNot(`name="later"`)
		v.Open(prefix+"/apply/later").IsAt(prefix+"/apply/check", 200)
		post(v, prefix+"/apply/later", "later=yes").IsAt(prefix+"/apply/check", 200)
	}
}

func TestLater_TheNumberIsErasedByAskingAndByComingBack(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/income")
	v.Send("monthlyIncome", "3,200", "socialSecurityNumber", "219-09-9999", "later", "yes").IsAt("/apply/later", 200).Sees("We did not keep your Social Security number")
	link := linkOf(t, v)
	if v.Draft().SSN.Given() {
		t.Error("asking for the link keeps the number")
	}
	v.Open("/apply/income").HasValue("monthlyIncome", "3,200").Send("socialSecurityNumber", "219-09-9999").IsAt("/apply/check", 200).Sees("ends in 9999")
	other := app.Visit(t)
	post(other, link, "go=on").IsAt("/apply/check", 200).Sees("not when you finish later").SeesNot("9999")
	if other.Draft().SSN.Given() {
		t.Error("coming back keeps the number")
	}
	post(other, "/apply/later", "later=yes").IsAt("/apply/later", 200) // from the check page
	linkOf(t, other)
}

// Before the ZIP code is known the time is that of the site.
func TestLater_TheTimeOfAnUnknownPlaceIsThatOfTheSite(t *testing.T) {
	app := handlerstest.New(t)
	app.Visit(t).UpTo("/apply/you").Send("later", "yes").IsAt("/apply/later", 200).
		Sees(handlerstest.Noon.Add(lead.ReturnKept).In(handlerstest.Zone).Format("at 3:04 PM, "))
}

func TestLater_WithoutADraftThereIsNothingToLink(t *testing.T) {
	app := handlerstest.New(t)
	app.Visit(t).Open("/apply/later").IsAt("/", 200)
	post(app.Visit(t), "/apply/later", "later=yes").IsAt("/", 200)
	begun := app.Visit(t).UpTo("/apply/you")
	begun.Open("/apply/later").IsAt("/apply/you", 200) // nobody asked
	if strings.Contains(strings.Join(app.Store.Calls, " "), "DropDraft") {
		t.Error("something was erased")
	}
}

// A step that expired meanwhile begins anew, as by any other button.
func TestLater_AStepOfAnExpiredDraftBeginsAnew(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	v := app.Visit(t).UpTo("/apply/home")
	*now = now.Add(lead.DraftKept)
	v.Send("city", "Austin", "later", "yes").IsAt("/", 200).Sees("no longer kept")
}

func TestLater_TheAddressIsInNoLogAndNoReferer(t *testing.T) {
	app := handlerstest.New(t)
	link := leaves(t, app.Visit(t), "")
	v := app.Visit(t)
	for _, path := range []string{link, link + "x"} {
		if got := v.Open(path).Page.Header().Get("Referrer-Policy"); got != "strict-origin" {
			t.Errorf("Referrer-Policy is %q", got)
		}
		post(v, path, "go=on")
	}
	post(v, link, "7319=on")
	app.Store.FailFind = errors.New("disk full")
	v.Open(link).IsAt(link, 503)
	token := link[strings.LastIndex(link, "/")+1:]
	if log := app.Logged.String(); strings.Contains(log, token) || !strings.Contains(log, "/apply/return/:token") {
		t.Errorf("the log:\n%s", log)
	}
	title := regexp.MustCompile(`<title>[^<]*`).FindString(v.Page.Body.String())
	if strings.Contains(title, token) {
		t.Error("the title names the token")
	}
}

func TestClear_ErasesTheDraftItsLinkAndTheCookie(t *testing.T) {
	for _, prefix := range prefixes {
		app := handlerstest.New(t)
		v := app.Visit(t)
		link := leaves(t, v, prefix)
		answer := v.Exchange(handlerstest.Request(http.MethodPost, prefix+"/apply/clear", "clear=yes"))
		cookie := answer.Result().Cookies()
		if len(cookie) != 1 || cookie[0].Name != handlerstest.Cookie || cookie[0].MaxAge != -1 || cookie[0].Value != "" {
			t.Errorf("the cookies are %v", cookie)
		}
		v.Open(answer.Header().Get("Location")).IsAt(prefix+"/", 200).Sees(map[string]string{"": "Your answers are cleared.", "/es": "Sus respuestas se borraron."}[prefix]).HasValue("estimatedDebt", "")
		if len(app.Store.Drafts) > 0 {
			t.Error("the draft is still stored")
		}
		app.Visit(t).Open(link).IsAt(link, 404)
		v.Open(prefix+"/apply").IsAt(prefix+"/", 200)
		v.Open(prefix+"/").SeesNot("cleared.", "se borraron.")
		post(v, prefix+"/apply/clear", "").IsAt(prefix+"/", 200) // there is nothing, and that is no error
	}
}

func TestClear_SaysSoOnlyWhileItIsTrue(t *testing.T) {
	v := handlerstest.New(t).Visit(t).UpTo("/apply/you")
	v.Open("/?cleared").IsAt("/", 200).SeesNot("cleared.").HasValue("estimatedDebt", "15,000")
	v.UpTo("/apply/check").Send(handlerstest.Agreed...)
	v.Open("/?cleared").IsAt("/", 200).SeesNot("cleared.")
}

func TestClear_LeavesARequestThatWasSent(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check").Send(handlerstest.Agreed...)
	status := v.Path
	app.Store.ChangeLeads(func(l *lead.Lead) { l.Status = lead.Closed })
	v.Open(status).Sees(`action="/apply/clear"`)
	post(v, "/apply/clear", "clear=yes").IsAt("/", 200).Sees("Your answers are cleared.")
	v.Open("/apply/check").IsAt("/", 200).SeesNot("Maria")
	v.Open(status).IsAt(status, 200)
	app.Store.OnlyLead(t)
}

// The page must not say that the answers are gone when they are not, and the cookie is what the next press needs.
func TestClear_AStoreThatFailsIsAClearPageAndKeepsTheCookie(t *testing.T) {
	for _, prefix := range prefixes {
		app := handlerstest.New(t)
		v := app.Visit(t).UpTo(prefix + "/apply/you")
		cookie := v.Cookies[handlerstest.Cookie]
		app.Store.Fail = errors.New("disk full")
		post(v, prefix+"/apply/clear", "clear=yes").IsAt(prefix+"/apply/clear", 503).
			Sees(map[string]string{"": "We could not clear your answers", "/es": "No pudimos borrar sus respuestas"}[prefix], `action="`+prefix+`/apply/clear"`)
		if v.Cookies[handlerstest.Cookie] != cookie {
			t.Error("the cookie is gone")
		}
		app.Store.Fail = nil
		post(v, prefix+"/apply/clear", "clear=yes").IsAt(prefix+"/", 200)
	}
}

func TestLater_AStoreThatFailsIsAProblemAndLosesNothing(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/home")
	app.Store.Fail = errors.New("disk full")
	v.Send("city", "Aus\x1ftin", "later", "yes")
	if v.HasValue("city", "Aus\x1ftin"); v.Page.Code != 503 {
		t.Errorf("got %d", v.Page.Code)
	}
	post(v, "/apply/later", "later=yes").IsAt("/apply/later", 503)
	app.Store.Fail = nil
	link := leaves(t, app.Visit(t), "")
	app.Store.Fail = errors.New("disk full")
	other := app.Visit(t)
	post(other, link, "go=on").IsAt(link, 503)
	if len(other.Cookies) > 0 {
		t.Error("it sets a cookie")
	}
	app.Store.Fail, app.Store.FailFind = nil, errors.New("disk full")
	v.Open("/apply/later").IsAt("/apply/later", 503)
}

func TestLater_OneAddressPostsSoManyTimes(t *testing.T) {
	app, now := handlerstest.NewLimited(t)
	for range 300 {
		*now = now.Add(5 * time.Millisecond) // below the limit on all visitors together
		if got := app.Do(handlerstest.Request(http.MethodPost, "/apply/return/AAAAAAAAAAAAAAAAAAAAAAAAAA", "go=on")); got.Code != 404 {
			t.Fatalf("got %d", got.Code)
		}
	}
	for _, path := range []string{"/apply/return/AAAAAAAAAAAAAAAAAAAAAAAAAA", "/apply/later", "/apply/clear"} {
		if got := app.Do(handlerstest.Request(http.MethodPost, path, "")); got.Code != http.StatusTooManyRequests {
			t.Errorf("%s: the 301st post got %d", path, got.Code)
		}
	}
}

// Over https the cookies have the prefix that binds them to our origin, also when they are cleared.
func TestClear_OverHTTPSTheCookieIsThatOfOurOrigin(t *testing.T) {
	app := handlerstest.New(t, func(c *handlers.Config) {
		public := *c.PublicURL
		public.Scheme = "https"
		c.PublicURL = &public
	})
	got := app.Do(handlerstest.Request(http.MethodPost, "/apply/clear", "clear=yes")).Header().Get("Set-Cookie")
	if got != "__Host-draft=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("the cookie is %q", got)
	}
}
