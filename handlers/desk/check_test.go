package desk_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/desk"
	"intake/handlers/handlerstest"
)

// check asks about one field of a form.
func check(app handlerstest.App, field string, typed ...string) *httptest.ResponseRecorder {
	form := url.Values{"field": {field}}
	for i := 0; i < len(typed); i += 2 {
		form.Set(typed[i], typed[i+1])
	}
	return app.As(handlerstest.Dana, handlerstest.Request(http.MethodPost, "/desk/check", form.Encode()))
}

func TestCheck_SaysWhatThereIsToSayAboutOneField(t *testing.T) {
	for _, tt := range []struct {
		field string
		typed []string
		want  string
	}{
		{"firstName", []string{"firstName", "maria"}, `<span class="echo">Maria</span>`},
		{"firstName", []string{"firstName", "Maria"}, ``},
		{"firstName", []string{"firstName", "mar1a"}, `<span class="warning">Please check this line</span>`},
		{"firstName", []string{"lastName", "gonzalez"}, `<span class="problem">Enter your first name</span>`},
		{"dateOfBirth", []string{"dateOfBirth", "mar 14 1979"}, `<span class="echo">March 14, 1979, age 47</span>`},
		{"dateOfBirth", []string{"dateOfBirth", "3/14"}, `<span class="problem">Date of birth must include a year</span>`},
		{"state", []string{"state", "texas"}, `<span class="echo">Texas</span>`},
		{"state", []string{"state", "TX", "zipCode", "90001"}, `<span class="warning">ZIP 90001 is in California. Is the state right?</span>`},
		{"state", []string{"state", "Atlantis"}, `<span class="problem">Enter a state, like TX</span>`},
		{"email", []string{"email", "maria@gmial.com"}, `<span class="warning">Did you mean gmail.com?</span>`},
		{"email", []string{"email", "maria@g"}, `<span class="warning">Did you mean maria@gmail.com?</span>`},
		{"homePhone", []string{"homePhone", "5125550148"}, `<span class="echo">512-555-0148</span>`},
		{"estimatedDebt", []string{"estimatedDebt", ""}, ``},
		{"socialSecurityNumber", []string{"socialSecurityNumber", "123-45-6789"}, `<span class="echo">valid, ends 6789</span>`},
		{"socialSecurityNumber", []string{"socialSecurityNumber", "000-45-6789"}, `<span class="problem">Check the Social Security number, or leave it empty</span>`},
	} {
		app := newDesk(t, desk.Options{RecordedCall: true, SSN: true})
		got := check(app, tt.field, tt.typed...)
		line, _, _ := strings.Cut(got.Body.String(), "<div")
		if got.Code != 200 || !strings.Contains(line, tt.want) || tt.want == "" && strings.TrimSpace(line) != "" {
			t.Errorf("%s of %q: %d %q, want %q", tt.field, tt.typed, got.Code, line, tt.want)
		}
		if strings.Contains(got.Body.String(), "123-45") || strings.Contains(got.Body.String(), "000-45") || strings.Contains(got.Body.String(), "<html") {
			t.Errorf("%s: the answer holds the number, or is a whole page", tt.field)
		}
		if len(app.Store.Drafts) > 0 {
			t.Error("a check stores something")
		}
	}
}

