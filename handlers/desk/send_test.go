package desk_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"intake/handlers/desk"
	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

func TestSend_StoresTheLeadWithItsAgent(t *testing.T) {
	app := newDesk(t, normal)
	got := app.VisitAs(t, handlerstest.Dana).Open("/desk").Press(both(mariaTyped, agreed)...)
	l, _ := app.Store.OnlyLead(t)
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/desk/leads/"+string(l.ID)+"/result" {
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

func TestSend_TwiceIsOneLead(t *testing.T) {
	app := newDesk(t, desk.Options{RecordedCall: true, SSN: true})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	typed := both(mariaTyped, append(agreed, "socialSecurityNumber", "123-45-6789"))
	first := v.Press(typed...).Header().Get("Location")
	second := v.Press(typed...).Header().Get("Location")
	withoutSSN := v.Press(both(mariaTyped, agreed)...).Header().Get("Location")
	l, _ := app.Store.OnlyLead(t)
	if first != "/desk/leads/"+string(l.ID)+"/result" || second != first || withoutSSN != first {
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
	waiting := v.Press(append(mariaTyped, "email", "maria@gmial.com")...)
	waits := waiting.Body.String()
	sent := v.Press(both(mariaTyped, append(agreed, "email", "maria@gmial.com"))...)
	changed := v.Press(both(mariaTyped, append(agreed, "email", "maria@gmail.com"))...)
	l, _ := app.Store.OnlyLead(t)
	for what, page := range map[string]string{"not saved": waits, "sent": sent.Body.String(), "changed": changed.Body.String()} {
		if strings.Contains(page, "<html") || !strings.Contains(page, "/desk/leads/"+string(l.ID)) {
			t.Errorf("%s: the answer is a whole page, or does not lead to the lead: %s", what, page)
		}
	}
	if waiting.Header().Get("HX-Trigger") != "" || sent.Header().Get("HX-Trigger") != "leadSent" || changed.Header().Get("HX-Trigger") != "" {
		t.Error("the script is not told that the lead is out, or is told of one that is not")
	}
	if sent.Code != 200 || changed.Code != 409 || !strings.Contains(waits, "consent is not complete") || !strings.Contains(sent.Body.String(), "Email: Did you mean gmail.com?") {
		t.Errorf("sent is %d, changed %d; waiting %s; sent %s", sent.Code, changed.Code, waits, sent.Body)
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
