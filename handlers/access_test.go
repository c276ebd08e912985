package handlers_test

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/handlers/web"
	"intake/internal/lead"
	"intake/internal/prefill/prefilltest"
	"intake/internal/staff"
)

// whoAsks are the columns of accessTable: nobody who is signed in, a person without a role, the agent whose leads and drafts
// are called Dana's, another agent, a supervisor, and a tester.
var whoAsks = []string{"", "nico", "dana", "lee", "sam", "quinn"}

// accessTable has every route of the staff, as the router lists it, for every kind of object, and the status that each of
// whoAsks gets. Names in capitals stand for ids of the test. A path with "part " before it is asked for as htmx does.
var accessTable = []struct{ route, path, form, want string }{
	{"GET /sign-in", "/sign-in", "", "200 303 303 303 303 303"},
	{"GET /sign-in/begin", "/sign-in/begin", "", "303 303 303 303 303 303"},
	{"GET /sign-in/callback", "/sign-in/callback?code=x&state=y", "", "403 403 403 403 403 403"},
	{"GET /sign-in/you", "/sign-in/you", "", "303 200 200 200 200 200"},
	{"GET /sign-in/session", "/sign-in/session", "", "200 200 200 200 200 200"},
	{"POST /sign-in/session", "/sign-in/session", "stay=yes", "200 200 200 200 200 200"},
	{"POST /sign-out", "/sign-out", "where=here", "303 303 303 303 303 303"},
	{"POST /sign-out", "/sign-out", "where=everywhere", "303 303 303 303 303 303"},
	{"GET /dev-sign-in/authorize", "/dev-sign-in/authorize", "", "403 403 403 403 403 403"},
	{"POST /dev-sign-in/authorize", "/dev-sign-in/authorize", "person=sam", "403 403 403 403 403 403"},

	{"GET /desk", "/desk", "", "303 403 200 200 200 403"},
	{"GET /desk", "/desk?draft=DANAS-DRAFT", "", "303 403 200 404 404 403"},
	{"GET /desk", "/desk?draft=LEES-DRAFT", "", "303 403 404 200 404 403"},
	{"GET /desk", "/desk?draft=GUESSED-DRAFT", "", "303 403 404 404 404 403"},
	{"GET /desk", "/desk?draft=x", "", "303 403 404 404 404 403"},
	{"POST /desk", "/desk", "draft=DANAS-DRAFT&by=DANAS-KEY&CALLER", "303 403 303 404 404 403"},
	{"POST /desk", "/desk", "draft=LEES-DRAFT&by=LEES-KEY&CALLER", "303 403 404 303 404 403"},
	{"POST /desk", "/desk", "draft=LEES-DRAFT&by=DANAS-KEY&CALLER", "303 403 404 303 404 403"},
	{"POST /desk", "/desk", "draft=GUESSED-DRAFT&by=DANAS-KEY&CALLER", "303 403 404 404 404 403"},
	{"POST /desk", "/desk", "draft=x&CALLER", "303 403 404 404 404 403"},
	{"POST /desk/draft", "/desk/draft", "draft=DANAS-DRAFT&by=DANAS-KEY&firstName=x", "303 403 200 404 404 403"},
	{"POST /desk/draft", "/desk/draft", "draft=DANAS-DRAFT&discard=yes", "303 403 303 404 404 403"},
	{"POST /desk/draft", "/desk/draft", "draft=LEES-DRAFT&by=LEES-KEY&firstName=x", "303 403 404 200 404 403"},
	{"POST /desk/draft", "/desk/draft", "draft=GUESSED-DRAFT&firstName=x", "303 403 404 404 404 403"},
	{"POST /desk/draft", "/desk/draft", "draft=x&firstName=x", "303 403 404 404 404 403"},
	{"POST /desk/check", "part /desk/check", "field=firstName&firstName=maria", "401 403 200 200 200 403"},
	{"GET /desk", "/desk?prefill=used", "", "303 403 410 410 410 403"},
	{"GET /desk/prefill", "/desk/prefill", "", "303 403 303 303 303 403"},
	{"GET /desk/prefill", "/desk/prefill?t=x", "", "303 403 303 303 303 403"},
	{"GET /desk/prefill", "/desk/prefill?t=DIALERS-TOKEN", "", "303 403 303 303 303 403"},
	{"POST /desk/keys", "/desk/keys", "help=off", "303 403 303 303 303 403"},

	{"GET /desk/recent", "/desk/recent", "", "303 403 200 200 200 403"},
	{"GET /desk/recent", "part /desk/recent", "", "401 403 200 200 200 403"},
	{"GET /desk/call-backs", "/desk/call-backs", "", "303 403 200 200 200 403"},
	{"GET /desk/call-backs", "/desk/call-backs?after=x", "", "303 403 400 400 400 403"},
	{"GET /desk/search", "/desk/search", "", "303 403 200 200 200 403"},
	{"POST /desk/search", "/desk/search", "query=512+555+0148", "303 403 200 200 200 403"},
	{"GET /desk/events", "/desk/events", "", "303 403 200 200 200 403"},
	{"GET /desk/events", "/desk/events?lead=DANAS-LEAD", "", "303 403 200 404 200 403"},
	{"GET /desk/events", "/desk/events?lead=VISITORS-LEAD", "", "303 403 404 404 200 403"},
	{"GET /desk/events", "/desk/events?lead=GUESSED-LEAD", "", "303 403 404 404 404 403"},
	{"GET /desk/events", "/desk/events?lead=x", "", "303 403 404 404 404 403"},
	{"GET /desk/team", "/desk/team", "", "303 403 403 403 200 403"},
	{"GET /desk/team/:agent", "/desk/team/AGENT-DANA", "", "303 403 403 403 200 403"},
	{"GET /desk/team/:agent", "/desk/team/0123456789abcdef", "", "303 403 403 403 404 403"},
	{"GET /desk/team/:agent", "/desk/team/..%2Fleads%2FDANAS-LEAD", "", "303 403 403 403 404 403"},
	{"GET /desk/sessions", "/desk/sessions", "", "303 403 403 403 200 403"},
	{"POST /desk/sessions", "/desk/sessions", "person=SAMS-KEY", "303 403 403 403 303 403"},
	{"POST /desk/sessions", "/desk/sessions", "person=DANAS-KEY", "303 403 403 403 303 403"},
	{"POST /desk/sessions", "/desk/sessions", "person=x", "303 403 403 403 303 403"},

	{"GET /desk/leads/:id", "/desk/leads/DANAS-LEAD", "", "303 403 200 404 200 403"},
	{"GET /desk/leads/:id", "/desk/leads/VISITORS-LEAD", "", "303 403 404 404 200 403"},
	{"GET /desk/leads/:id", "/desk/leads/GUESSED-LEAD", "", "303 403 404 404 404 403"},
	{"GET /desk/leads/:id", "/desk/leads/x", "", "303 403 404 404 404 403"},
	{"GET /desk/leads/:id", "/desk/leads/..%2F..%2Fdesk%2Fteam", "", "303 403 404 404 404 403"},
	{"GET /desk/leads/:id/result", "/desk/leads/DANAS-LEAD/result", "", "303 403 200 404 200 403"},
	{"GET /desk/leads/:id/result", "part /desk/leads/DANAS-LEAD/result", "", "401 403 200 404 200 403"},
	{"GET /desk/leads/:id/result", "/desk/leads/VISITORS-LEAD/result", "", "303 403 404 404 200 403"},
	{"GET /desk/leads/:id/result", "part /desk/leads/VISITORS-LEAD/result", "", "401 403 404 404 200 403"},
	{"GET /desk/leads/:id/result", "/desk/leads/GUESSED-LEAD/result", "", "303 403 404 404 404 403"},
	{"GET /desk/leads/:id/result", "part /desk/leads/x/result", "", "401 403 404 404 404 403"},
	{"POST /desk/leads/:id/refresh", "/desk/leads/DANAS-LEAD/refresh", "", "303 403 303 404 303 403"},
	{"POST /desk/leads/:id/refresh", "/desk/leads/VISITORS-LEAD/refresh", "", "303 403 404 404 303 403"},
	{"POST /desk/leads/:id/refresh", "/desk/leads/GUESSED-LEAD/refresh", "", "303 403 404 404 404 403"},
	{"POST /desk/leads/:id/refresh", "/desk/leads/x/refresh", "", "303 403 404 404 404 403"},
	{"POST /desk/leads/:id/link", "/desk/leads/DANAS-LEAD/link", "", "303 403 422 404 422 403"}, // it waits for nothing
	{"POST /desk/leads/:id/link", "/desk/leads/DANAS-WAITING/link", "askSSN=yes", "303 403 303 404 303 403"},
	{"POST /desk/leads/:id/link", "/desk/leads/VISITORS-LEAD/link", "", "303 403 404 404 422 403"},
	{"POST /desk/leads/:id/link", "/desk/leads/GUESSED-LEAD/link", "", "303 403 404 404 404 403"},
	{"POST /desk/leads/:id/link", "/desk/leads/x/link", "", "303 403 404 404 404 403"},
	{"POST /desk/leads/:id/disposition", "/desk/leads/DANAS-LEAD/disposition", "disposition=1", "303 403 303 404 303 403"},
	{"POST /desk/leads/:id/disposition", "/desk/leads/VISITORS-LEAD/disposition", "disposition=1", "303 403 404 404 303 403"},
	{"POST /desk/leads/:id/disposition", "/desk/leads/GUESSED-LEAD/disposition", "disposition=1", "303 403 404 404 404 403"},
	{"POST /desk/leads/:id/disposition", "/desk/leads/x/disposition", "disposition=1", "303 403 404 404 404 403"},
}

