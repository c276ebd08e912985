package alleviate_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"intake/alleviate"
)

func TestToken_IsRenewedOnceInAStormOf401(t *testing.T) {
	const callers = 100
	stale := tokenCanary + ".1"
	inBubble(t, func(w *world) {
		w.api = func(n int, rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "Bearer "+stale {
				pass(time.Duration(1+n%7) * time.Second)
				say(401, jsonType, `{}`)(n, rw, r)
				return
			}
			goodAnswer(n, rw, r)
		}
	}, func(t *testing.T, w *world) {
		if err := w.client.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		var calls sync.WaitGroup
		for range callers {
			calls.Go(func() {
				if _, err := w.client.CreateLead(t.Context(), applicant()); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if got := w.tokenCalls() - 1; got != 1 {
			t.Errorf("%d token requests in the storm, want 1", got)
		}
		if got := w.apiCalls(); got != 2*callers {
			t.Errorf("%d calls, want each once more: %d", got, 2*callers)
		}
	})
}

func TestToken_IsForcedAtMostTwiceAMinuteWhen401IsForEver(t *testing.T) {
	inBubble(t, func(w *world) { w.api = say(401, jsonType, `{}`) }, func(t *testing.T, w *world) {
		const minutes = 10
		for range minutes * 60 {
			if got := kindOf(t, create(t, w)); got != credentials {
				t.Fatalf("kind is %q, want credentials", got)
			}
			pass(time.Second)
		}
		mostInAMinute := 0
		for i := range w.tokenAt {
			n := 0
			for _, at := range w.tokenAt[i:] {
				if at.Sub(w.tokenAt[i]) < time.Minute {
					n++
				}
			}
			mostInAMinute = max(mostInAMinute, n)
		}
		if mostInAMinute > 3 { // the first token was not forced
			t.Errorf("%d token requests within a minute, want at most 2 forced ones and the first", mostInAMinute)
		}
		if got, most := w.tokenCalls(), 1+2*minutes; got > most {
			t.Errorf("%d token requests in %d minutes, want at most %d", got, minutes, most)
		}
	})
}

// A server that refuses good tokens now and then must not stop delivery as refused credentials do.
func TestToken_RefusedNowAndThenIsThrottledOnceTheRenewalsAreUsedUp(t *testing.T) {
	inBubble(t, func(w *world) {
		good, bad := w.api, say(401, jsonType, `{}`)
		w.api = func(n int, rw http.ResponseWriter, r *http.Request) {
			if n%3 == 0 {
				bad(n, rw, r)
				return
			}
			good(n, rw, r)
		}
	}, func(t *testing.T, w *world) {
		kinds := map[alleviate.Kind]int{}
		for range 50 {
			err := create(t, w)
			if e, ok := errors.AsType[*alleviate.Error](err); ok {
				kinds[e.Kind]++
				if e.RetryAfter <= 0 || e.RetryAfter > time.Minute {
					t.Errorf("the wait is %s, want what is left of the minute", e.RetryAfter)
				}
			}
			pass(time.Second)
		}
		if kinds[throttled] == 0 || len(kinds) != 1 {
			t.Errorf("got %v, want throttled calls and nothing else", kinds)
		}
	})
}
