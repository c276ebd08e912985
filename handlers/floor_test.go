package handlers_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/static"
)

var everyMethod = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW"}

// everyPath is each path that the router lists, that of one file of each kind, and some unknown ones.
func everyPath(app handlerstest.App) []string {
	paths := []string{static.Path("consumer.css"), static.Path("icon.svg"), static.Prefix + "consumer.css", "/nowhere", "/apply/nowhere"}
	for _, route := range handlers.RoutesOf(app.Handlers) {
		path := strings.NewReplacer(":handle", "x", "*", "x").Replace(route.Path)
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// walk requests every path by every method, changed by change, and calls see with each answer.
func walk(app handlerstest.App, change func(*http.Request), see func(name string, got *httptest.ResponseRecorder)) {
	for _, path := range everyPath(app) {
		for _, method := range everyMethod {
			r := httptest.NewRequest(method, app.PublicURL.String()+path, nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			change(r)
			see(method+" "+path, app.Do(r))
		}
	}
}

// formTo is the form as a browser posts it from our own page.
func formTo(app handlerstest.App, path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, app.PublicURL.String()+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// onHTTPS is the pages at an https address, as in production.
func onHTTPS(t *testing.T) handlerstest.App {
	t.Helper()
	return handlerstest.New(t, func(c *handlers.Config) { c.PublicURL = &url.URL{Scheme: "https", Host: "apply.example.com"} })
}

func TestFloor_NoOtherSiteMayReadOrEmbedAnything(t *testing.T) {
	for _, origin := range []string{"https://evil.example", "null", "http://localhost:8080"} {
		app := handlerstest.New(t)
		walk(app, func(r *http.Request) {
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", "POST")
		}, func(name string, got *httptest.ResponseRecorder) {
			for header := range got.Header() {
				if strings.HasPrefix(header, "Access-Control-") {
					t.Errorf("%s from %s: %s is %q", name, origin, header, got.Header().Get(header))
				}
			}
			if got.Header().Get("Cross-Origin-Resource-Policy") != "same-origin" || got.Header().Get("Permissions-Policy") == "" {
				t.Errorf("%s may be embedded, or asks for what a browser can do", name)
			}
		})
	}
}

func TestFloor_EveryAnswerOnHTTPSKeepsBrowsersThere(t *testing.T) {
	app := onHTTPS(t)
	check := func(name string, got *httptest.ResponseRecorder) {
		if hsts := got.Header().Get("Strict-Transport-Security"); hsts != "max-age=63072000; includeSubDomains" {
			t.Errorf("%s, answered %d: HSTS is %q", name, got.Code, hsts)
		}
		if to := got.Header().Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
			t.Errorf("%s leads to %q", name, to)
		}
	}
	walk(app, func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "http") }, check)
	walk(app, func(r *http.Request) { r.Host = "evil.example" }, check)
	walk(app, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, check)
	finished := app.Submission(handlerstest.Filled())
	finished.Host = app.PublicURL.Host
	check("a finished form", app.Do(finished))
	check("no form", app.Do(formTo(app, "/opt-out", url.Values{"unknown": {"1"}})))
}

func TestFloor_EveryCookieIsForOurOwnPagesAlone(t *testing.T) {
	checkCookies(t, onHTTPS(t), func(c *http.Cookie) bool { return strings.HasPrefix(c.Name, "__Host-") && c.Secure })
}

// WebKit drops a Secure cookie over http, on loopback too, and no browser takes the prefix without Secure.
func TestFloor_EveryCookieIsOneThatBrowsersKeepOverHTTP(t *testing.T) {
	checkCookies(t, handlerstest.New(t), func(c *http.Cookie) bool { return !strings.HasPrefix(c.Name, "__") && !c.Secure })
}

// checkCookies walks the pages as a visitor with a draft, and checks every cookie by right and by what all cookies
// share.
func checkCookies(t *testing.T, app handlerstest.App, right func(*http.Cookie) bool) {
	t.Helper()
	seen := 0
	check := func(name string, got *httptest.ResponseRecorder) {
		for _, cookie := range got.Result().Cookies() {
			seen++
			if !right(cookie) || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" {
				t.Errorf("%s sets %s", name, cookie.Raw)
			}
		}
	}
	started := app.Do(formTo(app, "/apply/debt", url.Values{"shown": {"x"}, "estimatedDebt": {"15,000"}}))
	check("the first answer", started)
	walk(app, func(r *http.Request) {
		for _, cookie := range started.Result().Cookies() {
			r.AddCookie(cookie)
		}
	}, check)
	if seen == 0 {
		t.Error("no cookie was seen")
	}
}