// storing are the routes whose success stores something about a lead.
var storing = []string{"POST /desk", "POST /desk/leads/:id/link", "POST /desk/leads/:id/refresh", "POST /desk/leads/:id/disposition"}

var caller = url.Values{
	"firstName": {"maria"}, "lastName": {"gonzalez"}, "dateOfBirth": {"3/14/79"}, "email": {"maria.gonzalez79@example.com"}, "homePhone": {"512-555-0148"},
	"address1": {"4120 bluebonnet ln"}, "zipCode": {"78745"}, "callId": {"C-1"}, "consentRoute": {"recorded-call"}, "line-recording": {"yes"}, "line-credit": {"yes"}, "line-terms": {"yes"},
}

// staffRoutes are the routes that are there only with the staff's pages, as the router lists them.
func staffRoutes(t *testing.T) map[string]bool {
	t.Helper()
	site, _ := handlerstest.StaffSite(t)
	routes := map[string]bool{}
	for _, r := range handlers.RoutesOf(site.Handlers) {
		if r.Method != echo.RouteNotFound {
			routes[r.Method+" "+r.Path] = true
		}
	}
	for _, r := range handlers.RoutesOf(handlerstest.New(t).Handlers) {
		delete(routes, r.Method+" "+r.Path)
	}
	return routes
}

