package handlers

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"intake/static"
)

// aBoxOf is an input that the form of an address has.
func aBoxOf(path string) string {
	return map[string]string{
		"/apply/debt": "estimatedDebt", "/apply/you": "firstName", "/apply/home": "city", "/apply/income": "employerName",
		"/apply/check": "website", "/opt-out": "contact", "/zip": "zip",
	}[strings.TrimPrefix(path, "/es")]
}

// TestRoutes_EveryFormRefusesWhatIsNoForm walks the routes as the router lists them, so that a new
// form is walked, or missed in aBoxOf.
func TestRoutes_EveryFormRefusesWhatIsNoForm(t *testing.T) {
	refusals := []struct {
		story  string
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
	d := openDoor(t)
	for _, route := range d.router().Routes() {
		if route.Method != http.MethodPost || route.Path == reportPath {
			continue
		}
		box := aBoxOf(route.Path)
		if box == "" {
			t.Errorf("POST %s is a form that this test does not know", route.Path)
		}
		for _, tt := range refusals {
			r := request(http.MethodPost, route.Path, box+"=x")
			tt.change(r, box)
			got := d.do(r)
			if got.Code != tt.want || !strings.Contains(got.Body.String(), "<h1>") || strings.HasPrefix(route.Path, "/es/") != strings.Contains(got.Body.String(), `<html lang="es">`) {
				t.Errorf("%s, %s: got %d, want %d, in words of its language", route.Path, tt.story, got.Code, tt.want)
			}
		}
	}
	if len(d.shelf.calls) > 0 {
		t.Errorf("the store was asked: %v", d.shelf.calls)
	}
}

func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

// TestRoutes_EveryAnswerHasTheHeaders walks the routes as the router lists them, so that a new
// route is walked without being named here.
func TestRoutes_EveryAnswerHasTheHeaders(t *testing.T) {
	d := openDoor(t)
	paths := []string{static.Path("consumer.css"), static.Prefix + "consumer.css", "/nowhere"}
	for _, route := range d.router().Routes() {
		paths = append(paths, strings.NewReplacer(":handle", "x", "*", "x").Replace(route.Path))
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "BREW"} {
			r := httptest.NewRequest(method, "http://localhost:8080"+path, nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			got := d.do(r)
			for header, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
				"Cross-Origin-Opener-Policy": "same-origin", "Content-Security-Policy": contentPolicy,
			} {
				if got.Header().Get(header) != want {
					t.Errorf("%s %s: %s is %q", method, path, header, got.Header().Get(header))
				}
			}
			wantCache := "no-store, private"
			switch {
			case path == static.Path("consumer.css") && got.Code == 200:
				wantCache = "public, max-age=31536000, immutable"
			case path == "/robots.txt" && got.Code == 200:
				wantCache = "public, max-age=86400"
			}
			if got.Header().Get("Cache-Control") != wantCache {
				t.Errorf("%s %s: Cache-Control is %q", method, path, got.Header().Get("Cache-Control"))
			}
		}
	}
}

func TestRoutes_RefuseOtherMethods(t *testing.T) {
	d := openDoor(t)
	for _, method := range []string{"PUT", "DELETE", "TRACE", "PATCH", "BREW"} {
		r := httptest.NewRequest(method, "http://localhost:8080/privacy", nil)
		r.Header.Set("X-HTTP-Method-Override", "GET")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if got := d.do(r).Code; got != http.StatusMethodNotAllowed {
			t.Errorf("%s /privacy: got %d, want 405", method, got)
		}
	}
}

func TestHeaders_HSTSOnlyOnHTTPS(t *testing.T) {
	secure, err := url.Parse("https://apply.example.com")
	if err != nil {
		t.Fatal(err)
	}
	d := openDoor(t, func(c *Config) { c.PublicURL = secure })
	r := httptest.NewRequest("GET", "https://apply.example.com/privacy", nil)
	if got := d.do(r).Header().Get("Strict-Transport-Security"); got != "max-age=63072000; includeSubDomains" {
		t.Errorf("HSTS is %q", got)
	}
	if got := openDoor(t).get("/privacy").Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS on http is %q", got)
	}
}

func TestClientAddress_ComesFromTrustedProxiesOnly(t *testing.T) {
	forwarded := func(d door) string {
		r := d.finishing(filled())
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("X-Real-Ip", "203.0.113.10")
		d.do(r)
		_, record := d.shelf.only(t)
		return record.ClientIP.Reveal()
	}
	if got := forwarded(openDoor(t)); got != "192.0.2.1" {
		t.Errorf("without a proxy the address is %s, want the connection's", got)
	}
	behind := openDoor(t, func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	if got := forwarded(behind); got != "203.0.113.9" {
		t.Errorf("behind our proxy the address is %s, want the forwarded one", got)
	}
}

func TestLog_HoldsNoPathAndNothingTyped(t *testing.T) {
	d := openDoor(t)
	path := d.post(filled("socialSecurityNumber", "123456789")).Header().Get("Location")
	d.get(path + "?q=canary-7319")
	d.post(filled("email", "canary-7319"))
	d.get("/canary-7319")
	for _, never := range []string{"canary-7319", "Brien", "123456789", "maria@", "5550148", strings.TrimPrefix(path, "/status/"), aHandle} {
		if strings.Contains(d.log.String(), never) {
			t.Errorf("the log holds %q", never)
		}
	}
	if !strings.Contains(d.log.String(), `"route":"/status/:handle"`) {
		t.Errorf("the log does not name the route: %s", d.log.String())
	}
}

func TestReady_FollowsTheStoreAndTheStop(t *testing.T) {
	d := openDoor(t)
	if got := d.get("/readyz").Code; got != 200 {
		t.Fatalf("got %d, want 200", got)
	}
	d.shelf.fail = errors.New("disk full")
	if got := d.get("/readyz").Code; got != 503 {
		t.Errorf("with a broken store: got %d, want 503", got)
	}
	d.shelf.fail = nil
	d.Drain()
	if got := d.get("/readyz").Code; got != 503 {
		t.Errorf("while stopping: got %d, want 503", got)
	}
	if got := d.post(filled()).Code; got != 303 {
		t.Errorf("whoever comes while we stop gets %d, want 303", got)
	}
	d.EndStreams()
	if got := d.get("/healthz").Code; got != 200 {
		t.Errorf("healthz: got %d, want 200", got)
	}
}

// Whatever is wrong, the process runs: whoever ends it for that would close the door.
func TestHealth_TellsInOneWordWhetherAPersonShouldLook(t *testing.T) {
	d := openDoor(t)
	for degraded, want := range map[bool]string{false: "ok\n", true: "degraded\n"} {
		d.Degraded = func() bool { return degraded }
		if got := d.get("/healthz"); got.Code != 200 || got.Body.String() != want {
			t.Errorf("degraded %v: got %d %q, want 200 %q", degraded, got.Code, got.Body.String(), want)
		}
		if got := d.get("/readyz"); got.Code != 200 || got.Body.String() != "ready\n" {
			t.Errorf("degraded %v: readyz says %d %q", degraded, got.Code, got.Body.String())
		}
	}
}

func TestPanic_IsAProblemPageWithoutTheValue(t *testing.T) {
	d := openDoor(t)
	broken := d.recoverPanic(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("canary-7319") }))
	w := httptest.NewRecorder()
	broken.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String()+d.log.String(), "canary-7319") {
		t.Errorf("got %d, and the value is shown or logged", w.Code)
	}
}
