package alleviate_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestRun_FetchesAtMost27TokensADay(t *testing.T) {
	inBubble(t, func(w *world) { w.token = tokenFor("3599") }, func(t *testing.T, w *world) {
		stop := run(t, w)
		for range 24 * 12 {
			if err := create(t, w); err != nil {
				t.Fatal(err)
			}
			pass(5 * time.Minute)
		}
		stop()
		if got := w.tokenCalls(); got < 24 || got > 27 {
			t.Errorf("%d fetches in a day, want 24 to 27", got)
		}
	})
}

// run starts Run and returns what ends it and waits for it.
func run(t *testing.T, w *world) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.client.Run(ctx) }()
	synctest.Wait()
	return func() { cancel(); <-ended }
}

func TestRun_NoCallFailsInAnOutageShorterThanTheToken(t *testing.T) {
	inBubble(t, func(w *world) {}, func(t *testing.T, w *world) {
		stop := run(t, w)
		began := time.Now()
		outage := func(at time.Duration) bool { return at > 50*time.Minute && at < 59*time.Minute+40*time.Second }
		good := w.token
		w.token = func(n int, rw http.ResponseWriter, r *http.Request) {
			if outage(time.Since(began)) {
				say(503, "", ``)(n, rw, r)
				return
			}
			good(n, rw, r)
		}
		for time.Since(began) < 2*time.Hour {
			if err := create(t, w); err != nil {
				t.Fatalf("after %s: %v", time.Since(began), err)
			}
			if since := time.Since(began); 59*time.Minute < since && since < 61*time.Minute {
				pass(time.Second)
			} else {
				pass(time.Minute)
			}
		}
		stop()
		tries := 0
		for _, at := range w.tokenAt {
			if outage(at.Sub(began)) {
				tries++
			}
		}
		if tries < 3 || tries > 12 {
			t.Errorf("%d tries in the outage, want a few, spaced out", tries)
		}
	})
}

func TestRun_DoublesItsPausesUpToFiveMinutes(t *testing.T) {
	inBubble(t, func(w *world) { w.token = oauthError(401, "invalid_client") }, func(t *testing.T, w *world) {
		stop := run(t, w)
		pass(time.Hour)
		stop()
		want := 5 * time.Second
		for i := 1; i < len(w.tokenAt); i++ {
			pause := w.tokenAt[i].Sub(w.tokenAt[i-1])
			if pause < max(5*time.Second, want*8/10) || pause > want*12/10 {
				t.Errorf("pause %d is %s, want %s and 20%% more or less", i, pause, want)
			}
			want = min(2*want, 5*time.Minute)
		}
		if len(w.tokenAt) < 10 {
			t.Errorf("%d tries in an hour, want it to go on", len(w.tokenAt))
		}
	})
}

func TestRun_IsSilentUntilRetryAfter(t *testing.T) {
	inBubble(t, func(w *world) {
		w.token = inTurn(say(429, "text/plain", `slow`, "Retry-After", "600"), goodToken)
	}, func(t *testing.T, w *world) {
		stop := run(t, w)
		for range 599 {
			if got := kindOf(t, create(t, w)); got != throttled {
				t.Fatalf("kind is %q, want throttled", got)
			}
			pass(time.Second)
		}
		if got := w.tokenCalls(); got != 1 {
			t.Errorf("%d token requests inside Retry-After, want 1", got)
		}
		pass(2 * time.Second)
		if err := create(t, w); err != nil {
			t.Error(err)
		}
		stop()
	})
}

func TestRun_EndsAfterItsLastFetch(t *testing.T) {
	inBubble(t, func(w *world) { w.token = silent }, func(t *testing.T, w *world) {
		began := time.Now()
		run(t, w)()
		if got := time.Since(began); got != 10*time.Second {
			t.Errorf("Run ended after %s, want with its fetch after 10 s", got)
		}
	})
}

func TestRun_WaitsForAFetchThatACallerBegan(t *testing.T) {
	inBubble(t, func(w *world) { w.token = inTurn(goodToken, silent) }, func(t *testing.T, w *world) {
		stop := run(t, w)
		ctx, leave := context.WithCancel(t.Context())
		leave()
		if got := kindOf(t, w.client.Renew(ctx)); got != transient {
			t.Fatalf("kind is %q, want transient", got)
		}
		began := time.Now()
		stop()
		if got := time.Since(began); got != 10*time.Second {
			t.Errorf("Run ended after %s, want with the fetch after 10 s", got)
		}
	})
}

func TestRun_FetchesNothingOnceToldToStop(t *testing.T) {
	inBubble(t, func(w *world) {}, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w.client.Run(ctx)
		if got := w.tokenCalls(); got != 0 {
			t.Errorf("%d token requests, want none", got)
		}
	})
}
