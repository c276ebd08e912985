package signin_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"intake/handlers/signin"
	"intake/handlers/web"
	oidc "intake/internal/signin"
	"intake/internal/staff"
	views "intake/views/signin"
)

func TestSignIn_LeadsToTheFirstRoomOfTheRole(t *testing.T) {
	for id, want := range map[string]string{"dana": "/desk", "lee": "/desk", "sam": "/desk", "quinn": "/qa", "nico": "/sign-in/you"} {
		b := newSite(t).browser()
		if got := b.signIn(id); got != want {
			t.Errorf("%s lands on %s, want %s", id, got, want)
		}
		if got := b.get(want); got.Code != http.StatusOK {
			t.Errorf("%s gets %d there", id, got.Code)
		}
	}
}

func TestSignIn_SomebodyWithoutARoleReadsWhomToAsk(t *testing.T) {
	b := newSite(t).browser()
	b.signIn("nico")
	for _, path := range []string{"/sign-in/you", "/desk"} {
		got := b.get(path)
		if !strings.Contains(got.Body.String(), "Ask your supervisor, or whoever manages the accounts of Seller LLC") {
			t.Errorf("%s is answered %d without saying whom to ask", path, got.Code)
		}
	}
}

// TestGate_EveryRoomByEveryRole has the whole table of routes and roles, with the answer to each.
func TestGate_EveryRoomByEveryRole(t *testing.T) {
	const stranger = ""
	want := map[string]map[string]int{
		"/desk":                 {stranger: 303, "dana": 200, "sam": 200, "quinn": 403, "nico": 403},
		"/desk/leads/x":         {stranger: 303, "dana": 200, "sam": 200, "quinn": 403, "nico": 403},
		"/desk/team":            {stranger: 303, "dana": 403, "sam": 200, "quinn": 403, "nico": 403},
		"/desk/sessions":        {stranger: 303, "dana": 403, "sam": 200, "quinn": 403, "nico": 403},
		"/qa":                   {stranger: 303, "dana": 403, "sam": 200, "quinn": 200, "nico": 403},
		"/enroll":               {stranger: 404, "dana": 404, "sam": 404, "quinn": 404, "nico": 404},
		"/ops":                  {stranger: 404, "dana": 404, "sam": 404, "quinn": 404, "nico": 404},
		"/ops/leads":            {stranger: 404, "dana": 404, "sam": 404, "quinn": 404, "nico": 404},
		"/sign-in/you":          {stranger: 303, "dana": 200, "sam": 200, "quinn": 200, "nico": 200},
		"POST /desk":            {stranger: 303, "dana": 200, "sam": 200, "quinn": 403, "nico": 403},
		"POST /desk/sessions":   {stranger: 303, "dana": 403, "sam": 303, "quinn": 403, "nico": 403},
		"/desk/../desk/team":    {stranger: 404, "dana": 404, "sam": 404, "quinn": 404, "nico": 404},
		"/%64esk":               {stranger: 404, "dana": 404, "sam": 404, "quinn": 404, "nico": 404},
		"/desk/leads%2f..%2fx":  {stranger: 404, "dana": 404, "sam": 404, "quinn": 404, "nico": 404},
		"//desk":                {stranger: 404, "dana": 404, "sam": 404, "quinn": 404, "nico": 404},
		"/DESK":                 {stranger: 404, "dana": 404, "sam": 404, "quinn": 404, "nico": 404},
		"/desk/leads/x?a=/qa#b": {stranger: 303, "dana": 200, "sam": 200, "quinn": 403, "nico": 403},
	}
	s := newSite(t)
	browsers := map[string]*browser{stranger: s.browser()}
	for _, id := range []string{"dana", "sam", "quinn", "nico"} {
		browsers[id] = s.browser()
		browsers[id].signIn(id)
	}
	for route, byPerson := range want {
		for id, status := range byPerson {
			b := browsers[id]
			var got *httptest.ResponseRecorder
			if path, isPost := strings.CutPrefix(route, "POST "); isPost {
				got = b.post(path)
			} else {
				got = b.get(b.base.PublicURL.String() + route)
			}
			if got.Code != status {
				t.Errorf("%s for %q is answered %d, want %d", route, id, got.Code, status)
			}
		}
	}
}

