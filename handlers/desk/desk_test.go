package desk_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers"
	"intake/handlers/desk"
	"intake/handlers/handlerstest"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/staff"
)

// normal are the settings as they ship.
var normal = desk.Options{RecordedCall: true}

var (
	mariaTyped = []string{
		"firstName", "maria", "lastName", "gonzalez", "dateOfBirth", "3/14/79", "email", "maria.gonzalez79@gmail.com",
		"homePhone", "512-555-0148", "address1", "4120 bluebonnet ln", "zipCode", "78745",
	}
	agreed = []string{"callId", " C-42 ", "line-recording", "yes", "line-credit", "yes", "line-terms", "yes"}
)

func both(a, b []string) []string { return append(append([]string{}, a...), b...) }

func newDesk(t *testing.T, o desk.Options) handlerstest.App {
	return handlerstest.New(t, handlerstest.WithDesk(o))
}

func TestSend_StoresTheLeadWithItsAgent(t *testing.T) {
	app := newDesk(t, normal)
	got := app.VisitAs(t, handlerstest.Dana).Open("/desk").Press(both(mariaTyped, agreed)...)
	l, _ := app.Store.OnlyLead(t)
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/desk/leads/"+string(l.ID) {
		t.Errorf("got %d to %q", got.Code, got.Header().Get("Location"))
	}
	a := l.Applicant
	if a.FirstName.Reveal() != "Maria" || a.LastName.Reveal() != "Gonzalez" || a.Address1.Reveal() != "4120 Bluebonnet Ln" ||
		a.City.Reveal() != "Austin" || a.State.Reveal() != "TX" || a.DateOfBirth.Reveal() != (lead.Date{Year: 1979, Month: time.March, Day: 14}) {
		t.Error("the answers are not capitalized, or the ZIP code has not given city and state")
	}
	if l.Agent != (lead.Agent{Key: handlerstest.Dana.Key, Name: "Dana"}) || l.Hold != "" || l.Status != lead.Received || l.Step != lead.Send || l.Language != "en" {
		t.Errorf("the lead is of %v, held by %q, %s %s in %s", l.Agent, l.Hold, l.Status, l.Step, l.Language)
	}
	if p := l.Permission; !p.CreditCheck || !p.Terms || p.Marketing || p.ClientIP.Given() {
		t.Errorf("the permission is %+v", p)
	}
}

func TestSend_RecordsWhatWasReadAndNothingOfTheAgentsBrowser(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana)
	v.Header.Set("User-Agent", "The agent's browser")
	v.Open("/desk").Press(both(mariaTyped, append(agreed, "language", "es", "line-marketing", "yes"))...)
	_, r := app.Store.OnlyLead(t)
	for what, got := range map[string][2]string{
		"channel":  {r.Channel, "recorded-call"},
		"language": {r.Language, "es"},
		"call":     {r.Call.ID.Reveal(), "C-42"},
		"agent":    {r.Call.Agent.Reveal(), "Dana (https://login.example|dana)"},
		"script":   {r.Call.Script, "1"},
		"seller":   {r.Seller, "Seller LLC"},
		"person":   {r.PersonName.Reveal(), "Maria Gonzalez"},
		"phone":    {r.Phone.Reveal(), "5125550148"},
		"zone":     {r.Zone.Reveal(), "America/Chicago"},
		"version":  {r.FormVersion, "test"},
		"nothing":  {r.PageID + r.PageURL + r.LandingURL + r.Viewport + r.Referrer + r.ClientIP.Reveal() + r.UserAgent.Reveal() + r.ProxyChain.Reveal() + r.Certificate.State, ""},
	} {
		if got[0] != got[1] {
			t.Errorf("the record's %s is %q, want %q", what, got[0], got[1])
		}
	}
	want := app.Texts.SpokenActs("es", "TX")
	if len(r.Acts) != len(want) {
		t.Fatalf("there are %d acts", len(r.Acts))
	}
	for i := range want {
		want[i].Given = true
		if r.Acts[i] != want[i] {
			t.Errorf("the act is %+v, want %+v", r.Acts[i], want[i])
		}
	}
}