// A page over http, or of a subdomain, can set a cookie without the prefix.
func TestFloor_ACookieThatHTTPCouldSetIsNotBelievedOverHTTPS(t *testing.T) {
	for _, tt := range []struct {
		app          handlerstest.App
		ours, theirs string
	}{
		{onHTTPS(t), "__Host-draft", "draft"},
		{handlerstest.New(t), "draft", "__Host-draft"},
	} {
		started := tt.app.Do(formTo(tt.app, "/apply/debt", url.Values{"shown": {"x"}, "estimatedDebt": {"15,000"}}))
		handle := started.Result().Cookies()[0].Value
		for name, want := range map[string]int{tt.ours: http.StatusOK, tt.theirs: http.StatusNotFound} {
			r := httptest.NewRequest(http.MethodGet, tt.app.PublicURL.String()+"/apply/you", nil)
			r.AddCookie(&http.Cookie{Name: name, Value: handle})
			if got := tt.app.Do(r); got.Code != want {
				t.Errorf("%s with the cookie %s is answered %d, want %d", tt.app.PublicURL, name, got.Code, want)
			}
		}
	}
}

func TestFloor_ReadingStoresNoLead(t *testing.T) {
	app := handlerstest.New(t)
	for _, path := range everyPath(app) {
		for _, method := range everyMethod {
			if method == http.MethodPost {
				continue
			}
			inBody := formTo(app, path, handlerstest.Filled())
			inBody.Method = method
			inQuery := httptest.NewRequest(method, app.PublicURL.String()+path+"?"+handlerstest.Filled().Encode(), nil)
			for _, r := range []*http.Request{inBody, inQuery} {
				r.Header.Set("X-Http-Method-Override", "POST")
				app.Do(r)
			}
			if len(app.Store.Leads) != 0 {
				t.Fatalf("%s %s stores a lead", method, path)
			}
		}
	}
	if app.Submit(handlerstest.Filled()); len(app.Store.Leads) != 1 {
		t.Error("the finished form as a POST stores none, so nothing was shown")
	}
}

func TestFloor_AMethodThatNobodyListedIsRefused(t *testing.T) {
	app := handlerstest.New(t)
	listed := map[string]bool{}
	for _, route := range handlers.RoutesOf(app.Handlers) {
		if route.Method != http.MethodGet && route.Method != http.MethodPost {
			t.Errorf("%s %s is listed; pages are read and forms are posted", route.Method, route.Path)
		}
		listed[route.Method+" "+strings.NewReplacer(":handle", "x", "*", "x").Replace(route.Path)] = true
	}
	walk(app, func(*http.Request) {}, func(name string, got *httptest.ResponseRecorder) {
		method, path, _ := strings.Cut(name, " ")
		if method == http.MethodOptions && got.Code == http.StatusNoContent && got.Body.Len() == 0 {
			return // it names the methods and does nothing
		}
		if file := method == http.MethodGet && strings.HasPrefix(path, static.Prefix); !listed[name] && !file && got.Code < 400 {
			t.Errorf("%s is answered %d, want a refusal", name, got.Code)
		}
	})
}

// beside are the inputs of our pages beside the answers. Other tests show that they are verified.
var beside = []string{"shown", "language", "origin", "page", "request", "viewport"}

// TestFloor_NoFieldOfALeadCanBeSetFromOutside tries the name of everything that a lead, its draft, its
// permission and its evidence consist of, in the ways in which frameworks bind names, on every form.
func TestFloor_NoFieldOfALeadCanBeSetFromOutside(t *testing.T) {
	app := handlerstest.New(t)
	for _, v := range []any{lead.Lead{}, lead.Draft{}, lead.Permission{}, consent.Record{}} {
		kind := reflect.TypeOf(v)
		for i := range kind.NumField() {
			name := kind.Field(i).Name
			for _, spelling := range []string{name, strings.ToLower(name[:1]) + name[1:], strings.ToLower(name), "lead." + name, "lead[" + name + "]"} {
				if !slices.Contains(beside, spelling) {
					checkNobodyTakes(t, app, spelling)
				}
			}
		}
	}
}