func TestCheck_OfTheZIPCodeTellsThePlaceAndTheCallersTime(t *testing.T) {
	app := newDesk(t, normal)
	got := check(app, "zipCode", "zipCode", "78745").Body.String()
	for _, want := range []string{
		`<span class="echo">Austin, TX</span>`, `data-zip="78745" data-city="Austin" data-state="TX" hx-swap-oob="true"`,
		"Caller's time in Texas: <strong>8:05 AM CST</strong>", "Outside calling hours", // a Sunday
		`<p class="note" id="state-note" hx-swap-oob="innerHTML"><span class="echo">Texas</span>`,
	} {
		if !strings.Contains(strings.ReplaceAll(got, "&#39;", "'"), want) {
			t.Errorf("the answer does not say %q: %s", want, got)
		}
	}
	if got := check(app, "zipCode", "zipCode", "10001").Body.String(); !strings.Contains(got, "9:05 AM EST") || strings.Contains(got, "Outside") {
		t.Errorf("in New York: %s", got)
	}
	typed := check(app, "zipCode", "zipCode", "78745", "city", "Round Rock", "state", "CA").Body.String()
	if !strings.Contains(typed, `data-zip=""`) || !strings.Contains(typed, "ZIP 78745 is in Texas. Is the state right?") {
		t.Errorf("what was typed is to be written over, or not questioned: %s", typed)
	}
}

func TestCheck_OfPhoneOrEmailTellsOfEarlierLeads(t *testing.T) {
	app, now := handlerstest.NewWithClock(t, handlerstest.WithDesk(normal))
	app.VisitAs(t, handlerstest.Omar).Open("/desk").Press(both(mariaTyped, agreed)...)
	l, _ := app.Store.OnlyLead(t)
	*now = now.Add(49 * time.Hour)
	const link = `href="/desk/leads/`
	for _, tt := range []struct {
		field string
		typed []string
		want  string
	}{
		{"homePhone", []string{"homePhone", "(512) 555-0148"}, "Same phone: lead of 2 days ago, agent Omar, no result yet"},
		{"workPhone", []string{"workPhone", "5125550148"}, "Same phone: lead of 2 days ago"},
		{"email", []string{"email", "maria.gonzalez79@gmail.com"}, "Same email: lead of 2 days ago"},
		{"email", []string{"email", "maria.gonzalez79@gmail.com", "homePhone", "5125550148"}, "Same phone and email: lead of 2 days ago"},
		{"email", []string{"email", "other@gmail.com"}, ""},
		{"homePhone", []string{"homePhone", "512"}, ""},
	} {
		got := check(app, tt.field, tt.typed...).Body.String()
		if !strings.Contains(got, `id="matches"`) || !strings.Contains(got, tt.want) || tt.want == "" && strings.Contains(got, "Same") || strings.Contains(got, link) {
			t.Errorf("%q: %s, want %q without a link", tt.typed, got, tt.want)
		}
	}
	form := url.Values{"field": {"homePhone"}, "homePhone": {"5125550148"}}
	got := app.As(handlerstest.Sue, handlerstest.Request(http.MethodPost, "/desk/check", form.Encode())).Body.String()
	if !strings.Contains(got, link+string(l.ID)) {
		t.Errorf("a supervisor cannot open it: %s", got)
	}
	*now = now.Add(29 * 24 * time.Hour)
	if got := check(app, "homePhone", "homePhone", "5125550148").Body.String(); strings.Contains(got, "Same") {
		t.Errorf("a lead of more than 30 days ago is told: %s", got)
	}
}

func TestCheck_OfAnUnknownFieldIsRefused(t *testing.T) {
	app := newDesk(t, normal)
	for _, field := range []string{"", "consentCredit", "socialSecurityNumber", "callId", "nothing"} {
		if got := check(app, field).Code; got != 400 {
			t.Errorf("%q: %d", field, got)
		}
	}
}

