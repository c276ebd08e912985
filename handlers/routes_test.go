package handlers_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/handlers/web"
	"intake/static"
)

// aBoxOf is an input that the form of an address has.
func aBoxOf(path string) string {
	return map[string]string{
		"/apply/debt": "estimatedDebt", "/apply/you": "firstName", "/apply/home": "city", "/apply/income": "employerName",
		"/apply/check": "website", "/apply/later": "later", "/apply/return/:token": "go", "/apply/clear": "clear", "/opt-out": "contact", "/zip": "zip", "/consent": "code", "/consent/:token": "answer",
	}[strings.TrimPrefix(path, "/es")]
}

// TestRoutes_EveryFormRefusesWhatIsNoForm walks the routes as the router lists them, so that a new
// form is walked, or missed in aBoxOf.
func TestRoutes_EveryFormRefusesWhatIsNoForm(t *testing.T) {
	refusals := []struct {
		name   string
		change func(r *http.Request, box string)
		want   int
	}{
		{"JSON", func(r *http.Request, _ string) { r.Header.Set("Content-Type", "application/json") }, 415},
		{"multipart", func(r *http.Request, _ string) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }, 415},
		{"no media type", func(r *http.Request, _ string) { r.Header.Del("Content-Type") }, 415},
		{"another charset", func(r *http.Request, _ string) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-16")
		}, 415},
		{"gzip", func(r *http.Request, _ string) { r.Header.Set("Content-Encoding", "gzip") }, 415},
		{"an unknown key", func(r *http.Request, _ string) { setBody(r, "isAgent=true") }, 400},
		{"a field that no consumer is asked for", func(r *http.Request, _ string) { setBody(r, "coApplicant=true") }, 400},
		{"a note of ours", func(r *http.Request, _ string) { setBody(r, ".passed=1234") }, 400},
		{"a key twice", func(r *http.Request, box string) { setBody(r, box+"=a&"+box+"=b") }, 400},
		{"a broken escape", func(r *http.Request, box string) { setBody(r, box+"=%zz") }, 400},
		{"10,000 keys", func(r *http.Request, _ string) { setBody(r, strings.Repeat("a=1&", 10000)) }, 400},
		{"a query", func(r *http.Request, box string) { r.URL.RawQuery = box + "=x" }, 400},
		{"65 KiB", func(r *http.Request, box string) { setBody(r, box+"="+strings.Repeat("a", 65<<10)) }, 413},
		{"from another site", func(r *http.Request, _ string) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"from a sister site", func(r *http.Request, _ string) { r.Header.Set("Sec-Fetch-Site", "same-site") }, 403},
		{"an old browser on another site", func(r *http.Request, _ string) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		}, 403},
		{"an origin that hides", func(r *http.Request, _ string) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "null")
		}, 403},
		{"to another host", func(r *http.Request, _ string) { r.Host = "evil.example" }, 421},
	}
	app := handlerstest.New(t)
	for _, route := range handlers.RoutesOf(app.Handlers) {
		if route.Method != http.MethodPost || route.Path == web.ReportPath {
			continue
		}
		box := aBoxOf(route.Path)
		if box == "" {
			t.Errorf("POST %s is a form that this test does not know", route.Path)
		}
		for _, tt := range refusals {
			r := handlerstest.Request(http.MethodPost, route.Path, box+"=x")
			tt.change(r, box)
			got := app.Do(r)
			if got.Code != tt.want || !strings.Contains(got.Body.String(), "<h1>") || strings.HasPrefix(route.Path, "/es/") != strings.Contains(got.Body.String(), `<html lang="es">`) {
				t.Errorf("%s, %s: got %d, want %d, in words of its language", route.Path, tt.name, got.Code, tt.want)
			}
		}
	}
	if len(app.Store.Calls) > 0 {
		t.Errorf("the store was asked: %v", app.Store.Calls)
	}
}

func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

// TestRoutes_EveryAnswerHasTheHeaders walks the routes as the router lists them, so that a new
// route is walked without being named here.
func TestRoutes_EveryAnswerHasTheHeaders(t *testing.T) {
	app := handlerstest.New(t)
	paths := []string{static.Path("consumer.css"), static.Prefix + "consumer.css", "/nowhere"}
	for _, route := range handlers.RoutesOf(app.Handlers) {
		paths = append(paths, strings.NewReplacer(":handle", "x", "*", "x").Replace(route.Path))
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "BREW"} {
			r := httptest.NewRequest(method, "http://localhost:8080"+path, nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			got := app.Do(r)
			referrer := "same-origin"
			if strings.Contains(path, "/return/") && (got.Code == 404 || got.Code == 415) && (method == "GET" || method == "POST") {
				referrer = "strict-origin" // the address opens what was typed
			}
			for header, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": referrer,
				"Cross-Origin-Opener-Policy": "same-origin", "Content-Security-Policy": web.ContentPolicy,
			} {
				if got.Header().Get(header) != want {
					t.Errorf("%s %s: %s is %q", method, path, header, got.Header().Get(header))
				}
			}
			wantCache := "no-store, private"
			switch {
			case path == static.Path("consumer.css") && got.Code == 200:
				wantCache = "public, max-age=31536000, immutable"
			case path == "/robots.txt" && got.Code == 200, path == "/favicon.ico" && got.Code == 302:
				wantCache = "public, max-age=86400"
			}
			if got.Header().Get("Cache-Control") != wantCache {
				t.Errorf("%s %s: Cache-Control is %q", method, path, got.Header().Get("Cache-Control"))
			}
		}
	}
}

