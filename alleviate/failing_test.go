package alleviate_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
)

// turning is a token host that is good, is something else from one time on, and is good again.
func (w *world) turning(from, until time.Duration, to script) {
	began, good := time.Now(), w.token
	w.token = func(n int, rw http.ResponseWriter, r *http.Request) {
		if since := time.Since(began); since >= from && since < until {
			to(n, rw, r)
			return
		}
		good(n, rw, r)
	}
}

// A secret that is turned, or a host that goes down, in mid-run is known with the first renewal that
// fails and not before: nobody uses the secret until then, and nothing is wrong.
func TestTokenState_TellsTheFirstRenewalThatFails(t *testing.T) {
	for _, tt := range []struct {
		story string
		turns script
		want  alleviate.Kind
	}{
		{"the secret is turned", oauthError(401, "invalid_client"), credentials},
		{"the token host is down", say(503, "", ``), transient},
		{"the token host wants silence", say(429, "", ``, "Retry-After", "20"), throttled},
	} {
		t.Run(tt.story, func(t *testing.T) {
			inBubble(t, func(w *world) { w.turning(20*time.Minute, 70*time.Minute, tt.turns) }, func(t *testing.T, w *world) {
				stop := run(t, w)
				began := time.Now()
				known := false
				for time.Since(began) < 2*time.Hour {
					synctest.Wait()
					since, st := time.Since(began), w.client.TokenState()
					served := since < 59*time.Minute+40*time.Second || since > 77*time.Minute
					if err := create(t, w); served && err != nil {
						t.Fatalf("after %s a call fails although a token lives: %v", since, err)
					}
					failed := w.tokenCalls() > 1 && since < 70*time.Minute
					if failed && st.Failing != tt.want || !failed && st.Failing != "" && since < 70*time.Minute {
						t.Fatalf("after %s and %d requests for a token the state says %q", since, w.tokenCalls(), st.Failing)
					}
					if known = known || failed && since < 56*time.Minute; since > 77*time.Minute && st.Failing != "" {
						t.Fatalf("after %s the state says %q although a token was had", since, st.Failing)
					}
					pass(30 * time.Second)
				}
				stop()
				if !known {
					t.Error("nothing was known while the old token still served")
				}
				notTight(t, w.tokenAt)
			})
		})
	}
}

// notTight wants five seconds at least between requests for a token.
func notTight(t *testing.T, at []time.Time) {
	t.Helper()
	for i := 1; i < len(at); i++ {
		if pause := at[i].Sub(at[i-1]); pause < 5*time.Second {
			t.Errorf("request %d for a token came after %s", i+1, pause)
		}
	}
	if len(at) < 6 || len(at) > 20 {
		t.Errorf("%d requests for a token in two hours, want a few", len(at))
	}
}

func TestTokenState_ASecretTurnedInMidRunFailsNothingWhenTheNextOneIsThere(t *testing.T) {
	inBubble(t, func(w *world) {
		w.config.NextSecret = alleviate.NewSecret(nextSecretCanary)
		began, good := time.Now(), w.token
		w.token = func(n int, rw http.ResponseWriter, r *http.Request) {
			turned := time.Since(began) > 20*time.Minute
			if turned != (r.PostForm.Get("client_secret") == nextSecretCanary) {
				oauthError(401, "invalid_client")(n, rw, r)
				return
			}
			good(n, rw, r)
		}
	}, func(t *testing.T, w *world) {
		stop := run(t, w)
		for minute := range 120 {
			want := "current"
			if w.tokenCalls() > 1 {
				want = "next"
			}
			if st := w.client.TokenState(); st.Secret != want || st.Failing != "" {
				t.Fatalf("after minute %d the %s secret works and %q fails, want the %s one and nothing", minute, st.Secret, st.Failing, want)
			}
			if err := create(t, w); err != nil {
				t.Fatal(err)
			}
			pass(time.Minute)
			synctest.Wait()
		}
		stop()
		if got := w.tokenCalls(); got != 4 { // the first, the refused renewal with both, and the next one's renewal
			t.Errorf("%d requests for a token, want 4", got)
		}
	})
}
