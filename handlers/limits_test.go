package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"intake/handlers/handlerstest"
)

func TestLimits_PostsAboveThreeHundredGet429WithRetryAfter(t *testing.T) {
	app, now := handlerstest.NewLimited(t)
	post := func() int {
		*now = now.Add(10 * time.Millisecond) // below the limit on all requests
		r := handlerstest.Request(http.MethodPost, "/opt-out", "")
		r.RemoteAddr = "203.0.113.9:4000"
		return app.Do(r).Code
	}
	refused := 0
	for refused < 300 && post() != http.StatusTooManyRequests {
		refused++
	}
	if refused < 300 {
		t.Fatalf("post %d is refused already", refused+1)
	}
	*now = now.Add(time.Second / 2)
	for post() != http.StatusTooManyRequests {
		if refused++; refused > 310 {
			t.Fatal("310 posts of one address and no end")
		}
	}
	got := app.Do(app.SubmissionFrom("203.0.113.9:4000", handlerstest.Numbered(1)))
	if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "60" ||
		!strings.Contains(got.Body.String(), "Too many requests from your connection") || len(app.Store.Leads) != 0 {
		t.Errorf("got %d, Retry-After %q and %d leads", got.Code, got.Header().Get("Retry-After"), len(app.Store.Leads))
	}
	if got := app.Do(app.SubmissionFrom("203.0.113.10:4000", handlerstest.Numbered(1))); got.Code != http.StatusSeeOther {
		t.Errorf("another address gets %d", got.Code)
	}
	if got := app.Get("/"); got.Code != http.StatusOK {
		t.Errorf("reading gets %d", got.Code)
	}
	*now = now.Add(time.Minute)
	if got := app.Do(app.SubmissionFrom("203.0.113.9:4000", handlerstest.Numbered(2))); got.Code != http.StatusSeeOther {
		t.Errorf("after Retry-After, got %d", got.Code)
	}
}

func TestLimits_RequestsAboveTheRateGet503UntilTheNextSecond(t *testing.T) {
	app, now := handlerstest.NewLimited(t)
	for n := range 200 {
		if got := app.Get("/"); got.Code != http.StatusOK {
			t.Fatalf("request %d of this second got %d", n, got.Code)
		}
	}
	got := app.Get("/")
	if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" || !strings.Contains(got.Body.String(), "<h1>") {
		t.Errorf("got %d with Retry-After %q, want 503, words and a time", got.Code, got.Header().Get("Retry-After"))
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := app.Get(path); got.Code != http.StatusOK {
			t.Errorf("%s got %d above the limit on requests", path, got.Code)
		}
	}
	*now = now.Add(time.Second)
	if got := app.Get("/"); got.Code != http.StatusOK {
		t.Errorf("a second later got %d", got.Code)
	}
}