func TestRoutes_RefuseOtherMethods(t *testing.T) {
	app := handlerstest.New(t)
	for _, method := range []string{"PUT", "DELETE", "TRACE", "PATCH", "BREW"} {
		r := httptest.NewRequest(method, "http://localhost:8080/privacy", nil)
		r.Header.Set("X-HTTP-Method-Override", "GET")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if got := app.Do(r).Code; got != http.StatusMethodNotAllowed {
			t.Errorf("%s /privacy: got %d, want 405", method, got)
		}
	}
}

func TestHeaders_HSTSOnlyOnHTTPS(t *testing.T) {
	secure, err := url.Parse("https://apply.example.com")
	if err != nil {
		t.Fatal(err)
	}
	app := handlerstest.New(t, func(c *handlers.Config) { c.PublicURL = secure })
	r := httptest.NewRequest("GET", "https://apply.example.com/privacy", nil)
	if got := app.Do(r).Header().Get("Strict-Transport-Security"); got != "max-age=63072000; includeSubDomains" {
		t.Errorf("HSTS is %q", got)
	}
	if got := handlerstest.New(t).Get("/privacy").Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS on http is %q", got)
	}
}

func TestClientAddress_ComesFromTrustedProxiesOnly(t *testing.T) {
	forwarded := func(app handlerstest.App) string {
		r := app.Submission(handlerstest.Filled())
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("X-Real-Ip", "203.0.113.10")
		app.Do(r)
		_, record := app.Store.OnlyLead(t)
		return record.ClientIP.Reveal()
	}
	if got := forwarded(handlerstest.New(t)); got != "192.0.2.1" {
		t.Errorf("without a proxy the address is %s, want the connection's", got)
	}
	behind := handlerstest.New(t, func(c *handlers.Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	if got := forwarded(behind); got != "203.0.113.9" {
		t.Errorf("behind our proxy the address is %s, want the forwarded one", got)
	}
}

func TestLog_HoldsNoPathAndNothingTyped(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled("socialSecurityNumber", "123456789")).Header().Get("Location")
	app.Get(path + "?q=canary-7319")
	app.Submit(handlerstest.Filled("email", "canary-7319"))
	app.Get("/canary-7319")
	for _, never := range []string{"canary-7319", "Brien", "123456789", "maria@", "5550148", strings.TrimPrefix(path, "/status/"), handlerstest.Handle} {
		if strings.Contains(app.Logged.String(), never) {
			t.Errorf("the log holds %q", never)
		}
	}
	if !strings.Contains(app.Logged.String(), `"route":"/status/:handle"`) {
		t.Errorf("the log does not name the route: %s", app.Logged.String())
	}
}

func TestReady_FollowsTheStoreAndTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := handlerstest.New(t)
		if got := app.Get("/readyz").Code; got != 200 {
			t.Fatalf("got %d, want 200", got)
		}
		app.Store.Fail = errors.New("disk full")
		time.Sleep(time.Second) // the bubble's clock
		if got := app.Get("/readyz").Code; got != 503 {
			t.Errorf("with a broken store: got %d, want 503", got)
		}
		app.Store.Fail = nil
		app.Drain()
		if got := app.Get("/readyz").Code; got != 503 {
			t.Errorf("while stopping: got %d, want 503", got)
		}
		if got := app.Submit(handlerstest.Filled()).Code; got != 303 {
			t.Errorf("a visitor during the shutdown gets %d, want 303", got)
		}
		app.EndStreams()
		if got := app.Get("/healthz").Code; got != 200 {
			t.Errorf("healthz: got %d, want 200", got)
		}
	})
}

// The check is public and makes a durable write.
func TestReady_AsksTheStoreOnceASecondForEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := handlerstest.New(t)
		asked := func() (n int) {
			for _, call := range app.Store.Calls {
				if call == "Ready" {
					n++
				}
			}
			return n
		}
		for second := 1; second <= 6; second++ {
			app.Store.Slow = time.Duration(second/4) * 5 * time.Second // a disk that hangs from the fourth on
			var all sync.WaitGroup
			for range 50 {
				all.Go(func() {
					if got := app.Get("/readyz").Code; got != 200 {
						t.Errorf("got %d", got)
					}
				})
			}
			all.Wait()
			if asked() != second {
				t.Errorf("in second %d the store was asked %d times", second, asked())
			}
			time.Sleep(time.Second) // the bubble's clock
		}
	})
}

// A restart would not help a program that accepts leads, so liveness is 200 when it is degraded too.
func TestHealth_SaysInOneWordWhetherAnOperatorShouldLook(t *testing.T) {
	for degraded, want := range map[bool]string{false: "ok\n", true: "degraded\n"} {
		app := handlerstest.New(t, func(c *handlers.Config) { c.Degraded = func() bool { return degraded } })
		if got := app.Get("/healthz"); got.Code != 200 || got.Body.String() != want {
			t.Errorf("degraded %v: got %d %q, want 200 %q", degraded, got.Code, got.Body.String(), want)
		}
		if got := app.Get("/readyz"); got.Code != 200 || got.Body.String() != "ready\n" {
			t.Errorf("degraded %v: readyz says %d %q", degraded, got.Code, got.Body.String())
		}
	}
}

func TestPanic_IsAProblemPageWithoutTheValue(t *testing.T) {
	app := handlerstest.New(t)
	broken := app.RecoverPanic(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("canary-7319") }))
	w := httptest.NewRecorder()
	broken.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String()+app.Logged.String(), "canary-7319") {
		t.Errorf("got %d, and the value is shown or logged", w.Code)
	}
}