func TestGate_TheTestersRoomIsNotThereInProduction(t *testing.T) {
	s := newSite(t, func(c *web.Config, _ *signin.Config) { c.Site.Environment = "production" })
	for _, id := range []string{"quinn", "sam"} {
		b := s.browser()
		if to := b.signIn(id); to == "/qa" {
			t.Errorf("%s lands on a room that is not there", id)
		}
		b.wants("/qa", http.StatusNotFound)
	}
	s.browser().wants("/qa", http.StatusNotFound)
}

func TestGate_ARefusalByRoleIsAuditedAndSaysWhichRoleIsNeeded(t *testing.T) {
	b := newSite(t).browser()
	b.signIn("dana")
	got := b.get("/desk/team")
	if !strings.Contains(got.Body.String(), "<strong>supervisor</strong>") || !strings.Contains(got.Body.String(), "yours is agent") {
		t.Errorf("the page does not say why: %s", got.Body)
	}
	want := []string{"Dana Reyes: signed in", "Dana Reyes: room refused (the room /desk/team is not for this role)"}
	if diff := cmp.Diff(want, b.audit.Said()); diff != "" {
		t.Error(diff)
	}
	b.audit.Fail = errors.New("disk full")
	b.wants("/desk/team", http.StatusServiceUnavailable)
}

