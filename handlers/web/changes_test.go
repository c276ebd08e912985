package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"intake/internal/clock"
)

// fakeChanges has batches of events, each of which is taken at once, and then calls whenEmpty.
type fakeChanges struct {
	ready     chan struct{}
	batches   [][]Event
	whenEmpty func()
}

func changesOf(batches ...[]Event) *fakeChanges {
	f := &fakeChanges{ready: make(chan struct{}, 1), batches: batches, whenEmpty: func() {}}
	f.ready <- struct{}{}
	return f
}

func (f *fakeChanges) Ready() <-chan struct{} { return f.ready }

func (f *fakeChanges) Take() []Event {
	events := f.batches[0]
	f.batches = f.batches[1:]
	if len(f.batches) > 0 {
		f.ready <- struct{}{}
	} else {
		f.whenEmpty()
	}
	return events
}

// streamedChanges is what a browser gets of a stream.
func streamedChanges(t *testing.T, ctx context.Context, b *Base, changes Changes, allowed func() bool) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.StreamChanges(echo.New().NewContext(r.WithContext(ctx), w), changes, allowed)
	}))
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
		t.Errorf("the media type is %q", got)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func always() bool { return true }

func TestStreamChanges_SendsEventsInTheirOrder(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	changes := changesOf([]Event{{"lead-A", "changed"}, {"changed", "A"}}, []Event{{"refresh", "all"}})
	changes.whenEmpty = leave
	got := streamedChanges(t, ctx, testBase(), changes, always)
	want := ": open\n\nevent: lead-A\ndata: changed\n\nevent: changed\ndata: A\n\nevent: refresh\ndata: all\n\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStreamChanges_EndsWithTheSessionAndTellsNothingMore(t *testing.T) {
	moved, asked := clock.Movable(), 0
	allowed := func() bool { asked++; return asked == 1 }
	got := streamedChanges(t, t.Context(), baseWithClock(moved), changesOf([]Event{{"changed", "A"}}, []Event{{"changed", "B"}}), allowed)
	if want := ": open\n\nevent: changed\ndata: A\n\nevent: end\ndata: signed out\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The heartbeat asks too: a page on which nothing happens must not stay open for somebody who has signed out.
func TestStreamChanges_AsksAtEachHeartbeat(t *testing.T) {
	moved, asked := clock.Movable(), 0
	changes := changesOf([]Event{{"refresh", "all"}})
	got := streamedChanges(t, t.Context(), baseWithClock(moved), changes, func() bool {
		asked++
		moved.Advance(moved.Ahead() + heartbeatEvery)
		return asked < 4
	})
	if want := ": open\n\nevent: refresh\ndata: all\n\n: still here\n\n: still here\n\nevent: end\ndata: signed out\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStreamChanges_EndsAfterTenMinutes(t *testing.T) {
	moved, asked := clock.Movable(), 0
	got := streamedChanges(t, t.Context(), baseWithClock(moved), changesOf([]Event{{"refresh", "all"}}), func() bool {
		asked++
		moved.Advance(moved.Ahead() + heartbeatEvery)
		return true
	})
	if most := int(maxStream / heartbeatEvery); asked < most-1 || asked > most+1 || strings.Contains(got, "event: end") {
		t.Errorf("%d heartbeats, and %q", asked, got)
	}
}

func TestStreamChanges_EndsWhenTheServerShutsDownOrTheBrowserLeaves(t *testing.T) {
	stopped := testBase()
	stopped.EndStreams()
	left, leave := context.WithCancel(t.Context())
	leave()
	idle := &fakeChanges{ready: make(chan struct{})}
	for name, end := range map[string]struct {
		base *Base
		ctx  context.Context
	}{"the server shuts down": {stopped, t.Context()}, "the browser leaves": {testBase(), left}} {
		if got := streamedChanges(t, end.ctx, end.base, idle, always); got != ": open\n\n" {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