func TestAccess_TheTableHasEveryRouteOfTheStaff(t *testing.T) {
	missing := staffRoutes(t)
	all := maps.Clone(missing)
	for _, row := range accessTable {
		if !all[row.route] {
			t.Errorf("%s is no route of the staff", row.route)
		}
		delete(missing, row.route)
	}
	for route := range missing {
		t.Errorf("%s is not in the table of who may do what", route)
	}
	if len(all) < 20 {
		t.Errorf("there are %d routes of the staff", len(all))
	}
}

// accessSite is all staff pages with a lead of Dana's, one of a visitor's, and a draft of each agent's.
type accessSite struct {
	app      handlerstest.App
	leads    *handlerstest.StaffStore
	visitors map[string]*handlerstest.Visitor
	names    *strings.Replacer
}

func newAccessSite(t *testing.T) accessSite {
	t.Helper()
	app, store := handlerstest.StaffSite(t)
	s := accessSite{app: app, leads: store, visitors: map[string]*handlerstest.Visitor{}}
	open := func(l *lead.Lead) { l.Status, l.ResultCode, l.AlleviateID, l.Step = lead.Created, 1000, "a", lead.Look }
	dana, lee, sam := handlerstest.SignedIn("dana", "Dana Reyes"), handlerstest.SignedIn("lee", "Lee Park"), handlerstest.SignedIn("sam", "Sam Ortiz")
	danas, visitors := store.Put(0, dana, open), store.Put(2, staff.Person{}, open)
	waiting := store.Put(6, dana, func(l *lead.Lead) { l.Hold = lead.AwaitingConsent })
	store.Rows = []lead.TeamRow{{Agent: danas.Agent, Leads: 1}}
	for _, id := range whoAsks {
		s.visitors[id] = app.Visit(t)
		if id != "" {
			s.visitors[id].SignIn("/sign-in", id)
		}
	}
	draft := func(id string) string {
		v := s.visitors[id].Follow("/desk")
		saved := v.Exchange(handlerstest.Request(http.MethodPost, "/desk/draft", v.Form("firstName", "maria").Encode()))
		if saved.Code != http.StatusOK {
			t.Fatalf("the draft of %s: %d %s", id, saved.Code, saved.Body)
		}
		return v.Form().Get("draft")
	}
	hash := sha256.Sum256([]byte(dana.Key))
	s.names = strings.NewReplacer(
		"AGENT-DANA", hex.EncodeToString(hash[:8]), "DANAS-LEAD", string(danas.ID), "DANAS-WAITING", string(waiting.ID), "VISITORS-LEAD", string(visitors.ID), "GUESSED-LEAD", string(handlerstest.IDOf(4)),
		"DANAS-DRAFT", draft("dana"), "LEES-DRAFT", draft("lee"), "GUESSED-DRAFT", handlerstest.Handle+"."+strings.Repeat("A", 43),
		"DANAS-KEY", url.QueryEscape(dana.Key), "LEES-KEY", url.QueryEscape(lee.Key), "SAMS-KEY", url.QueryEscape(sam.Key), "CALLER", caller.Encode(),
		"DIALERS-TOKEN", prefilltest.Token(t, handlerstest.DialerSecret, "+15125550148", "radio", "C-1", handlerstest.Noon),
	)
	return s
}

