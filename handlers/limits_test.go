package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"intake/handlers/handlerstest"
	"intake/static"
)

func TestLimits_PostsAboveThreeHundredGet429WithRetryAfter(t *testing.T) {
	app, now := handlerstest.NewLimited(t)
	post := func() int {
		*now = now.Add(10 * time.Millisecond) // below the limit on all requests
		r := handlerstest.Request(http.MethodPost, "/zip", "")
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
	get := func(n int, path string) *httptest.ResponseRecorder {
		r := handlerstest.Request(http.MethodGet, path, "")
		r.RemoteAddr = fmt.Sprintf("203.0.113.%d:4000", n)
		return app.Do(r)
	}
	for n := range 200 {
		get(n, static.Prefix+"nothing.css") // files do not count
		if got := get(n, "/"); got.Code != http.StatusOK {
			t.Fatalf("request %d of this second got %d", n, got.Code)
		}
	}
	got := get(201, "/")
	if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" || !strings.Contains(got.Body.String(), "<h1>") {
		t.Errorf("got %d with Retry-After %q, want 503, words and a time", got.Code, got.Header().Get("Retry-After"))
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := get(201, path); got.Code != http.StatusOK {
			t.Errorf("%s got %d above the limit on requests", path, got.Code)
		}
	}
	*now = now.Add(time.Second)
	if got := get(201, "/"); got.Code != http.StatusOK {
		t.Errorf("a second later got %d", got.Code)
	}
}

// One connection must not shut the door for everybody.
func TestLimits_OneAddressReadsAFifthOfWhatAllMay(t *testing.T) {
	app, now := handlerstest.NewLimited(t)
	flood := func(n int, path string) (refused int) {
		for range n {
			r := handlerstest.Request(http.MethodGet, path, "")
			r.RemoteAddr = "203.0.113.9:4000"
			if app.Do(r).Code == http.StatusTooManyRequests {
				refused++
			}
		}
		return refused
	}
	for _, path := range []string{"/", "/status/ABC", "/nowhere"} {
		if refused := flood(400, path); refused < 275 {
			t.Errorf("%s: %d of 400 requests of one address are refused", path, refused)
		}
		// 300 agents open the desk at that address, each with six files.
		if refused := flood(1800, static.Path("staff.css")); refused != 0 {
			t.Errorf("after a flood of %s, %d files are refused", path, refused)
		}
		if refused := flood(2000, static.Prefix+"nothing.css"); refused < 500 {
			t.Errorf("%d of 3,800 files of one address are refused", refused)
		}
		if got := app.Get("/"); got.Code != http.StatusOK {
			t.Errorf("%s: another visitor gets %d meanwhile", path, got.Code)
		}
		*now = now.Add(15 * time.Second)
	}
}

func TestLimits_OptOutsAndReportsHaveBudgetsOfTheirOwn(t *testing.T) {
	app, now := handlerstest.NewLimited(t)
	post := func(path, mediaType, body string) int {
		*now = now.Add(10 * time.Millisecond)
		r := handlerstest.Request(http.MethodPost, path, body)
		r.RemoteAddr = "203.0.113.9:4000"
		r.Header.Set("Content-Type", mediaType)
		return app.Do(r).Code
	}
	const form = "application/x-www-form-urlencoded"
	report := func() int {
		return post("/csp-reports", "application/csp-report", `{"csp-report":{"effective-directive":"img-src"}}`)
	}
	for n := range 400 {
		if got := report(); got == http.StatusTooManyRequests != (n >= 60) {
			t.Fatalf("report %d got %d", n+1, got)
		}
	}
	for post("/zip", form, "") != http.StatusTooManyRequests {
	}
	for n := range 12 {
		path := []string{"/opt-out", "/es/opt-out"}[n%2]
		if got := post(path, form, "contact=512-555-0148"); got == http.StatusTooManyRequests != (n >= 10) {
			t.Errorf("opt-out %d after a flood of posts got %d", n+1, got)
		}
	}
	if len(app.Store.OptOuts) != 10 {
		t.Errorf("%d opt-outs are stored", len(app.Store.OptOuts))
	}
}

func TestLimits_OpenStreamsOfOneAddressAreBounded(t *testing.T) {
	app, _ := handlerstest.NewLimited(t)
	status := app.Submit(handlerstest.Filled()).Header().Get("Location")
	ctx, leave := context.WithCancel(t.Context())
	opened, ended := make(chan int, 30), make(chan int, 30)
	open := func(address string) {
		r := handlerstest.Request(http.MethodGet, status+"/events", "").WithContext(ctx)
		r.RemoteAddr = address
		w := &firstWrite{ResponseWriter: httptest.NewRecorder(), wrote: opened}
		app.Routes.ServeHTTP(w, r)
		ended <- w.status
	}
	for range 20 {
		go open("203.0.113.9:4000")
		if got := <-opened; got != http.StatusOK {
			t.Fatalf("a stream got %d", got)
		}
	}
	go open("203.0.113.9:4001")
	if got := <-opened; got != http.StatusTooManyRequests {
		t.Errorf("the 21st stream of an address got %d", got)
	}
	go open("203.0.113.10:4000")
	if got := <-opened; got != http.StatusOK {
		t.Errorf("another address got %d", got)
	}
	leave()
	for range 22 {
		<-ended
	}
	ctx, leave = context.WithCancel(t.Context())
	defer leave()
	go open("203.0.113.9:4000")
	if got := <-opened; got != http.StatusOK {
		t.Errorf("after all have left, a stream got %d", got)
	}
}

// firstWrite tells the status of an answer when it begins.
type firstWrite struct {
	http.ResponseWriter
	status int
	wrote  chan<- int
}

// WriteHeader notes the first status.
func (w *firstWrite) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.wrote <- status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Flush does nothing.
func (w *firstWrite) Flush() {}

// SetWriteDeadline does nothing.
func (w *firstWrite) SetWriteDeadline(time.Time) error { return nil }
