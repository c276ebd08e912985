package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"intake/handlers/handlerstest"
	"intake/static"
)

func TestHostile_BigRequestsAreRefusedAtOnce(t *testing.T) {
	many := strings.Builder{}
	for i := range 10_000 {
		many.WriteString("k" + strconv.Itoa(i) + "=v&")
	}
	for _, tt := range []struct {
		name   string
		body   string
		change func(*http.Request)
		want   int
	}{
		{"64 KiB and one byte", "website=" + strings.Repeat("a", 64<<10-7), func(*http.Request) {}, 413},
		{"the same, chunked", "website=" + strings.Repeat("a", 64<<10-7), func(r *http.Request) { r.ContentLength = -1 }, 413},
		{"10,000 keys", many.String()[:64<<10], func(*http.Request) {}, 400},
		{"gzip", "\x1f\x8b\x08\x00", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415},
		{"1,000 cookies", "", func(r *http.Request) {
			r.Header.Set("Cookie", strings.Repeat("__Host-other=x; ", 1000)+r.Header.Get("Cookie"))
		}, 303},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := handlerstest.New(t)
			r := app.Submission(handlerstest.Filled())
			if tt.body != "" {
				setBody(r, tt.body)
			}
			tt.change(r)
			start := time.Now()
			if got := app.Do(r); got.Code != tt.want {
				t.Errorf("got %d, want %d", got.Code, tt.want)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestHostile_NoHeaderChangesALink(t *testing.T) {
	for _, header := range []string{"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Host", "X-HTTP-Method-Override"} {
		app := handlerstest.New(t)
		r := app.Submission(handlerstest.Filled())
		r.Header.Set(header, "evil.example")
		got := app.Do(r)
		_, record := app.Store.OnlyLead(t)
		if got.Code != 303 || !strings.HasPrefix(got.Header().Get("Location"), "/status/") || record.PageURL != "http://localhost:8080/apply/check" {
			t.Errorf("%s: got %d %q and the evidence %q", header, got.Code, got.Header().Get("Location"), record.PageURL)
		}
		for name, values := range got.Header() {
			if strings.Contains(strings.Join(values, " "), "evil") {
				t.Errorf("%s comes back in %s", header, name)
			}
		}
	}
}

func TestHostile_NothingLoggedStartsANewLine(t *testing.T) {
	app := handlerstest.New(t)
	brew := httptest.NewRequest(http.MethodGet, "http://localhost:8080/apply/check", nil)
	brew.Method = "BREW\x1b\u202e"
	for _, r := range []*http.Request{
		brew,
		handlerstest.Request(http.MethodPost, "/apply/you", url.Values{"firstName": {"a\r\n{\"level\":\"ERROR\"}\u2028\x1b[31m\u202e"}}.Encode()),
		httptest.NewRequest(http.MethodGet, "http://localhost:8080/%0d%0a%1b%5b31m%e2%80%ae", nil),
	} {
		r.Header.Set("User-Agent", "x\x1b[31m\u2028\u202e")
		app.Do(r)
	}
	for line := range strings.Lines(app.Logged.String()) {
		if !strings.HasPrefix(line, `{"time":`) || strings.ContainsAny(line, "\x1b\u2028\u202e\r") {
			t.Errorf("a log line is %q", line)
		}
	}
}

func TestRoutes_EveryAnswerSaysWhatItIs(t *testing.T) {
	app := handlerstest.New(t)
	status := app.Submit(handlerstest.Filled()).Header().Get("Location")
	for path, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/terms": "text/html; charset=utf-8", "/robots.txt": "text/plain; charset=utf-8", status: "text/html; charset=utf-8", "/nowhere": "text/html; charset=utf-8",
		"/healthz": "text/plain; charset=UTF-8", "/readyz": "text/plain; charset=UTF-8",
		static.Path("consumer.css"): "text/css; charset=utf-8", static.Path("form.js"): "text/javascript; charset=utf-8", static.Path("icon.svg"): "image/svg+xml; charset=utf-8",
		status + "/events": "text/event-stream; charset=utf-8",
	} {
		if got := app.Get(path).Header().Get("Content-Type"); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	walk(app, func(*http.Request) {}, func(name string, got *httptest.ResponseRecorder) {
		kind := got.Header().Get("Content-Type")
		if got.Body.Len() > 0 && kind != "application/json" && !strings.HasSuffix(strings.ToLower(kind), "; charset=utf-8") {
			t.Errorf("%s, answered %d, is %q", name, got.Code, kind)
		}
	})
}

func TestRoutes_NothingButTheListedIsServed(t *testing.T) {
	app := handlerstest.New(t)
	for _, path := range []string{
		"/.git/config", "/.git/HEAD", "/.env", "/static", "/static/", static.Prefix, static.Prefix + "consumer.css", static.Prefix + "../handlers.go",
		"/data/intake.db", "/metrics", "/debug/pprof/", "/debug/vars", "/server-status", "/swagger", "/graphql", "/apply/", "//apply", "/status", "/status/",
	} {
		if got := app.Get(path); got.Code != http.StatusNotFound || strings.Contains(got.Body.String(), "<pre>") {
			t.Errorf("%s: got %d, want 404", path, got.Code)
		}
	}
}

func TestLimits_RefusalsAreLogged(t *testing.T) {
	app, now := handlerstest.NewLimited(t)
	for range 301 {
		*now = now.Add(5 * time.Millisecond)
		app.Do(handlerstest.Request(http.MethodPost, "/opt-out", ""))
	}
	if !strings.Contains(app.Logged.String(), "too many posts from one address") || strings.Contains(app.Logged.String(), "192.0.2.1") {
		t.Error("the log lacks the refusal, or holds the address")
	}
	r := app.Submission(handlerstest.Filled())
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	app.Logged.Reset()
	app.Do(r)
	if !strings.Contains(app.Logged.String(), `"status":403`) {
		t.Errorf("the log lacks the refusal of a form from another site: %s", app.Logged.String())
	}
}
