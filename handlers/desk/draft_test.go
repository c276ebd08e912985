package desk_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"intake/handlers/desk"
	"intake/handlers/handlerstest"
	"intake/internal/staff"
)

func TestDraft_IsSavedWithoutTheSSNAndOfferedAgain(t *testing.T) {
	app := newDesk(t, desk.Options{RecordedCall: true, SSN: true})
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").SeesNot("unsent form")
	saved := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", v.Form(both(mariaTyped, append(agreed, "socialSecurityNumber", "123-45-6789"))...).Encode()))
	var answer struct{ At string }
	if err := json.Unmarshal(saved.Body.Bytes(), &answer); err != nil || saved.Code != 200 || answer.At != "8:05 AM CST" {
		t.Errorf("saved: %d %s, %v", saved.Code, saved.Body, err)
	}
	for _, d := range app.Store.Drafts {
		if d.Agent != handlerstest.Dana.Key || d.SSN.Given() || strings.Contains(d.Typed.Reveal(), "6789") || d.Form().Boxes["firstName"] != "maria" {
			t.Errorf("the draft is of %q, or holds the number", d.Agent)
		}
	}
	v.Open("/desk").Sees("You have an unsent form from", "8:05 AM CST").SeesNot("maria", "gonzalez")
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
	if got.Code != 303 || got.Header().Get("Location") != "/desk/leads/"+string(l.ID)+"/result" {
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
	v.Open("/desk?draft="+form.Get("draft")).HasValue("firstName", "maria")
}

// Without scripts the page is loaded anew between two sends: what was said on the call must still be there.
func TestDraft_KeepsWhatIsSaidOnTheCallWhileItsLeadWaits(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").Send(mariaTyped...)
	v.Send(both(mariaTyped, []string{"callId", "C-7", "line-recording", "yes", "line-marketing", "no", "language", "es"})...)
	v.IsAt("/desk", 200).Sees("consent is not complete").HasValue("callId", "C-7").SeesNot("the call id")
	v.Sees(`name="line-recording" value="yes" checked`, `name="line-marketing" value="no" checked`, `id="language-es" value="es" checked`)
	saved := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", v.Form(both(mariaTyped, []string{"city", "Austin", "state", "TX", "callId", "C-8"})...).Encode()))
	if saved.Code != 200 {
		t.Errorf("saving the call id: %d", saved.Code)
	}
	v.Open("/desk?draft="+v.Form().Get("draft")).HasValue("callId", "C-8").HasValue("firstName", "maria").SeesNot(`name="line-recording" value="yes" checked`)
}

// The page must not say "Saved" of answers that were changed after they were sent.
func TestDraft_ChangedAnswersOfASentLeadAreNotSaidToBeSaved(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk").Send(mariaTyped...)
	changed := v.Form(both(mariaTyped, []string{"city", "Austin", "state", "TX", "firstName", "Marisol", "callId", "C-7"})...)
	if got := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", changed.Encode())); got.Code != 204 {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
	v.Open("/desk?draft="+v.Form().Get("draft")).HasValue("firstName", "maria").HasValue("callId", "C-7")
}

// An agent who has gone on to the next caller must find the form of a lead that still waits.
func TestDraft_OfALeadThatWaitsIsFoundByTheLead(t *testing.T) {
	app := newDesk(t, normal)
	v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
	v.Press(mariaTyped...)
	l, _ := app.Store.OnlyLead(t)
	v.Open("/desk").SeesNot("unsent form")
	v.Open("/desk?lead="+string(l.ID)).IsAt("/desk", 200).HasValue("firstName", "maria").Sees("consent is not complete")
	for _, id := range []string{"NOBODY", string(l.ID) + "A"} {
		if got := app.GetAs(handlerstest.Dana, "/desk?lead="+id).Code; got != 404 {
			t.Errorf("%s: %d", id, got)
		}
	}
	for _, p := range []staff.Person{handlerstest.Omar, handlerstest.Sue} {
		if got := app.GetAs(p, "/desk?lead="+string(l.ID)).Code; got != 404 {
			t.Errorf("%s gets %d", p.Name, got)
		}
	}
	v.Press(both(mariaTyped, append(agreed, "city", "Austin", "state", "TX"))...)
	if got := app.GetAs(handlerstest.Dana, "/desk?lead="+string(l.ID)).Code; got != 404 {
		t.Errorf("once it is sent: %d", got)
	}
}
