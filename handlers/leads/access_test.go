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

// TestAccess_EveryPageOfEveryLeadForEveryRole is the matrix of who opens what. What may not be opened is answered like what
// does not exist.
func TestAccess_EveryPageOfEveryLeadForEveryRole(t *testing.T) {
	app, store := handlerstest.Staff(t)
	anns, bobs, consumers := store.Put(0, handlerstest.Ann, nil), store.Put(1, handlerstest.Bob, nil), store.Put(2, staff.Person{}, nil)
	owners := map[lead.PartnerID]staff.Person{anns.ID: handlerstest.Ann, bobs.ID: handlerstest.Bob, consumers.ID: {}}
	for id, owner := range owners {
		for _, p := range []staff.Person{handlerstest.Ann, handlerstest.Bob, handlerstest.Sue, handlerstest.Quinn, handlerstest.Nobody, {}, {Name: "no key", Roles: []staff.Role{staff.Agent}}} {
			may := p.Has(staff.Supervisor) || p.Has(staff.Agent) && p.Key != "" && p.Key == owner.Key
			path := "/desk/leads/" + string(id)
			for name, got := range map[string]int{
				"GET " + path:                   app.GetAs(p, path).Code,
				"GET " + path + "/result":       app.GetAs(p, path+"/result").Code,
				"POST " + path + "/refresh":     app.PostAs(p, path+"/refresh", nil).Code,
				"POST " + path + "/disposition": app.PostAs(p, path+"/disposition", url.Values{"disposition": {"1"}}).Code,
			} {
				if (got == http.StatusNotFound) == may || !may && got != http.StatusNotFound {
					t.Errorf("%s for %s: %d, may open: %v", name, p.Name, got, may)
				}
			}
			if !may {
				if got := app.GetAs(p, "/desk/events?lead="+string(id)).Code; got != http.StatusNotFound {
					t.Errorf("%s follows a lead that is not theirs: %d", p.Name, got)
				}
				refused, missing := app.GetAs(p, path), app.GetAs(p, "/desk/leads/NOBODY")
				if without(refused.Body.String(), refused.Header().Get("X-Request-Id")) != without(missing.Body.String(), missing.Header().Get("X-Request-Id")) {
					t.Errorf("%s can tell that the lead exists", p.Name)
				}
			}
		}
	}
	for _, d := range store.Given {
		if owner := owners[d.Lead]; d.By.Key != owner.Key && d.By.Key != handlerstest.Sue.Key {
			t.Errorf("%s wrote to a lead of %s", d.By.Name, owner.Name)
		}
	}
	for _, looked := range store.Looked {
		if strings.HasPrefix(looked, "Quinn") || strings.HasPrefix(looked, "No") || strings.HasPrefix(looked, "Ann") && !strings.HasSuffix(looked, string(anns.ID)) {
			t.Errorf("looked: %s", looked)
		}
	}
}

func without(page, reference string) string { return strings.ReplaceAll(page, reference, "") }

func TestAccess_ListsAreForThoseWhoWorkWithLeads(t *testing.T) {
	app, _ := handlerstest.Staff(t)
	for _, p := range []staff.Person{handlerstest.Ann, handlerstest.Sue, handlerstest.Quinn, handlerstest.Nobody, {}} {
		works := p.Has(staff.Agent) || p.Has(staff.Supervisor)
		for path, may := range map[string]bool{"/desk/recent": works, "/desk/search": works, "/desk/call-backs": works, "/desk/team": p.Has(staff.Supervisor)} {
			if got := app.GetAs(p, path).Code; (got == http.StatusOK) != may || !may && got != http.StatusNotFound {
				t.Errorf("%s for %s: %d, may: %v", path, p.Name, got, may)
			}
		}
		if got := app.PostAs(p, "/desk/search", url.Values{"query": {"512 555 0148"}}).Code; (got == http.StatusOK) != works {
			t.Errorf("search for %s: %d", p.Name, got)
		}
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
	wantWords(t, "the page of a lead on its way", page, http.StatusOK, "On its way", "Opening this page is recorded", path+"/result")
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