// ask is what one of whoAsks gets, with the token of their session in a form.
func (s accessSite) ask(id, route, path, form string) *httptest.ResponseRecorder {
	v := s.visitors[id]
	method, _, _ := strings.Cut(route, " ")
	path, isPart := strings.CutPrefix(s.names.Replace(path), "part ")
	form = s.names.Replace(form)
	if method == http.MethodPost && id != "" && !strings.HasPrefix(path, "/dev-sign-in/") { // whose form is of no session
		form = strings.TrimPrefix(form+"&csrfToken="+v.Form().Get("csrfToken"), "&")
	}
	r := handlerstest.Request(method, path, form)
	if isPart {
		r = handlerstest.Fragment(r)
	}
	return v.Exchange(r)
}

// stored is how many leads, dispositions and requests for a status there are.
func (s accessSite) stored() int {
	return len(s.app.Store.Leads) + len(s.leads.Given) + len(s.leads.Asked) + len(s.leads.HandOff.Links)
}

// TestAccess_EveryRouteOfTheStaffForEveryRoleAndEveryKindOfObject walks the table. What somebody may not open is answered like
// what does not exist: the same page, byte for byte, but for the reference.
func TestAccess_EveryRouteOfTheStaffForEveryRoleAndEveryKindOfObject(t *testing.T) {
	notFound := map[string]map[string]string{} // pages, by route and who asks
	for _, row := range accessTable {
		want := strings.Fields(row.want)
		site := newAccessSite(t)
		succeeded := 0
		for i, id := range whoAsks {
			got := site.ask(id, row.route, row.path, row.form)
			if strconv.Itoa(got.Code) != want[i] {
				t.Errorf("%s at %s with %q for %q: %d, want %s", row.route, row.path, row.form, id, got.Code, want[i])
			}
			if got.Header().Get("Cache-Control") != "no-store, private" || got.Header().Get("Content-Security-Policy") != web.ContentPolicy {
				t.Errorf("%s for %q may be stored, or has no content policy", row.path, id)
			}
			if id != "" && got.Code < 400 && slices.Contains(storing, row.route) {
				succeeded++
			}
			if got.Code == http.StatusNotFound {
				page := strings.ReplaceAll(got.Body.String(), got.Header().Get("X-Request-Id"), "REFERENCE")
				page = strings.ReplaceAll(page, site.visitors[id].Form().Get("csrfToken"), "TOKEN")
				key := row.route + " for " + id + strings.Repeat(" as a part", strings.Count(row.path, "part "))
				if notFound[key] == nil {
					notFound[key] = map[string]string{}
				}
				notFound[key][page] = row.path
			}
		}
		if stored := site.stored(); stored != succeeded {
			t.Errorf("%s at %s: %d are stored by %d who may", row.route, row.path, stored, succeeded)
		}
	}
	for key, pages := range notFound {
		if len(pages) != 1 {
			t.Errorf("%s: what is not theirs and what is not there differ: %v", key, slices.Collect(maps.Values(pages)))
		}
	}
}