func TestNavigation_HasTheRoomsThatAreThereAndOpen(t *testing.T) {
	for id, want := range map[string][]string{
		"dana": {"/desk"}, "sam": {"/desk", "/desk/team", "/desk/sessions", "/qa"}, "quinn": {"/qa"}, "nico": nil,
	} {
		b := newSite(t).browser()
		b.signIn(id)
		_, nav, _ := strings.Cut(b.get("/sign-in/you").Body.String(), `<nav aria-label="Rooms">`)
		nav, _, _ = strings.Cut(nav, "</nav>")
		var got []string
		for _, part := range strings.Split(nav, `href="`)[1:] {
			path, _, _ := strings.Cut(part, `"`)
			got = append(got, path)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
}

func TestSignIn_LeadsBackToWhereThePersonWantedToGo(t *testing.T) {
	for path, want := range map[string]string{
		"/desk/leads/x": "/desk/leads/x", "/desk": "/desk", "/desk/team": "/desk",
		"/sign-in?to=/desk?draft=abc_-.12":              "/desk?draft=abc_-.12",
		"/sign-in?to=/desk/leads/x%3Fa=1":               "/desk/leads/x?a=1",
		"/sign-in?to=//evil.example":                    "/desk",
		"/sign-in?to=/%2fevil.example":                  "/desk",
		"/sign-in?to=https://evil.example/desk":         "/desk",
		"/sign-in?to=/desk//evil.example":               "/desk",
		"/sign-in?to=%5cevil.example":                   "/desk",
		"/sign-in?to=/%5cevil.example":                  "/desk",
		"/sign-in?to=/desk%5c..%5c":                     "/desk",
		"/sign-in?to=/desk/..//evil.example":            "/desk",
		"/sign-in?to=/desk%252f..":                      "/desk",
		"/sign-in?to=/desk%0d%0aSet-Cookie:x":           "/desk",
		"/sign-in?to=/desk%09":                          "/desk",
		"/sign-in?to=javascript:alert(1)":               "/desk",
		"/sign-in?to=/apply/check":                      "/desk",
		"/sign-in?to=/sign-out":                         "/desk",
		"/sign-in?to=/enroll":                           "/desk", // admitted, but not built
		"/sign-in?to=/ops":                              "/desk",
		"/sign-in?to=desk":                              "/desk",
		"/sign-in?to=/desk/" + strings.Repeat("a", 600): "/desk",
	} {
		if got := newSite(t).browser().signInFrom(path, "dana"); got != want {
			t.Errorf("from %s the person gets to %q, want %q", path, got, want)
		}
		b := newSite(t).browser() // and the same for somebody who is signed in already
		b.signIn("dana")
		if strings.HasPrefix(path, "/sign-in") {
			if got := b.get(path).Header().Get("Location"); got != want {
				t.Errorf("signed in, from %s the person gets to %q, want %q", path, got, want)
			}
		}
	}
}

func TestSignIn_TheBrowserGetsANewTokenAndOnlyThat(t *testing.T) {
	for _, tt := range []struct {
		scheme, session, attempt string
		secure                   bool
	}{{"http", "session", "attempt", false}, {"https", "__Host-session", "__Host-attempt", true}} {
		s := newSite(t, func(c *web.Config, in *signin.Config) {
			if tt.scheme == "https" {
				c.PublicURL = &url.URL{Scheme: "https", Host: "apply.example.com"}
				in.Provider, in.Development = provider{}, nil
			}
		})
		b := s.browser()
		if tt.scheme == "http" {
			b.signIn("dana")
		} else {
			b.get("/sign-in/begin")
			if b.cookies[tt.attempt] == nil {
				t.Fatal("there is no cookie of the attempt")
			}
			check(t, b.cookies[tt.attempt], tt.secure)
			b.get("/sign-in/callback?code=right")
		}
		cookie := b.cookies[tt.session]
		if cookie == nil || len(b.cookies) != 1 {
			t.Fatalf("over %s the browser has %v", tt.scheme, b.cookies)
		}
		check(t, cookie, tt.secure)
		if cookie.MaxAge != 0 || !cookie.Expires.IsZero() {
			t.Errorf("the cookie outlives the browser: %s", cookie)
		}
	}
}

// check wants a cookie for our own pages alone.
func check(t *testing.T, c *http.Cookie, secure bool) {
	t.Helper()
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || len(c.Value) < 43 {
		t.Errorf("the cookie is %s", c)
	}
}

// provider answers as a test wants; its one good code is "right".
type provider struct{ err error }

func (p provider) Begin(_ context.Context, a oidc.Attempt) (string, error) {
	return "https://id.example/?state=" + a.State, p.err
}

func (p provider) Finish(_ context.Context, _ oidc.Attempt, answer url.Values) (staff.Person, error) {
	if p.err != nil || answer.Get("code") != "right" {
		return staff.Person{}, cmpErr(p.err)
	}
	return staff.Person{Key: "https://id.example 1", Name: "Ann", Roles: []staff.Role{staff.Agent}}, nil
}

func cmpErr(err error) error {
	if err == nil {
		return &oidc.Refusal{Reason: oidc.CodeRefused}
	}
	return err
}

func TestSignIn_ATokenThatSomebodyElseChoseIsNotUsed(t *testing.T) {
	s := newSite(t)
	victim := s.browser()
	planted := strings.Repeat("A", 43)
	victim.cookies["session"] = &http.Cookie{Name: "session", Value: planted}
	victim.signIn("dana")
	if victim.cookies["session"].Value == planted {
		t.Error("the person is signed in under a token that was planted")
	}
	thief := s.browser()
	thief.cookies["session"] = &http.Cookie{Name: "session", Value: planted}
	thief.wants("/desk", http.StatusSeeOther)
}

func TestSignIn_ANewSignInEndsTheSessionThatTheBrowserHad(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.signIn("dana")
	old := b.cookies["session"]
	attempt := b.get("/sign-in/begin")
	page := b.get(attempt.Header().Get("Location"))
	values := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(page.Body.String(), -1) {
		values.Set(m[1], strings.ReplaceAll(m[2], "&amp;", "&"))
	}
	b.get(b.choose(values, "sam"))
	if b.cookies["session"].Value == old.Value {
		t.Fatal("the token is the old one")
	}
	late := s.browser()
	late.cookies["session"] = old
	late.wants("/desk", http.StatusSeeOther)
}

func TestSignIn_EachRefusalIsAPageInWordsWithANextStep(t *testing.T) {
	for _, reason := range oidc.Reasons {
		if !views.HasWords(string(reason)) {
			t.Errorf("%q has no words", reason)
		}
		s := newSite(t, func(_ *web.Config, in *signin.Config) { in.Provider = provider{&oidc.Refusal{Reason: reason}} })
		got := s.browser().get("/sign-in/begin")
		if got.Code < 400 || !strings.Contains(got.Body.String(), `href="/sign-in">Start again</a>`) || !strings.Contains(s.logged.String(), string(reason)) {
			t.Errorf("%s: answered %d, or not logged", reason, got.Code)
		}
	}
}

func TestSignIn_AWrongAnswerIsRefusedAndWrittenDownWithoutItsValues(t *testing.T) {
	const canary = "canary-7319"
	for name, tt := range map[string]struct {
		change  func(b *browser, back string) string
		want    string
		audited string
	}{
		"another state":    {func(_ *browser, back string) string { return back + "&state=" + canary }, "belongs to another sign-in", "wrong state"},
		"an error":         {func(_ *browser, back string) string { return back + "&error=" + canary }, "did not sign you in", "the provider refused"},
		"a foreign code":   {func(_ *browser, back string) string { return strings.Replace(back, "code=", "code="+canary, 1) }, "was used already", "code refused"},
		"another issuer":   {func(_ *browser, back string) string { return back + "&iss=https://" + canary }, "another sign-in service", "wrong issuer"},
		"no attempt":       {func(b *browser, back string) string { delete(b.cookies, "attempt"); return back }, "not started in this browser", ""},
		"a forged one":     {func(b *browser, back string) string { b.cookies["attempt"].Value = canary; return back }, "not started in this browser", ""},
		"after 11 minutes": {func(b *browser, back string) string { b.forward(11 * time.Minute); return back }, "not started in this browser", ""},
	} {
		b := newSite(t).browser()
		got := b.get(tt.change(b, b.choose(b.authorize("/sign-in"), "dana")))
		if got.Code != http.StatusForbidden || !strings.Contains(got.Body.String(), tt.want) {
			t.Errorf("%s: answered %d: %s", name, got.Code, got.Body)
		}
		if strings.Contains(got.Body.String()+b.logged.String()+strings.Join(b.audit.Said(), ""), canary) {
			t.Errorf("%s: a value is repeated", name)
		}
		var want []string
		if tt.audited != "" {
			want = []string{"somebody: sign-in refused (" + tt.audited + ")"}
		}
		if diff := cmp.Diff(want, b.audit.Said()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if b.cookies["session"] != nil {
			t.Errorf("%s: somebody is signed in", name)
		}
		b.wants("/desk", http.StatusSeeOther)
	}
}

func TestSignIn_AnAnswerCountsOnce(t *testing.T) {
	b := newSite(t).browser()
	back := b.choose(b.authorize("/sign-in"), "dana")
	attempt := b.cookies["attempt"]
	if got := b.get(back); got.Code != http.StatusSeeOther {
		t.Fatal(got.Code)
	}
	thief := b.browser()
	if got := thief.get(back); got.Code != http.StatusForbidden {
		t.Errorf("in another browser the answer is answered %d", got.Code)
	}
	thief.cookies["attempt"] = attempt
	if got := thief.get(back); got.Code != http.StatusForbidden || thief.cookies["session"] != nil {
		t.Errorf("with the attempt too the answer is answered %d", got.Code)
	}
}

func TestSignIn_NobodyGetsInUnlessItIsWrittenDown(t *testing.T) {
	b := newSite(t).browser()
	back := b.choose(b.authorize("/sign-in"), "dana")
	b.audit.Fail = errors.New("disk full")
	if got := b.get(back); got.Code != http.StatusServiceUnavailable || b.cookies["session"] != nil {
		t.Errorf("answered %d, cookies %v", got.Code, b.cookies)
	}
}

func TestSignIn_StartsAtTheNameOfTheHostToWhichTheProviderSendsBack(t *testing.T) {
	b := newSite(t).browser()
	got := b.get("http://127.0.0.1:8080/sign-in/begin?to=/desk")
	if want := "http://localhost:8080/sign-in/begin?to=%2Fdesk"; got.Header().Get("Location") != want || b.cookies["attempt"] != nil {
		t.Errorf("leads to %q, want %q", got.Header().Get("Location"), want)
	}
}

func TestSignIn_ThePageOfTheProviderAnswersOurOwnRequestsAlone(t *testing.T) {
	b := newSite(t).browser()
	form := b.authorize("/sign-in")
	for key := range form {
		changed := url.Values{}
		for k := range form {
			changed.Set(k, form.Get(k))
		}
		changed.Set(key, "")
		if got := b.get("/dev-sign-in/authorize?" + changed.Encode()); got.Code != http.StatusForbidden {
			t.Errorf("without %s the page is answered %d", key, got.Code)
		}
		changed.Set("person", "dana")
		if got := b.do(http.MethodPost, "/dev-sign-in/authorize", changed.Encode()); got.Code != http.StatusForbidden {
			t.Errorf("without %s the choice is answered %d", key, got.Code)
		}
	}
	other := newSite(t, func(_ *web.Config, in *signin.Config) { in.Development = nil }).browser()
	other.wants("/dev-sign-in/authorize?"+form.Encode(), http.StatusNotFound)
}

func TestGate_WhatWasTypedIsStoredBeforeSigningIn(t *testing.T) {
	var rescued []string
	s := newSite(t, func(_ *web.Config, in *signin.Config) {
		in.Rescue = map[string]func(echo.Context) (string, error){"/desk": func(c echo.Context) (string, error) {
			form, err := web.ReadStaffForm(c.Request(), web.Keys{Once: []string{"firstName"}})
			rescued = append(rescued, form.Get("firstName"))
			return "/desk?draft=token", err
		}}
	})
	b := s.browser()
	got := b.post("/desk", "firstName", "Maria")
	to := "/sign-in?to=%2Fdesk%3Fdraft%3Dtoken&typed=yes"
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != to || !slices.Equal(rescued, []string{"Maria"}) {
		t.Errorf("answered %d %s, stored %q", got.Code, got.Header().Get("Location"), rescued)
	}
	if page := b.get(to); !strings.Contains(page.Body.String(), "What you typed is kept") {
		t.Error("the page does not say that it is kept")
	}
	if got := b.signInFrom(to, "dana"); got != "/desk?draft=token" {
		t.Errorf("after signing in the person is at %s", got)
	}
	if got := b.browser().post("/desk/check", "firstName", "x"); got.Header().Get("Location") != "/sign-in?to=%2Fdesk" || len(rescued) != 1 {
		t.Errorf("a form that nobody stores leads to %s", got.Header().Get("Location"))
	}
	if got := b.browser().post("/desk", "unknown", "x"); got.Code != http.StatusBadRequest {
		t.Errorf("a form that cannot be stored is answered %d", got.Code)
	}
}

func TestGate_AFragmentLeadsTheWholePageToTheSignIn(t *testing.T) {
	b := newSite(t).browser()
	b.header.Set("HX-Request", "true")
	got := b.get("/desk/leads/x")
	if got.Code != http.StatusUnauthorized || got.Header().Get("HX-Redirect") != "/sign-in?to=%2Fdesk%2Fleads%2Fx" {
		t.Errorf("answered %d, HX-Redirect %q", got.Code, got.Header().Get("HX-Redirect"))
	}
}

func TestGate_ATroubledStoreIsAPageAndNoSignIn(t *testing.T) {
	b := newSite(t).browser()
	b.signIn("dana")
	b.sessions.Fail = errors.New("canary-7319")
	for _, path := range []string{"/desk", "/sign-in", "/sign-in/you", "/sign-in/session"} {
		got := b.get(path)
		if got.Code != http.StatusServiceUnavailable || strings.Contains(got.Body.String(), "canary") {
			t.Errorf("%s is answered %d", path, got.Code)
		}
	}
	b.sessions.Fail = nil
	b.wants("/desk", http.StatusOK)
}

// A page of another site must not sign somebody in whom the provider asks nothing, nor end the session that they have.
func TestSignIn_AnotherSiteCannotStartIt(t *testing.T) {
	s := newSite(t)
	for from, starts := range map[string]bool{"": true, "none": true, "same-origin": true, "cross-site": false, "same-site": false} {
		b := s.browser()
		if from != "" {
			b.header.Set("Sec-Fetch-Site", from)
		}
		got := b.get("/sign-in/begin?to=/desk/team")
		if to := got.Header().Get("Location"); starts != strings.HasPrefix(to, "http://localhost:8080/dev-sign-in/authorize?") || starts != (b.cookies["attempt"] != nil) ||
			!starts && to != "/sign-in?to=%2Fdesk%2Fteam" {
			t.Errorf("from %q the sign-in leads to %q, with the cookies %v", from, to, b.cookies)
		}
	}
}

// people is a provider whose people get other roles.
type people struct{ roles *[]staff.Role }

func (p people) Begin(context.Context, oidc.Attempt) (string, error) {
	return "https://id.example/", nil
}

func (p people) Finish(context.Context, oidc.Attempt, url.Values) (staff.Person, error) {
	return staff.Person{Key: "https://id.example 1", Name: "Ann", Roles: *p.roles}, nil
}

func TestRoles_ThatWereTakenAwayAreGoneWithTheSession(t *testing.T) {
	roles := []staff.Role{staff.Supervisor}
	s := newSite(t, func(_ *web.Config, in *signin.Config) { in.Provider = people{&roles} })
	signsIn := func() *browser {
		b := s.browser()
		b.get("/sign-in/begin")
		b.get("/sign-in/callback")
		b.opens("/sign-in/you")
		return b
	}
	ann, same := signsIn(), signsIn()
	roles = nil
	ann.wants("/desk/team", http.StatusOK) // until the session ends, as docs/sign-in.md says
	same.post("/desk/sessions", "person", "https://id.example 1")
	ann.wants("/desk/team", http.StatusSeeOther)
	signsIn().wants("/desk/team", http.StatusForbidden)
	signsIn().wants("/desk", http.StatusForbidden)
}