func TestSend_ASpokenYesToMarketingCountsOnlyWhereItMay(t *testing.T) {
	for _, tt := range []struct {
		optIn bool
		said  string
		want  bool
	}{{false, "yes", false}, {true, "yes", true}, {true, "no", false}, {true, "", false}} {
		app := newDesk(t, desk.Options{RecordedCall: true, OralOptIn: tt.optIn})
		app.VisitAs(t, handlerstest.Dana).Open("/desk").Press(both(mariaTyped, append(agreed, "line-marketing", tt.said))...)
		l, r := app.Store.OnlyLead(t)
		if l.Permission.Marketing != tt.want || r.Acts[3].Given != (tt.said == "yes") {
			t.Errorf("opt-in %t, said %q: marketing is %t, the act %t", tt.optIn, tt.said, l.Permission.Marketing, r.Acts[3].Given)
		}
	}
}

func TestSend_WithoutCompleteConsentTheLeadWaitsAndIsCompletedByTheSameForm(t *testing.T) {
	for missing, says := range map[string]string{
		"callId": "the call id", "line-recording": "the recording notice", "line-credit": "the permission for the credit check", "line-terms": "the terms and privacy notice",
	} {
		app := newDesk(t, normal)
		v := app.VisitAs(t, handlerstest.Dana).Open("/desk").Send(both(mariaTyped, append(agreed, missing, ""))...)
		v.IsAt("/desk", 200).Sees("consent is not complete", "Missing: "+says+".", "waits 24 hours").HasValue("firstName", "maria")
		l, r := app.Store.OnlyLead(t)
		if l.Hold != lead.AwaitingConsent || l.Permission.CreditCheck || r.Complete() {
			t.Errorf("without %s the lead is held by %q", missing, l.Hold)
		}
		got := v.Press(both(mariaTyped, append(agreed, "city", "Austin", "state", "TX"))...)
		l, r = app.Store.OnlyLead(t)
		if got.Code != 303 || got.Header().Get("Location") != "/desk/leads/"+string(l.ID) || l.Hold != "" || !r.Complete() || !l.Permission.CreditCheck {
			t.Errorf("with %s: got %d to %q, held by %q", missing, got.Code, got.Header().Get("Location"), l.Hold)
		}
	}
}

func TestSend_WhereRecordedCallsAreOffEveryLeadWaits(t *testing.T) {
	app := newDesk(t, desk.Options{})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").SeesNot("callId", "recorded-call").Sees("switched off")
	v.Press(both(mariaTyped, append(agreed, "consentRoute", "recorded-call"))...)
	l, r := app.Store.OnlyLead(t)
	if l.Hold != lead.AwaitingConsent || r.Call.ID.Given() || r.Acts[0].Given {
		t.Errorf("held by %q, with the call %t", l.Hold, r.Call.ID.Given())
	}
}

func TestSend_TwiceIsOneLead(t *testing.T) {
	app := newDesk(t, desk.Options{RecordedCall: true, SSN: true})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	typed := both(mariaTyped, append(agreed, "socialSecurityNumber", "123-45-6789"))
	first := v.Press(typed...).Header().Get("Location")
	second := v.Press(typed...).Header().Get("Location")
	withoutSSN := v.Press(both(mariaTyped, agreed)...).Header().Get("Location")
	l, _ := app.Store.OnlyLead(t)
	if first != "/desk/leads/"+string(l.ID) || second != first || withoutSSN != first {
		t.Errorf("sent to %q, %q and %q", first, second, withoutSSN)
	}
}

// Two sends at once: the second one finds no lead when it looks, and the store knows it.
func TestSend_TheStoreDecidesBetweenTwoAtOnce(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	var second *httptest.ResponseRecorder
	app.Store.OnSave = func() {
		app.Store.OnSave = nil
		second = v.Press(both(mariaTyped, agreed)...)
	}
	first := v.Press(both(mariaTyped, agreed)...)
	app.Store.OnlyLead(t)
	if first.Code != 303 || second.Code != 303 || first.Header().Get("Location") != second.Header().Get("Location") {
		t.Errorf("got %d to %q, and %d to %q", first.Code, first.Header().Get("Location"), second.Code, second.Header().Get("Location"))
	}
}

func TestSend_ChangedAnswersAfterItWasSentAreNotSent(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	v.Press(both(mariaTyped, agreed)...)
	v.Send(both(mariaTyped, append(agreed, "firstName", "Marisol"))...)
	l, _ := app.Store.OnlyLead(t)
	v.IsAt("/desk", 409).Sees("already with us", "/desk/leads/"+string(l.ID)).HasValue("firstName", "Marisol")
	if l.Applicant.FirstName.Reveal() != "Maria" {
		t.Error("the change was stored")
	}
}