func TestCheck_GoesOnWhenEarlierLeadsCannotBeFound(t *testing.T) {
	app := newDesk(t, normal)
	app.Store.FailFind = errors.New("disk canary-7319 full")
	got := check(app, "homePhone", "homePhone", "5125550148")
	if got.Code != 200 || !strings.Contains(got.Body.String(), "could not look for earlier leads") || !strings.Contains(app.Logged.String(), "canary-7319") {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
}

func TestCheck_ShowsTheLinesOfTheCallersState(t *testing.T) {
	texts := textsWithACaliforniaLine(t)
	app := handlerstest.New(t, handlerstest.WithDesk(normal), func(c *handlers.Config) { c.Texts = texts })
	got := check(app, "zipCode", "zipCode", "90001").Body.String()
	if !strings.Contains(got, "In California: does Seller LLC") || !strings.Contains(got, `name="scriptState" value="CA"`) {
		t.Errorf("the lines are not those of California: %s", got)
	}
	if again := check(app, "zipCode", "zipCode", "90001", "scriptState", "CA").Body.String(); strings.Contains(again, `id="lines"`) {
		t.Error("the lines are sent again although they are on the page")
	}
}

func TestCheck_NeverNamesTheLeadThatTheFormHasBecome(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").Send(mariaTyped...)
	check := func(v *handlerstest.Visitor, field string) string {
		form := v.Form(both(mariaTyped, []string{"field", field})...)
		return v.Exchange(handlerstest.Request(http.MethodPost, "/desk/check", form.Encode())).Body.String()
	}
	for _, field := range []string{"homePhone", "email"} {
		if got := check(v, field); !strings.Contains(got, `id="matches"`) || strings.Contains(got, "Same") {
			t.Errorf("%s: its own lead is told: %s", field, got)
		}
	}
	v.Send(both(mariaTyped, []string{"lastName", ""})...).IsAt("/desk", 422).SeesNot("Same phone")
	app.Store.FailConsent = errors.New("disk full")
	v.Send(both(mariaTyped, agreed)...).IsAt("/desk", 503).Sees("This lead is with us").SeesNot("Same phone")
	if got := check(app.VisitAs(t, handlerstest.Omar).Open("/desk"), "homePhone"); !strings.Contains(got, "Same phone and email: lead of just now, agent Dana") {
		t.Errorf("another form is not told of it: %s", got)
	}
	app.Store.FailFind = errors.New("disk canary-7319 full")
	if got := check(v, "homePhone"); !strings.Contains(got, "could not look for earlier leads") || !strings.Contains(app.Logged.String(), "canary-7319") {
		t.Errorf("when the draft cannot be read: %s", got)
	}
}

func TestCheck_ABoxThatWasCheckedForTheLineOfAnotherStateIsCheckedAgain(t *testing.T) {
	texts := textsWithACaliforniaLine(t)
	app := handlerstest.New(t, handlerstest.WithDesk(normal), func(c *handlers.Config) { c.Texts = texts })
	got := check(app, "zipCode", "zipCode", "90001", "line-credit", "yes", "line-terms", "yes").Body.String()
	for _, want := range []string{`id="line-credit" name="line-credit" value="yes" hx-swap-oob="true"`, "Read the permission for the credit check again"} {
		if !strings.Contains(got, want) {
			t.Errorf("the answer lacks %q: %s", want, got)
		}
	}
	if strings.Contains(got, `name="line-terms"`) {
		t.Error("a box is unchecked whose line is the same")
	}
	if unread := check(app, "zipCode", "zipCode", "90001").Body.String(); strings.Contains(unread, `name="line-credit"`) || strings.Contains(unread, "again") {
		t.Error("a box that was not checked is asked for again")
	}
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	v.Send(both(mariaTyped, append(agreed, "zipCode", "90001", "email", "maria"))...).IsAt("/desk", 422)
	v.Sees(`name="line-terms" value="yes" checked`, "Read the permission for the credit check again").SeesNot(`name="line-credit" value="yes" checked`)
	v.Header.Set("HX-Request", "true")
	waits := v.Open("/desk").Press(both(mariaTyped, append(agreed, "zipCode", "90001"))...).Body.String()
	if !strings.Contains(waits, "Missing: the permission for the credit check.") || !strings.Contains(waits, `id="lines" hx-swap-oob="true"`) || !strings.Contains(waits, `id="line-credit"`) {
		t.Errorf("the form that waits still shows the other line: %s", waits)
	}
}
