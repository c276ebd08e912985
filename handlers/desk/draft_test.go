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

	"intake/handlers/desk"
	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

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
	if to, err := rescue(form); !errors.Is(err, lead.ErrNotFound) || to != "" {
		t.Errorf("in another name it leads to %q, %v", to, err)
	}
}