func TestSend_ErrorsKeepWhatWasTypedButTheSSN(t *testing.T) {
	app := newDesk(t, desk.Options{RecordedCall: true, SSN: true})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	v.Send(both(mariaTyped, append(agreed, "email", "maria@g", "socialSecurityNumber", "123-45-6789", "callId", "C\u202e1"))...)
	v.IsAt("/desk", 422).Sees("<title>SIMULATOR: Error: ", "Enter an email address like name@example.com", "Did you mean maria@gmail.com?", "Enter the call id").
		SeesNot("123-45", "123456789", "6789").Sees("Type it again: a page never holds it").
		HasValue("firstName", "maria").HasValue("email", "maria@g").HasValue("dateOfBirth", "3/14/79")
	if !strings.Contains(v.Page.Body.String(), `id="line-credit" name="line-credit" value="yes" checked`) {
		t.Error("a line that was read must be read again")
	}
	if len(app.Store.Leads) != 0 {
		t.Error("a lead was stored")
	}
}

func TestSend_FillsCityAndStateFromTheZIPCode(t *testing.T) {
	for _, tt := range []struct {
		story string
		typed []string
		want  string
	}{
		{"nothing typed", nil, "Austin TX"},
		{"typed", []string{"city", "Round Rock", "state", "texas"}, "Round Rock TX"},
		{"filled in for another ZIP code", []string{"filledFor", "10001", "city", "New York", "state", "NY"}, "Austin TX"},
		{"changed after it was filled in", []string{"filledFor", "10001", "city", "Sunset Valley", "state", "NY"}, "Sunset Valley TX"},
	} {
		app := newDesk(t, normal)
		app.VisitAs(t, handlerstest.Dana).Open("/desk").Press(both(mariaTyped, both(agreed, tt.typed))...)
		l, _ := app.Store.OnlyLead(t)
		if got := l.Applicant.City.Reveal() + " " + l.Applicant.State.Reveal(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.story, got, tt.want)
		}
	}
}

func TestSend_StorageTroubleLosesNothing(t *testing.T) {
	for _, fail := range []func(*handlerstest.Store, error){
		func(s *handlerstest.Store, err error) { s.Fail = err },
		func(s *handlerstest.Store, err error) { s.FailSave = err },
	} {
		app := newDesk(t, normal)
		v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
		fail(app.Store, errors.New("disk canary-7319 full"))
		v.Send(both(mariaTyped, agreed)...).IsAt("/desk", 503).Sees("Not saved", "Nothing was sent").SeesNot("canary").HasValue("firstName", "maria")
		if v.Page.Header().Get("Retry-After") == "" || !strings.Contains(app.Logged.String(), "canary-7319") || strings.Contains(app.Logged.String(), "gonzalez") {
			t.Error("there is no time to wait, or the log does not hold the cause alone")
		}
		fail(app.Store, nil)
		if got := v.Press(both(mariaTyped, agreed)...); got.Code != 303 {
			t.Errorf("sending again: got %d", got.Code)
		}
		app.Store.OnlyLead(t)
	}
}

func TestSend_ForHTMXAnswersWithAPartOfThePage(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	v.Header.Set("HX-Request", "true")
	wrong := v.Press(both(mariaTyped, append(agreed, "email", "maria"))...)
	if wrong.Code != 422 || wrong.Header().Get("HX-Retarget") != "#answers" || wrong.Header().Get("HX-Reswap") != "outerHTML" || !strings.HasPrefix(wrong.Body.String(), "<form") {
		t.Errorf("errors: got %d for %q: %.40s", wrong.Code, wrong.Header().Get("HX-Retarget"), wrong.Body)
	}
	waits := v.Press(append(mariaTyped, "email", "maria@gmial.com")...).Body.String()
	sent := v.Press(both(mariaTyped, append(agreed, "email", "maria@gmial.com"))...)
	changed := v.Press(both(mariaTyped, append(agreed, "email", "maria@gmail.com"))...)
	l, _ := app.Store.OnlyLead(t)
	for what, page := range map[string]string{"not saved": waits, "sent": sent.Body.String(), "changed": changed.Body.String()} {
		if strings.Contains(page, "<html") || !strings.Contains(page, "/desk/leads/"+string(l.ID)) {
			t.Errorf("%s: the answer is a whole page, or does not lead to the lead: %s", what, page)
		}
	}
	if sent.Code != 200 || changed.Code != 409 || !strings.Contains(waits, "consent is not complete") || !strings.Contains(sent.Body.String(), "Email: Did you mean gmail.com?") {
		t.Errorf("sent is %d, changed %d; waiting %s; sent %s", sent.Code, changed.Code, waits, sent.Body)
	}
}

