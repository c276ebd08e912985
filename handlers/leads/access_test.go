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
