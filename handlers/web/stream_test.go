package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"intake/internal/clock"
)

// streamed is what a browser gets of a stream.
func streamed(t *testing.T, ctx context.Context, b *Base, look func(context.Context) (string, bool, error)) (string, error) {
	t.Helper()
	var failed error
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		failed = b.StreamState(echo.New().NewContext(r.WithContext(ctx), w), look)
	}))
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	server.Close() // waits for the handler
	return string(body), failed
}

func testBase() *Base { return baseWithClock(nil) }

func baseWithClock(c *clock.Clock) *Base {
	return New(Config{Log: slog.New(slog.DiscardHandler), Clock: c})
}

func TestStreamState_EndsWithTheFinalState(t *testing.T) {
	states, moved := []string{"received", "received", "finished"}, clock.Movable()
	got, err := streamed(t, t.Context(), baseWithClock(moved), func(context.Context) (string, bool, error) {
		state := states[0]
		states = states[1:]
		moved.Advance(moved.Ahead() + pollEvery)
		return state, len(states) == 0, nil
	})
	want := "event: state\ndata: received\n\nevent: state\ndata: finished\n\nevent: end\ndata: finished\n\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// The clock alone makes these looks due, so that the test does not wait for them.
func TestStreamState_BreaksTheSilenceAndEndsAfterTenMinutes(t *testing.T) {
	moved, looks := clock.Movable(), 0
	got, err := streamed(t, t.Context(), baseWithClock(moved), func(context.Context) (string, bool, error) {
		looks++
		moved.Advance(moved.Ahead() + heartbeatEvery)
		return "received", false, nil
	})
	heartbeats := strings.Count(got, ": still here\n\n")
	if want := int(maxStream/heartbeatEvery) - 2; err != nil || heartbeats < want || looks > int(maxStream/heartbeatEvery) {
		t.Errorf("%d looks and %d heartbeats in ten minutes, %v", looks, heartbeats, err)
	}
	if rest := strings.ReplaceAll(got, ": still here\n\n", ""); rest != "event: state\ndata: received\n\n" {
		t.Errorf("beside the heartbeats the stream says %q", rest)
	}
}

func TestStreamState_AFirstLookThatFailsIsAProblem(t *testing.T) {
	want := errors.New("no such lead")
	if got, err := streamed(t, t.Context(), testBase(), func(context.Context) (string, bool, error) { return "", false, want }); !errors.Is(err, want) || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestStreamState_ALaterLookThatFailsEndsTheStream(t *testing.T) {
	looks := 0
	got, err := streamed(t, t.Context(), testBase(), func(context.Context) (string, bool, error) {
		if looks++; looks > 1 {
			return "", false, errors.New("disk full")
		}
		return "received", false, nil
	})
	if err != nil || got != "event: state\ndata: received\n\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestStreamState_EndsWhenTheServerShutsDownOrTheBrowserLeaves(t *testing.T) {
	stopped := testBase()
	stopped.EndStreams()
	left, leave := context.WithCancel(t.Context())
	leave()
	for name, end := range map[string]struct {
		base *Base
		ctx  context.Context
	}{"the server shuts down": {stopped, t.Context()}, "the browser leaves": {testBase(), left}} {
		got, err := streamed(t, end.ctx, end.base, func(context.Context) (string, bool, error) { return "received", false, nil })
		if err != nil || got != "event: state\ndata: received\n\n" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}