func TestSend_AReadLineCountsForItsStateAlone(t *testing.T) {
	texts := textsWithACaliforniaLine(t)
	for state, hold := range map[string]string{"": lead.AwaitingConsent, "CA": ""} {
		app := handlerstest.New(t, handlerstest.WithDesk(normal), func(c *handlers.Config) { c.Texts = texts })
		v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
		v.Press(both(mariaTyped, append(agreed, "zipCode", "90001", "scriptState", state))...)
		if l, _ := app.Store.OnlyLead(t); l.Hold != hold {
			t.Errorf("with the line for %q the lead is held by %q, want %q", state, l.Hold, hold)
		}
	}
}

func TestLog_HoldsNothingTyped(t *testing.T) {
	app := newDesk(t, desk.Options{RecordedCall: true, SSN: true})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	token := v.Form().Get("draft")
	v.Press(both(mariaTyped, append(agreed, "socialSecurityNumber", "123-45-6789"))...)
	v.Open("/desk?draft=" + token)
	for _, never := range []string{"gonzalez", "6789", "5550148", "C-42", token, handlerstest.Dana.Key} {
		if strings.Contains(app.Logged.String(), never) {
			t.Errorf("the log holds %q", never)
		}
	}
}

// deskPosts are the forms of the desk and an input of each.
var deskPosts = map[string]string{"/desk": "firstName", "/desk/check": "firstName", "/desk/draft": "firstName", "/desk/keys": "help"}

func TestForms_RefuseWhatIsNoForm(t *testing.T) {
	app := newDesk(t, normal)
	for path, input := range deskPosts {
		for story, tt := range map[string]struct {
			change func(*http.Request)
			body   string
			want   int
		}{
			"JSON":              {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, input + "=x", 415},
			"an unknown key":    {nil, "isAdmin=true", 400},
			"a number not due":  {nil, "socialSecurityNumber=123-45-6789", 400},
			"a key twice":       {nil, input + "=a&" + input + "=b", 400},
			"not UTF-8":         {nil, input + "=%ff", 400},
			"a query":           {func(r *http.Request) { r.URL.RawQuery = "a=b" }, input + "=x", 400},
			"65 KiB":            {nil, input + "=" + strings.Repeat("a", 65<<10), 413},
			"from another site": {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, input + "=x", 403},
		} {
			r := handlerstest.Request(http.MethodPost, path, tt.body)
			if tt.change != nil {
				tt.change(r)
			}
			if got := app.As(handlerstest.Dana, r); got.Code != tt.want {
				t.Errorf("%s, %s: got %d, want %d", path, story, got.Code, tt.want)
			}
		}
	}
	if len(app.Store.Leads)+len(app.Store.Drafts) > 0 {
		t.Error("something was stored")
	}
}

func TestForms_AreForThoseWhoAreSignedIn(t *testing.T) {
	app := newDesk(t, normal)
	if got := app.Get("/desk").Code; got != 401 {
		t.Errorf("GET /desk: %d", got)
	}
	for _, path := range []string{"/desk", "/desk/check", "/desk/draft"} {
		if got := app.Do(handlerstest.Request(http.MethodPost, path, "firstName=x")).Code; got != 401 {
			t.Errorf("POST %s: %d", path, got)
		}
	}
}

func TestForms_AGuessedTokenOrThatOfAnotherAgentIsNotFound(t *testing.T) {
	app := newDesk(t, normal)
	dana := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	token := dana.Form().Get("draft")
	dana.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", dana.Form(mariaTyped...).Encode()))
	guesses := []string{"x", handlerstest.Handle + ".", handlerstest.Handle + "." + strings.Split(token, ".")[1], strings.Split(token, ".")[0] + ".AAAA", token + "A"}
	for _, p := range []staff.Person{handlerstest.Omar, handlerstest.Sue} {
		for _, tried := range append(guesses, token) {
			for _, path := range []string{"/desk", "/desk/draft"} {
				form := dana.Form(both(mariaTyped, agreed)...)
				form.Set("draft", tried)
				if got := app.As(p, handlerstest.Request(http.MethodPost, path, form.Encode())).Code; got != 404 {
					t.Errorf("%s posts %q to %s: %d", p.Name, tried, path, got)
				}
			}
			got := app.As(p, handlerstest.Request(http.MethodGet, "/desk?draft="+url.QueryEscape(tried), ""))
			if got.Code != 404 || strings.Contains(got.Body.String(), "gonzalez") {
				t.Errorf("%s opens %q: %d", p.Name, tried, got.Code)
			}
		}
	}
	if got := dana.Open("/desk?draft=" + token); got.Page.Code != 200 {
		t.Errorf("its own agent gets %d", got.Page.Code)
	}
	if len(app.Store.Leads) != 0 {
		t.Error("a lead was stored")
	}
}

