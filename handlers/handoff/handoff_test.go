package handoff_test

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/handlers/handoff/handofftest"
	"intake/internal/consent"
	"intake/internal/lead"
)

// site is all pages with a lead of Ann's that awaits its consent, and a link for it.
type site struct {
	handlerstest.App
	now   *time.Time
	leads *handlerstest.StaffStore
	links *handofftest.HandOffs
	lead  lead.Lead
	path  string
}

func newSite(t *testing.T, asks lead.Asked, change ...func(*handlers.Config)) site {
	t.Helper()
	now := handlerstest.Noon
	var s site
	s.now = &now
	s.App, s.leads = handlerstest.StaffSite(t, change...)
	s.links = s.leads.HandOff
	s.links.Now = func() time.Time { return *s.now }
	s.lead = s.leads.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Hold = lead.AwaitingConsent })
	link, err := s.links.StartHandOff(t.Context(), s.lead.ID, "en", asks, false, lead.Agent{Key: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	s.path = "/consent/" + link.Tokens[lead.RouteShown].Reveal()
	return s
}

func (s site) get(path string) *httptest.ResponseRecorder {
	return s.Do(handlerstest.Request(http.MethodGet, path, ""))
}

func (s site) post(path string, form url.Values) *httptest.ResponseRecorder {
	return s.Do(handlerstest.Request(http.MethodPost, path, form.Encode()))
}

var pageInput = regexp.MustCompile(`name="page" value="([^"]+)"`)

// answer is a form of the page with what the caller does.
func (s site) answer(t *testing.T, path string, more ...string) url.Values {
	t.Helper()
	form := url.Values{"page": {html.UnescapeString(pageInput.FindStringSubmatch(s.get(path).Body.String())[1])}, "viewport": {"360x640"}, "answer": {"accept"},
		"consentCredit": {"yes"}, "consentTerms": {"yes"}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func wantPage(t *testing.T, what string, got *httptest.ResponseRecorder, code int, words ...string) {
	t.Helper()
	if got.Code != code {
		t.Errorf("%s: %d, want %d", what, got.Code, code)
	}
	for _, w := range words {
		if !strings.Contains(html.UnescapeString(got.Body.String()), w) {
			t.Errorf("%s lacks %q:\n%s", what, w, got.Body)
		}
	}
}

func TestPage_ShowsWhoAsksWhomAndEachConsentWithoutTheToken(t *testing.T) {
	s := newSite(t, lead.Asked{SSN: true, DateOfBirth: true})
	for _, path := range []string{s.path, "/es" + s.path} {
		got := s.get(path)
		wantPage(t, path, got, http.StatusOK, "Seller LLC", "Maria", "(512) 555-0148", `name="socialSecurityNumber"`, `data-tf-sensitive="true"`, `name="dateOfBirth-month"`, `value="accept"`, `value="decline"`)
		if strings.Contains(got.Body.String(), s.path) || strings.Contains(got.Body.String(), " checked") {
			t.Errorf("%s: the token is in the page, or a box is checked", path)
		}
		if len(got.Result().Cookies()) != 0 || got.Header().Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s sets a cookie, or other sites learn where one came from", path)
		}
	}
	if link := s.links.Links[0]; !link.OpenedAt.Equal(handlerstest.Noon) || len(s.links.Pages) != 2 {
		t.Errorf("opened at %v, %d pages are kept", link.OpenedAt, len(s.links.Pages))
	}
	for _, page := range s.links.Pages {
		for _, part := range page.Parts {
			if part.Hole == consent.Shell && (strings.Contains(string(part.Bytes), "Maria") || strings.Contains(string(part.Bytes), "555-0148")) {
				t.Error("what many pages share names the person")
			}
		}
	}
	if strings.Contains(s.Logged.String(), s.path[len("/consent/"):]) {
		t.Error("the log has the token")
	}
	if plain := newSite(t, lead.Asked{}); strings.Contains(plain.get(plain.path).Body.String(), "socialSecurityNumber") {
		t.Error("the number is asked for although the agent did not")
	}
}

func TestAnswer_IsTakenOnceWithWhatTheBrowserGave(t *testing.T) {
	s := newSite(t, lead.Asked{SSN: true, DateOfBirth: true})
	form := s.answer(t, s.path, "socialSecurityNumber", "219-09-6789", "dateOfBirth-month", "5", "dateOfBirth-day", "6", "dateOfBirth-year", "1980", "consentMarketing", "yes")
	got := s.post(s.path, form)
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/status/"+handofftest.Handle {
		t.Fatalf("%d to %q: %s", got.Code, got.Header().Get("Location"), got.Body)
	}
	r := s.links.Record
	if r.Channel != consent.ConsumerLink || r.PageURL != "http://localhost:8080/consent" || r.Viewport != "360x640" || !r.Complete() || r.ClientIP.Reveal() != "192.0.2.1" || r.PersonName.Reveal() != "Maria Gonzalez" {
		t.Errorf("%+v", r)
	}
	if g := s.links.Given; g.SSN.Reveal() != "219096789" || g.DateOfBirth.Reveal() != (lead.Date{Year: 1980, Month: time.May, Day: 6}) {
		t.Error("what was typed did not arrive")
	}
	if again := s.post(s.path, form); again.Code != http.StatusSeeOther {
		t.Errorf("the second press: %d", again.Code)
	}
	wantPage(t, "the page then", s.get(s.path), http.StatusOK, "Thank you. We have your answer.")
	if got := strings.Join(s.Meter.Links, " "); got != "opened accepted" {
		t.Errorf("counted: %q", got)
	}
	panel := s.GetAs(handlerstest.Ann, "/desk/leads/"+string(s.lead.ID)+"/result")
	if strings.Contains(panel.Body.String(), "219096789") || strings.Contains(s.Logged.String(), "219") {
		t.Error("the panel or the log holds the number")
	}
}

func TestAnswer_ThatCannotBeTakenSaysWhyAndLosesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		more  []string
		words []string
	}{
		"a box is missing":     {[]string{"consentTerms", "", "dateOfBirth-day", "6"}, []string{"Check the box to accept the terms", `value="6"`, "<title>Error: "}},
		"no date":              {[]string{"dateOfBirth-month", ""}, []string{"Date of birth must include a month"}},
		"a number of 8 digits": {[]string{"socialSecurityNumber", "21909678"}, []string{"must have 9 digits"}},
		"no button":            {[]string{"answer", ""}, []string{"press one of the two buttons"}},
		"another page":         {[]string{"page", "PAGE2222PAGE2222PAGE.AAAA"}, []string{"read the page once more"}},
	} {
		s := newSite(t, lead.Asked{SSN: true, DateOfBirth: true})
		form := s.answer(t, s.path, append([]string{"dateOfBirth-month", "5", "dateOfBirth-day", "6", "dateOfBirth-year", "1980"}, tt.more...)...)
		wantPage(t, name, s.post(s.path, form), http.StatusUnprocessableEntity, tt.words...)
		if !s.links.Links[0].AcceptedAt.IsZero() {
			t.Errorf("%s: it is accepted", name)
		}
	}
	s := newSite(t, lead.Asked{})
	form := s.answer(t, s.path)
	wantPage(t, "the page in the other language", s.post("/es"+s.path, form), http.StatusUnprocessableEntity, "Lea la página otra vez")
	s.links.Fail = errors.New("disk full")
	if got := s.post(s.path, form); got.Code != http.StatusServiceUnavailable {
		t.Errorf("when the store fails: %d", got.Code)
	}
}

