package leads_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"intake/handlers/handlerstest"
	"intake/internal/lead"
	"intake/internal/staff"
)

// TestAccess_ThePagesDoNotRelyOnTheGate: who may do what is in the table of package handlers; here nothing stands before the
// pages, and they let nobody in either who does not work with leads.
func TestAccess_ThePagesDoNotRelyOnTheGate(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Agent.Key = "" })
	path := "/desk/leads/" + string(l.ID)
	for _, p := range []staff.Person{handlerstest.Quinn, handlerstest.Nobody, {}, {Name: "no key", Roles: []staff.Role{staff.Agent}}} {
		for _, page := range []string{path, path + "/result", "/desk/recent", "/desk/search", "/desk/team", "/desk/events", "/desk/events?lead=" + string(l.ID)} {
			if got := app.GetAs(p, page).Code; got != http.StatusNotFound {
				t.Errorf("GET %s for %q: %d", page, p.Name, got)
			}
		}
		for page, form := range map[string]url.Values{path + "/refresh": nil, path + "/disposition": {"disposition": {"1"}}, "/desk/search": {"query": {"512 555 0148"}}} {
			if got := app.PostAs(p, page, form).Code; got != http.StatusNotFound {
				t.Errorf("POST %s for %q: %d", page, p.Name, got)
			}
		}
	}
	if len(store.Given)+len(store.Asked)+len(store.Looked) != 0 {
		t.Errorf("given %v, asked %v, looked %v", store.Given, store.Asked, store.Looked)
	}
}

func TestAccess_LookingIsWrittenDownAndAFragmentOpensNothing(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, nil)
	app.GetAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)+"/result")
	app.As(handlerstest.Ann, handlerstest.Fragment(handlerstest.Request(http.MethodGet, "/desk/leads/"+string(l.ID)+"/result", "")))
	app.GetAs(handlerstest.Ann, "/desk/recent")
	if len(store.Looked) != 0 {
		t.Errorf("answers were opened: %q", store.Looked)
	}
	page := app.GetAs(handlerstest.Sue, "/desk/leads/"+string(l.ID)).Body.String()
	if want := handlerstest.Sue.Who() + " at " + string(l.ID); len(store.Looked) != 1 || store.Looked[0] != want {
		t.Errorf("looked: %q", store.Looked)
	}
	for _, never := range []string{"Maria", "Gonzalez", "maria.gonzalez79", "5125550148", "219099999", "Bluebonnet", "1979-03-14", "15000", "78745"} {
		if strings.Contains(page, never) {
			t.Errorf("the page says %q", never)
		}
	}
	for _, want := range []string{"M•••", "ends 0148", "ends 9999", "m•••@example.com", "in 1979", "Austin"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Each opening of a lead's page is one entry, so nothing may load it again but whoever reads it.
func TestAccess_EachOpeningIsWrittenDownOnceHoweverLongSomebodyWaits(t *testing.T) {
	app, store := running(t, func() bool { return true })
	l := store.Put(0, handlerstest.Ann, nil)
	path := "/desk/leads/" + string(l.ID)
	page := app.GetAs(handlerstest.Ann, path)
	wantWords(t, "the page of a lead on its way", page, http.StatusOK, "Saved, on its way", "Opening this page is recorded", path+"/result")
	if strings.Contains(page.Body.String(), `http-equiv="refresh"`) {
		t.Error("it loads again by itself")
	}
	next := follow(t, app, handlerstest.Ann, "/desk/events?lead="+string(l.ID))
	wantEvents(t, next, "refresh")
	store.Change(l.ID)
	wantEvents(t, next, "lead-"+string(l.ID))
	for range 3 {
		fragment(app, handlerstest.Ann, l.ID)
		wantWords(t, "the page of the result", app.GetAs(handlerstest.Ann, path+"/result"), http.StatusOK, `http-equiv="refresh"`)
	}
	if len(store.Looked) != 1 {
		t.Errorf("one opening is written down as %q", store.Looked)
	}
	app.GetAs(handlerstest.Sue, path)
	app.GetAs(handlerstest.Ann, path)
	if len(store.Looked) != 3 {
		t.Errorf("three openings are written down as %q", store.Looked)
	}
}

func TestAccess_OnlyWhoTypedALeadIsLedBackToItsForm(t *testing.T) {
	app, store := handlerstest.Staff(t)
	l := store.Put(0, handlerstest.Ann, func(l *lead.Lead) { l.Hold = lead.AwaitingConsent })
	link := `href="/desk?lead=` + string(l.ID) + `"`
	for _, path := range []string{"/desk/leads/" + string(l.ID), "/desk/leads/" + string(l.ID) + "/result"} {
		if page := app.GetAs(handlerstest.Ann, path).Body.String(); !strings.Contains(page, link) {
			t.Errorf("%s does not lead to the form", path)
		}
		if page := app.GetAs(handlerstest.Sue, path).Body.String(); strings.Contains(page, link) {
			t.Errorf("%s leads a supervisor to what they do not find", path)
		}
	}
	store.Put(0, handlerstest.Ann, nil)
	if page := app.GetAs(handlerstest.Ann, "/desk/leads/"+string(l.ID)).Body.String(); strings.Contains(page, link) {
		t.Error("a lead that does not wait leads to a form")
	}
}