// Before anything is saved, the token alone says whose form it is.
func TestForms_ATokenIsOfOneAgentBeforeTheFormIsSaved(t *testing.T) {
	app := newDesk(t, normal)
	form := app.VisitAs(t, handlerstest.Dana).Open("/desk").Form(both(mariaTyped, agreed)...)
	for _, path := range []string{"/desk", "/desk/draft"} {
		if got := app.As(handlerstest.Omar, handlerstest.Request(http.MethodPost, path, form.Encode())).Code; got != 404 {
			t.Errorf("another agent posts to %s: %d", path, got)
		}
	}
	if len(app.Store.Leads)+len(app.Store.Drafts) > 0 {
		t.Error("something was stored")
	}
}

func TestSend_TellsOfEarlierLeadsButNotOfItsOwn(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	v.Send(mariaTyped...).IsAt("/desk", 200).Sees("consent is not complete").SeesNot("Same phone")
	v.Send(both(mariaTyped, []string{"firstName", "Marisol"})...).IsAt("/desk", 409).SeesNot("Same phone")
	v.Header.Set("HX-Request", "true")
	if got := v.Press(both(mariaTyped, agreed)...).Body.String(); strings.Contains(got, "Same phone") {
		t.Errorf("its own lead is told: %s", got)
	}
	next := app.VisitAs(t, handlerstest.Omar)
	next.Open("/desk")
	next.Header.Set("HX-Request", "true")
	if got := next.Press(both(mariaTyped, agreed)...).Body.String(); !strings.Contains(got, "Same phone and email: lead of just now, agent Dana") {
		t.Errorf("the earlier lead is not told: %s", got)
	}
}

// A draft whose token is right, but that belongs to somebody else in the store, stays closed.
func TestForms_TheStoredAgentDecidesToo(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	token := v.Form().Get("draft")
	handle, _, _ := strings.Cut(token, ".")
	if err := app.Store.StartDraft(t.Context(), lead.Draft{Handle: lead.Keep(handle), Request: 1, Agent: handlerstest.Omar.Key}); err != nil {
		t.Fatal(err)
	}
	if got := v.Press(both(mariaTyped, agreed)...).Code; got != 404 {
		t.Errorf("sending: %d", got)
	}
	if v.Open("/desk?draft=" + token); v.Page.Code != 404 {
		t.Errorf("opening: %d", v.Page.Code)
	}
}

func TestDraft_IsSavedWithoutTheSSNAndOfferedAgain(t *testing.T) {
	app := newDesk(t, desk.Options{RecordedCall: true, SSN: true})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").SeesNot("unsent form")
	saved := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", v.Form(both(mariaTyped, append(agreed, "socialSecurityNumber", "123-45-6789"))...).Encode()))
	var answer struct{ At time.Time }
	if err := json.Unmarshal(saved.Body.Bytes(), &answer); err != nil || saved.Code != 200 || !answer.At.Equal(handlerstest.Noon) {
		t.Errorf("saved: %d %s, %v", saved.Code, saved.Body, err)
	}
	for _, d := range app.Store.Drafts {
		if d.Agent != handlerstest.Dana.Key || d.SSN.Given() || strings.Contains(d.Typed.Reveal(), "6789") || d.Form().Boxes["firstName"] != "maria" {
			t.Errorf("the draft is of %q, or holds the number", d.Agent)
		}
	}
	v.Open("/desk").Sees("You have an unsent form from", "2:05 PM UTC").SeesNot("maria", "gonzalez")
	app.VisitAs(t, handlerstest.Omar).Open("/desk").SeesNot("unsent form")
	token := offered(t, v)
	v.Open("/desk?draft="+token).IsAt("/desk", 200).HasValue("firstName", "maria").HasValue("callId", " C-42 ").Sees("Saved ", "checked").SeesNot("123-45")
}