func TestAnswer_TheLanguageIsSwitchedWithWhatWasTyped(t *testing.T) {
	s := newSite(t, lead.Asked{DateOfBirth: true})
	form := s.answer(t, s.path, "answer", "", "language", "es", "dateOfBirth-day", "6")
	got := s.post(s.path, form)
	if got.Code != http.StatusTemporaryRedirect || got.Header().Get("Location") != "/es"+s.path {
		t.Fatalf("%d to %q", got.Code, got.Header().Get("Location"))
	}
	wantPage(t, "in Spanish", s.post("/es"+s.path, form), http.StatusOK, "Hola, Maria", `value="6"`)
}

func TestLink_ThatIsOverSaysSo(t *testing.T) {
	for name, tt := range map[string]struct {
		end   func(s site)
		code  int
		words string
	}{
		"declined": {func(s site) { s.post(s.path, url.Values{"answer": {"decline"}}) }, 200, "You did not agree"},
		"expired":  {func(s site) { *s.now = s.now.Add(lead.HandOffKept) }, 410, "The time of this link is over"},
		"replaced": {func(s site) {
			_, _ = s.links.StartHandOff(t.Context(), s.lead.ID, "en", lead.Asked{}, false, lead.Agent{})
		}, 410, "There is a newer link"},
		"ended": {func(s site) { s.leads.Put(0, handlerstest.Ann, nil) }, 410, "This link is not needed any more"},
	} {
		s := newSite(t, lead.Asked{})
		form := s.answer(t, s.path)
		tt.end(s)
		wantPage(t, name, s.get(s.path), tt.code, tt.words)
		wantPage(t, name+", answered", s.post(s.path, form), tt.code, tt.words)
		if !s.links.Links[0].AcceptedAt.IsZero() {
			t.Errorf("%s: it is accepted", name)
		}
	}
	if got := newSite(t, lead.Asked{}).get("/consent/x"); got.Code != http.StatusNotFound {
		t.Errorf("a token that is none: %d", got.Code)
	}
}

