package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/handlers/web"
	"intake/internal/lead"
	"intake/internal/staff"
)

// signInRoutes are open to everybody: what they show depends on who asks.
var signInRoutes = []string{
	"GET /sign-in", "GET /sign-in/begin", "GET /sign-in/callback", "GET /sign-in/you", "GET /sign-in/session", "POST /sign-in/session", "POST /sign-out",
	"GET /dev-sign-in/authorize", "POST /dev-sign-in/authorize",
}

// TestStaff_EveryRouteIsOfAVisitorOfTheSignInOrOfARoom: a new route of the staff that is in no room of the table fails.
func TestStaff_EveryRouteIsOfAVisitorOfTheSignInOrOfARoom(t *testing.T) {
	visitors := map[string]bool{}
	for _, route := range handlers.RoutesOf(handlerstest.New(t).Handlers) {
		visitors[route.Method+" "+route.Path] = true
	}
	var open []string
	for _, route := range handlers.RoutesOf(handlerstest.New(t, handlerstest.WithSignIn(t)).Handlers) {
		name := route.Method + " " + route.Path
		if _, isRoom := staff.RoomOf(route.Path); !isRoom && !visitors[name] {
			open = append(open, name)
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(signInRoutes)), slices.Sorted(slices.Values(open))); diff != "" {
		t.Errorf("routes outside of the rooms (-want +got):\n%s", diff)
	}
}

func TestStaff_WithoutASignInThereIsNoStaffPage(t *testing.T) {
	app := handlerstest.New(t)
	for _, path := range []string{"/sign-in", "/sign-in/callback", "/sign-out", "/desk", "/desk/sessions", "/enroll", "/ops", "/qa", "/dev-sign-in/authorize"} {
		if got := app.Get(path); got.Code != http.StatusNotFound {
			t.Errorf("%s is answered %d", path, got.Code)
		}
	}
}

func TestStaff_RoomsThatAreNotBuiltAreNeitherThereNorInTheNavigation(t *testing.T) {
	app := handlerstest.New(t, handlerstest.WithSignIn(t))
	sam := app.Visit(t).SignIn("/sign-in", "sam")
	mounted := map[string]bool{}
	for _, route := range handlers.RoutesOf(app.Handlers) {
		mounted[route.Method+" "+route.Path] = true
	}
	var want []string
	for _, room := range staff.Rooms() {
		if mounted["GET "+room.Path] {
			want = append(want, room.Path)
			continue
		}
		if got := sam.Exchange(handlerstest.Request(http.MethodGet, room.Path, "")); got.Code != http.StatusNotFound {
			t.Errorf("%s is answered %d", room.Path, got.Code)
		}
	}
	if diff := cmp.Diff(want, sam.Follow("/desk/sessions").Rooms()); diff != "" || len(want) == 0 {
		t.Errorf("the navigation has other rooms (-want +got):\n%s", diff)
	}
}

// TestStaff_NobodyGetsIntoARoomWithoutASession walks the routes as the router lists them.
func TestStaff_NobodyGetsIntoARoomWithoutASession(t *testing.T) {
	app := handlerstest.New(t, handlerstest.WithSignIn(t))
	walked := 0
	for _, route := range handlers.RoutesOf(app.Handlers) {
		if _, isRoom := staff.RoomOf(route.Path); !isRoom || route.Method == echo.RouteNotFound {
			continue
		}
		walked++
		for _, cookie := range []string{"", strings.Repeat("A", 43), "x"} {
			r := handlerstest.Request(route.Method, strings.ReplaceAll(route.Path, ":id", "x"), "")
			r.AddCookie(&http.Cookie{Name: "session", Value: cookie})
			got := app.Do(r)
			if got.Code != http.StatusSeeOther || !strings.HasPrefix(got.Header().Get("Location"), "/sign-in?to=%2F") {
				t.Errorf("%s %s with the cookie %q is answered %d", route.Method, route.Path, cookie, got.Code)
			}
		}
	}
	if walked == 0 {
		t.Error("no route was walked")
	}
}

func TestStaff_AFloodOfVisitorsLocksNobodyOut(t *testing.T) {
	app, _ := handlerstest.NewLimited(t, handlerstest.WithSignIn(t))
	sam := app.Visit(t).SignIn("/sign-in", "sam")
	flooded := 0
	for range 400 { // of the address at which the staff are too
		if app.Get("/").Code == http.StatusServiceUnavailable {
			flooded++
		}
		app.Do(handlerstest.Request(http.MethodPost, "/opt-out", ""))
	}
	if flooded == 0 || app.Do(handlerstest.Request(http.MethodPost, "/opt-out", "")).Code < 429 {
		t.Fatal("there is no flood")
	}
	if got := sam.Exchange(handlerstest.Request(http.MethodGet, "/desk/sessions", "")); got.Code != http.StatusOK {
		t.Errorf("a supervisor's page is answered %d", got.Code)
	}
	if got := sam.Follow("/desk/sessions").Exchange(handlerstest.Request(http.MethodPost, "/desk/sessions", sam.Form("person", "x").Encode())); got.Code != http.StatusSeeOther {
		t.Errorf("a supervisor's form is answered %d", got.Code)
	}
	if other := app.Visit(t).SignIn("/sign-in", "dana"); other.Page.Code != http.StatusOK {
		t.Errorf("somebody who signs in gets %d", other.Page.Code)
	}
}