func offered(t *testing.T, v *handlerstest.Visitor) string {
	t.Helper()
	_, rest, found := strings.Cut(v.Page.Body.String(), `href="/desk?draft=`)
	if !found {
		t.Fatal("no form is offered")
	}
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

func TestDraft_CanBeThrownAway(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", v.Form(mariaTyped...).Encode()))
	token := offered(t, v.Open("/desk"))
	body := url.Values{"draft": {token}, "discard": {"yes"}}.Encode()
	if got := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", body)); got.Code != 303 || got.Header().Get("Location") != "/desk" {
		t.Errorf("got %d to %q", got.Code, got.Header().Get("Location"))
	}
	v.Open("/desk").SeesNot("unsent form")
	for _, d := range app.Store.Drafts {
		if len(d.Form().Boxes) > 0 {
			t.Error("what was typed is still stored")
		}
	}
}

func TestDraft_OfAnEmptyFormIsNotSaved(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	if got := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", v.Form("language", "es").Encode())); got.Code != 204 || len(app.Store.Drafts) != 0 {
		t.Errorf("got %d, %d drafts", got.Code, len(app.Store.Drafts))
	}
}

// A form that was saved late does not change, or offer again, what was sent.
func TestDraft_AfterItWasSentStaysAsItWas(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	v.Press(both(mariaTyped, agreed)...)
	v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", v.Form(both(mariaTyped, []string{"firstName", "Marisol"})...).Encode()))
	for _, d := range app.Store.Drafts {
		if d.Form().Boxes["firstName"] != "maria" {
			t.Error("the draft was changed")
		}
	}
	v.Open("/desk").SeesNot("unsent form")
}

func TestDraft_OfASentLeadLeadsToIt(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	token := v.Form().Get("draft")
	v.Press(both(mariaTyped, agreed)...)
	l, _ := app.Store.OnlyLead(t)
	got := v.Exchange(handlerstest.Request(http.MethodGet, "/desk?draft="+token, ""))
	if got.Code != 303 || got.Header().Get("Location") != "/desk/leads/"+string(l.ID) {
		t.Errorf("got %d to %q", got.Code, got.Header().Get("Location"))
	}
}

func TestRescue_SavesWhatWasSentAfterTheSessionForItsAgentAlone(t *testing.T) {
	o := desk.Options{RecordedCall: true, SSN: true}
	app := newDesk(t, o)
	h := desk.New(app.Base, desk.Config{Options: o, Leads: app.Store, Drafts: app.Store, Meter: app.Meter, Texts: app.Texts, FormSecret: []byte("of every process")})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	form := v.Form(both(mariaTyped, append(agreed, "socialSecurityNumber", "123-45-6789"))...)
	rescue := func(form url.Values) (string, error) {
		return h.Rescue(echo.New().NewContext(handlerstest.Request(http.MethodPost, "/desk", form.Encode()), httptest.NewRecorder()))
	}
	to, err := rescue(form)
	if err != nil || to != "/desk?draft="+form.Get("draft") {
		t.Fatalf("it leads to %q, %v", to, err)
	}
	v.Open(to).HasValue("firstName", "maria").HasValue("zipCode", "78745").Sees("checked").SeesNot("123-45", "6789")
	if got := app.As(handlerstest.Omar, handlerstest.Request(http.MethodGet, to, "")).Code; got != 404 {
		t.Errorf("another agent gets %d", got)
	}
	if len(app.Store.Leads) != 0 {
		t.Error("a lead was stored although nobody was signed in")
	}
	form.Set("by", handlerstest.Omar.Key)
	form.Set("firstName", "marisol")
	if to, err := rescue(form); to != "" || err != nil {
		t.Errorf("in another name it leads to %q, %v", to, err)
	}
	v.Open(to).Open("/desk?draft="+form.Get("draft")).HasValue("firstName", "maria")
}

func TestKeys_TheQuestionMarkCanBeSwitchedOff(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").Sees("Switch the ? key off").SeesNot("data-off")
	v.Exchange(handlerstest.Request(http.MethodPost, "/desk/keys", "help=off"))
	v.Open("/desk").Sees("Switch the ? key on", `data-off="true"`)
	if got := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/keys", "help=on")).Result().Cookies(); len(got) != 1 || got[0].MaxAge >= 0 {
		t.Errorf("switching it on leaves %v", got)
	}
}

// textsWithACaliforniaLine are the texts that ship, with a credit line for callers of California.
func textsWithACaliforniaLine(t *testing.T) consent.Texts {
	t.Helper()
	texts, err := consent.Load(californiaTexts(t))
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