// checkNobodyTakes posts one input to every address that takes a form.
func checkNobodyTakes(t *testing.T, app handlerstest.App, input string) {
	t.Helper()
	for _, route := range handlers.RoutesOf(app.Handlers) {
		if route.Method != http.MethodPost {
			continue
		}
		got := app.Do(formTo(app, route.Path, url.Values{input: {"1"}}))
		if got.Code < 400 || len(app.Store.Leads)+len(app.Store.Drafts) != 0 {
			t.Errorf("%s takes %s: %d, with %d leads and %d drafts", route.Path, input, got.Code, len(app.Store.Leads), len(app.Store.Drafts))
		}
	}
}

// TestFloor_AFormIsDecodedOnce: what looks encoded after that is what the person typed.
func TestFloor_AFormIsDecodedOnce(t *testing.T) {
	app := handlerstest.New(t)
	app.Submit(handlerstest.Filled("employerName", "%41 &amp; &#66; + \\u0043"))
	l, _ := app.Store.OnlyLead(t)
	if got, want := l.Applicant.EmployerName.Reveal(), "%41 &amp; &#66; + \\u0043"; got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
	got := app.Do(formTo(app, "/opt-out", url.Values{"contact": {"%41&amp;"}}))
	if !strings.Contains(got.Body.String(), `value="%41&amp;amp;"`) {
		t.Errorf("the page (%d) decodes what was typed once more, or does not encode it", got.Code)
	}
}

// brokenBody is the first part of a form whose sender disconnects.
type brokenBody struct{ rest *strings.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	if b.rest.Len() == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return b.rest.Read(p)
}

func (brokenBody) Close() error { return nil }

func TestFloor_AFormThatIsCutOffLeavesNothing(t *testing.T) {
	app := handlerstest.New(t)
	for _, route := range handlers.RoutesOf(app.Handlers) {
		if route.Method != http.MethodPost {
			continue
		}
		for _, half := range []string{"estimatedDebt=15000&", "firstName=Canary7319&", "address1=7+Canary7319+Ln&", "zip=78701&", "contact=canary7319@example.com"} {
			r := formTo(app, route.Path, nil)
			r.Body, r.ContentLength = brokenBody{strings.NewReader(half)}, 500
			if got := app.Do(r); got.Code < 400 {
				t.Errorf("%s answers %q, which was cut off, with %d", route.Path, half, got.Code)
			}
		}
	}
	if len(app.Store.Leads)+len(app.Store.Drafts)+len(app.Store.OptOuts) != 0 {
		t.Errorf("%d leads, %d drafts and %d opt-outs are stored", len(app.Store.Leads), len(app.Store.Drafts), len(app.Store.OptOuts))
	}
	if strings.Contains(strings.ToLower(app.Logged.String()), "canary7319") {
		t.Error("the log holds what was typed")
	}
}

func TestFloor_EveryRequestIsLoggedWithTimeEventAndID(t *testing.T) {
	app := handlerstest.New(t)
	var asked []string
	walk(app, func(*http.Request) {}, func(_ string, got *httptest.ResponseRecorder) {
		asked = append(asked, got.Header().Get("X-Request-Id"))
	})
	var logged []string
	for line := range strings.Lines(app.Logged.String()) {
		var entry struct {
			Time, Level, Msg, Request, Method string
			Route                             *string
			Status                            int
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if _, err := time.Parse(time.RFC3339Nano, entry.Time); err != nil || entry.Level == "" || entry.Msg == "" || entry.Request == "" {
			t.Errorf("no time with its offset, level, event or request in %s", line)
		}
		if entry.Msg != "request" {
			continue
		}
		logged = append(logged, entry.Request)
		if entry.Method == "" || entry.Route == nil || entry.Status < 200 {
			t.Errorf("no method, route or status in %s", line)
		}
	}
	if !slices.Equal(asked, logged) || len(asked) == 0 {
		t.Errorf("%d requests left %d lines, or others' ids", len(asked), len(logged))
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(asked))); len(sorted) != len(asked) {
		t.Errorf("%d requests have %d ids", len(asked), len(sorted))
	}
}