func TestStaff_EveryAnswerHasTheHeadersAndEveryFormIsOfOurOwnPages(t *testing.T) {
	app := handlerstest.New(t, handlerstest.WithSignIn(t))
	for _, path := range []string{"/sign-in", "/desk/sessions", "/sign-in/you", "/sign-out", "/dev-sign-in/authorize"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			got := app.Do(handlerstest.Request(method, path, ""))
			if got.Header().Get("Content-Security-Policy") != web.ContentPolicy || got.Header().Get("Cache-Control") != "no-store, private" {
				t.Errorf("%s %s lacks a header", method, path)
			}
		}
		foreign := handlerstest.Request(http.MethodPost, path, "")
		foreign.Header.Set("Sec-Fetch-Site", "cross-site")
		if got := app.Do(foreign); got.Code != http.StatusForbidden {
			t.Errorf("a form of another site to %s is answered %d", path, got.Code)
		}
		elsewhere := handlerstest.Request(http.MethodGet, path, "")
		elsewhere.Host = "evil.example"
		if got := app.Do(elsewhere); got.Code != http.StatusMisdirectedRequest {
			t.Errorf("%s of another host is answered %d", path, got.Code)
		}
	}
}

func TestStaff_TheFormsOfTheSignInTakeTheirOwnInputsAlone(t *testing.T) {
	app := handlerstest.New(t, handlerstest.WithSignIn(t))
	for _, path := range []string{"/sign-out", "/sign-in/session", "/dev-sign-in/authorize"} {
		if got := app.Do(handlerstest.Request(http.MethodPost, path, "isAgent=true")); got.Code != http.StatusBadRequest {
			t.Errorf("%s takes an unknown input: %d", path, got.Code)
		}
	}
	for _, path := range []string{"/sign-in?x=1", "/sign-in/begin?to=/a&to=/b", "/dev-sign-in/authorize?x=1"} {
		if got := app.Get(path); got.Code != http.StatusBadRequest {
			t.Errorf("%s is answered %d", path, got.Code)
		}
	}
}

// TestStaff_EveryFormWithoutItsTokenIsRefused walks the routes as the router lists them, by somebody whose roles open them
// all. Only the form of the development provider is of no session.
func TestStaff_EveryFormWithoutItsTokenIsRefused(t *testing.T) {
	app, store := handlerstest.StaffSite(t)
	l := store.Put(0, handlerstest.SignedIn("dana", "Dana Reyes"), func(l *lead.Lead) { l.Status, l.ResultCode, l.AlleviateID, l.Step = lead.Created, 1000, "a", lead.Look })
	sam, dana := app.Visit(t).SignIn("/sign-in", "sam"), app.Visit(t).SignIn("/sign-in", "dana")
	walked := 0
	for route := range staffRoutes(t) {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodPost || strings.HasPrefix(path, "/dev-sign-in/") {
			continue
		}
		walked++
		path = strings.ReplaceAll(path, ":id", string(l.ID))
		for _, form := range []url.Values{{}, {"csrfToken": {""}}, {"csrfToken": {dana.Form().Get("csrfToken")}}, {"csrfToken": {sam.Cookies["session"]}}} {
			whole := sam.Exchange(handlerstest.Request(http.MethodPost, path, form.Encode()))
			part := sam.Exchange(handlerstest.Fragment(handlerstest.Request(http.MethodPost, path, form.Encode())))
			if whole.Code != http.StatusForbidden || part.Code != http.StatusForbidden || !strings.Contains(whole.Body.String(), "before you signed in") {
				t.Errorf("%s with the token %q is answered %d and, to htmx, %d: %s", path, form.Get("csrfToken"), whole.Code, part.Code, whole.Body)
			}
		}
		for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
			if got := sam.Exchange(handlerstest.Request(method, path, "")); got.Code < 400 {
				t.Errorf("%s %s is answered %d", method, path, got.Code)
			}
		}
	}
	if walked < 9 || len(store.Given)+len(store.Asked)+len(store.Queries)+len(app.Store.Leads)+len(app.Store.Drafts) != 0 {
		t.Errorf("%d forms were walked; given %v, asked %v, searched %v, %d leads, %d drafts", walked, store.Given, store.Asked, store.Queries, len(app.Store.Leads), len(app.Store.Drafts))
	}
	for _, v := range []*handlerstest.Visitor{sam, dana} {
		if got := v.Exchange(handlerstest.Request(http.MethodGet, "/desk", "")); got.Code != http.StatusOK {
			t.Errorf("a session was ended: %d", got.Code)
		}
	}
}