func TestStaff_CannotAnswerForACaller(t *testing.T) {
	s := newSite(t, lead.Asked{})
	form := s.answer(t, s.path)
	s.links.Links[0].OpenedAt = time.Time{}
	dana := s.Visit(t).SignIn("/sign-in", "dana")
	for _, r := range []*http.Request{
		handlerstest.Request(http.MethodGet, s.path, ""), handlerstest.Request(http.MethodPost, s.path, form.Encode()),
		handlerstest.Request(http.MethodGet, "/consent", ""), handlerstest.Request(http.MethodPost, "/consent", "code=K7PM3XRT"),
	} {
		wantPage(t, r.Method+" "+r.URL.Path, dana.Exchange(r), http.StatusForbidden, "This page is for the caller")
	}
	if link := s.links.Links[0]; !link.OpenedAt.IsZero() || !link.AcceptedAt.IsZero() {
		t.Errorf("%+v", link)
	}
}

func TestCode_LeadsToThePageAndWrongOnesAreLimitedByAddress(t *testing.T) {
	s := newSite(t, lead.Asked{}, func(c *handlers.Config) { c.LimitsOff = false })
	from := func(address, code string) *httptest.ResponseRecorder {
		r := handlerstest.Request(http.MethodPost, "/consent", "code="+url.QueryEscape(code))
		r.RemoteAddr = address
		return s.Do(r)
	}
	for range 9 {
		if got := from("203.0.113.1:1", "k7pm-3xrt"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/consent/code-"+s.links.Links[0].ID {
			t.Fatalf("the right one: %d to %q", got.Code, got.Header().Get("Location"))
		}
	}
	for i := range 5 {
		wantPage(t, "a wrong one", from("203.0.113.1:1", fmt.Sprint("WRONG", i)), http.StatusUnprocessableEntity, "That code is not right, or its time is over", fmt.Sprint("WRONG", i))
	}
	wantPage(t, "the sixth", from("203.0.113.1:1", "k7pm-3xrt"), http.StatusTooManyRequests, "Too many codes were tried")
	wantPage(t, "from another address", from("203.0.113.2:1", "AAAA"), http.StatusUnprocessableEntity, "That code is not right")
	wantPage(t, "none", from("203.0.113.3:1", " "), http.StatusUnprocessableEntity, "Enter the code")
	if s.links.Wrong != 6 {
		t.Errorf("%d were looked up", s.links.Wrong)
	}
	s.links.Fail = lead.ErrTooManyGuesses
	wantPage(t, "when all together tried too many", from("203.0.113.4:1", "k7pm-3xrt"), http.StatusTooManyRequests, "Too many codes were tried")
}
