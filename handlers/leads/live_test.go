package leads_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"intake/handlers/handlerstest"
	"intake/handlers/leads"
	"intake/handlers/web"
	"intake/internal/lead"
	"intake/internal/live"
	"intake/internal/staff"
)

// follow opens the stream as a person does and returns a function that reads the next event.
func follow(t *testing.T, app handlerstest.App, p staff.Person, path string) (next func() string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "localhost:8080"
		app.Routes.ServeHTTP(w, web.WithPerson(r, p))
	}))
	answer, err := http.Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.EndStreams(); _ = answer.Body.Close(); server.Close() })
	lines := bufio.NewScanner(answer.Body)
	return func() string {
		for lines.Scan() {
			if name, isEvent := strings.CutPrefix(lines.Text(), "event: "); isEvent {
				return name
			}
		}
		return "the end"
	}
}

// running is the staff's pages with a hub that runs until the test ends.
func running(t *testing.T, allowed func() bool) (handlerstest.App, *handlerstest.StaffStore) {
	t.Helper()
	var hub *live.Hub
	app, store := handlerstest.Staff(t, func(c *leads.Config) {
		hub = c.Live
		c.Allowed = func(*http.Request) bool { return allowed() }
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); hub.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	return app, store
}

// wantChange makes a change after each "refresh", which may come twice at the beginning and stands for every change that was
// not told yet, until the change itself is told.
func wantChange(t *testing.T, next func() string, change func(), want ...string) {
	t.Helper()
	got := next()
	if got != "refresh" {
		t.Fatalf("got the event %q first, want a refresh", got)
	}
	for got == "refresh" {
		change()
		got = next()
	}
	if got != want[0] {
		t.Fatalf("got the event %q, want %q", got, want[0])
	}
	wantEvents(t, next, want[1:]...)
}

func wantEvents(t *testing.T, next func() string, want ...string) {
	t.Helper()
	for _, w := range want {
		got := next()
		for got == "refresh" && w != "refresh" { // it may be told twice at the beginning
			got = next()
		}
		if got != w {
			t.Fatalf("got the event %q, want %q", got, w)
		}
	}
}

func TestEvents_TellAnAgentOfTheirOwnLeadsAlone(t *testing.T) {
	app, store := running(t, func() bool { return true })
	mine, others := store.Put(0, handlerstest.Ann, nil), store.Put(1, handlerstest.Bob, nil)
	next := follow(t, app, handlerstest.Ann, "/desk/events")
	wantChange(t, next, func() { store.Change(others.ID, mine.ID) }, "lead-"+string(mine.ID), "changed")
}

func TestEvents_TellASupervisorOfTheLeadOnTheirPage(t *testing.T) {
	app, store := running(t, func() bool { return true })
	one, other := store.Put(0, handlerstest.Ann, nil), store.Put(1, handlerstest.Bob, nil)
	next := follow(t, app, handlerstest.Sue, "/desk/events?lead="+string(one.ID))
	wantChange(t, next, func() { store.Change(other.ID, one.ID) }, "lead-"+string(one.ID), "changed")
}

func TestEvents_EndWithTheSession(t *testing.T) {
	var signedOut atomic.Bool
	app, store := running(t, func() bool { return !signedOut.Load() })
	mine := store.Put(0, handlerstest.Ann, nil)
	next := follow(t, app, handlerstest.Ann, "/desk/events")
	wantEvents(t, next, "refresh")
	signedOut.Store(true)
	store.Change(mine.ID)
	wantEvents(t, next, "end", "the end")
}

func TestEvents_RefuseWhatTheyDoNotKnow(t *testing.T) {
	app, _ := handlerstest.Staff(t)
	for path, want := range map[string]int{
		"/desk/events?lead=NOBODY": http.StatusNotFound, "/desk/events?x=1": http.StatusBadRequest, "/desk/events?lead=" + string(lead.PartnerID("a&lead=b")): http.StatusBadRequest,
	} {
		if got := app.GetAs(handlerstest.Ann, path).Code; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}
