package alleviate_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/alleviate"
)

func TestToken_AttachesTheDocumentedCauseAndRemedy(t *testing.T) {
	for _, word := range []string{"invalid_client", "invalid_scope", "unauthorized_client", "expired_token"} {
		t.Run(word, func(t *testing.T) {
			inBubble(t, func(w *world) { w.token = oauthError(400, word) }, func(t *testing.T, w *world) {
				_, err := w.client.LeadStatus(t.Context(), theirID)
				e, ok := errors.AsType[*alleviate.TokenError](err)
				if !ok {
					t.Fatalf("no TokenError in %v", err)
				}
				if e.Code != word || e.Cause == "" || e.Remedy == "" || e.HTTPStatus != 400 {
					t.Errorf("got %+v", *e)
				}
				if !slices.Equal(e.AADSTS, []int{7000215}) || e.TraceID == "" || e.CorrelationID != "" {
					t.Errorf("AADSTS %v, trace %q, correlation %q; want the number, the GUID and nothing", e.AADSTS, e.TraceID, e.CorrelationID)
				}
				noCanary(t, e)
			})
		})
	}
}

func TestToken_IsTransientWithoutAConnection(t *testing.T) {
	for name, failure := range map[string]error{
		"refused":                    errors.New("refused " + secretCanary),
		"certificate of nobody":      x509.UnknownAuthorityError{},
		"certificate that ran out":   x509.CertificateInvalidError{Reason: x509.Expired},
		"time-out of the connection": context.DeadlineExceeded,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				w.dial = func(context.Context, string) error { return failure }
			}, func(t *testing.T, w *world) {
				_, err := w.client.CreateLead(t.Context(), applicant())
				if got := kindOf(t, err); got != transient {
					t.Errorf("kind is %q, want transient", got)
				}
			})
		})
	}
}

func TestToken_CountsLifeFromSending(t *testing.T) {
	slow := func(expiresIn string) script {
		return func(n int, w http.ResponseWriter, r *http.Request) {
			pass(4 * time.Second)
			tokenFor(expiresIn)(n, w, r)
		}
	}
	tests := []struct {
		expiresIn string
		life      time.Duration
	}{
		{"3599", 3599 * time.Second},
		{`"3600"`, time.Hour},
		{"3599.9", 3599 * time.Second},
		{"0", time.Minute},
		{"-5", time.Minute},
		{`""`, time.Minute},
		{`"soon"`, time.Minute},
		{"null", time.Minute},
		{"true", time.Minute},
		{"{}", time.Minute},
		{"[60]", time.Minute},
		{`"NaN"`, time.Minute},
		{"1e14", 24 * time.Hour},
		{"99999999999999999999999999", 24 * time.Hour},
		{`"1e400"`, 24 * time.Hour},
		{"7200", 2 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.expiresIn, func(t *testing.T) {
			inBubble(t, func(w *world) { w.token = slow(tt.expiresIn) }, func(t *testing.T, w *world) {
				asked := time.Now()
				if err := w.client.Ready(t.Context()); err != nil {
					t.Fatal(err)
				}
				st := w.client.TokenState()
				if got := st.Expires.Sub(asked); got != tt.life {
					t.Errorf("life is %s, want %s", got, tt.life)
				}
				early := min(5*time.Minute, tt.life/5)
				if got := st.Expires.Sub(st.NextRenewal); got < early || got > early+30*time.Second {
					t.Errorf("renewal is %s before the end, want %s and up to 30 s more", got, early)
				}
				usedUntil(t, w, st.Expires.Add(-10*time.Second))
			})
		})
	}
}

// usedUntil sees that the token serves until just before end and not from end on, while the token
// host is down.
func usedUntil(t *testing.T, w *world, end time.Time) {
	t.Helper()
	w.token = say(500, "", ``)
	pass(time.Until(end) - time.Millisecond)
	if err := w.client.Ready(t.Context()); err != nil {
		t.Errorf("a millisecond before its last moment: %v", err)
	}
	synctest.Wait()
	pass(time.Millisecond)
	if err := w.client.Ready(t.Context()); err == nil {
		t.Error("it serves during its last 10 s")
	}
}

func create(t *testing.T, w *world) error {
	t.Helper()
	_, err := w.client.CreateLead(t.Context(), applicant())
	return err
}

func TestToken_CallersShareOneFetchAndWaitOnTheirOwnTime(t *testing.T) {
	inBubble(t, func(w *world) {
		w.token = func(n int, rw http.ResponseWriter, r *http.Request) {
			pass(3 * time.Second)
			goodToken(n, rw, r)
		}
	}, func(t *testing.T, w *world) {
		var calls sync.WaitGroup
		for i := range 50 {
			calls.Go(func() {
				limit := time.Minute
				if i%2 == 0 {
					limit = time.Second
				}
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				began := time.Now()
				_, err := w.client.CreateLead(ctx, applicant())
				if got, want := err != nil, i%2 == 0; got != want {
					t.Errorf("caller with %s: %v", limit, err)
				}
				if got, want := time.Since(began), min(limit, 3*time.Second); got != want {
					t.Errorf("caller with %s took %s, want %s", limit, got, want)
				}
			})
		}
		calls.Wait()
		if got := w.tokenCalls(); got != 1 {
			t.Errorf("%d token requests, want 1", got)
		}
	})
}

func TestToken_TurnsToTheNextSecret(t *testing.T) {
	only := func(good string) script {
		return func(n int, w http.ResponseWriter, r *http.Request) {
			if r.PostForm.Get("client_secret") != good {
				oauthError(401, "invalid_client")(n, w, r)
				return
			}
			tokenFor("60")(n, w, r)
		}
	}
	withNext := func(token script) func(*world) {
		return func(w *world) {
			w.config.NextSecret = alleviate.NewSecret(nextSecretCanary)
			w.token = token
		}
	}
	t.Run("and lets it go first from then on", func(t *testing.T) {
		inBubble(t, withNext(only(nextSecretCanary)), func(t *testing.T, w *world) {
			for range 2 {
				if err := create(t, w); err != nil {
					t.Fatal(err)
				}
				pass(time.Minute)
			}
			want := []string{secretCanary, nextSecretCanary, nextSecretCanary}
			if diff := cmp.Diff(want, w.secrets); diff != "" {
				t.Errorf("secrets in order (-want +got):\n%s", diff)
			}
			if got := w.client.TokenState().Secret; got != "next" {
				t.Errorf("the state names the %s secret, want next", got)
			}
		})
	})
	t.Run("once, and then stops delivery", func(t *testing.T) {
		inBubble(t, withNext(only("neither")), func(t *testing.T, w *world) {
			err := create(t, w)
			if got := kindOf(t, err); got != credentials {
				t.Errorf("kind is %q, want credentials", got)
			}
			if got := w.client.TokenState().RefusedSecret; got != "both" {
				t.Errorf("refused: %q, want both", got)
			}
			if got := w.tokenCalls(); got != 2 {
				t.Errorf("%d token requests, want 2", got)
			}
		})
	})
	t.Run("not for any other refusal", func(t *testing.T) {
		inBubble(t, withNext(oauthError(400, "invalid_scope")), func(t *testing.T, w *world) {
			_ = create(t, w)
			if got := w.tokenCalls(); got != 1 {
				t.Errorf("%d token requests, want 1", got)
			}
		})
	})
}

func TestToken_RequestIsTheDocumentedOne(t *testing.T) {
	var form map[string][]string
	var header http.Header
	inBubble(t, func(w *world) {
		w.token = func(n int, rw http.ResponseWriter, r *http.Request) {
			form, header = r.PostForm, r.Header
			goodToken(n, rw, r)
		}
	}, func(t *testing.T, w *world) {
		if err := w.client.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{
			"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {secretCanary},
			"scope": {"api://aba793eb-f395-4f86-be59-7a7d0c1bfdb0/.default"},
		}
		if diff := cmp.Diff(want, form); diff != "" {
			t.Errorf("form (-want +got):\n%s", diff)
		}
		if header.Get("Authorization") != "" || header.Get("Idempotency-Key") != "" {
			t.Errorf("headers %v", header)
		}
	})
}

func TestRenew_ObeysItsLimit(t *testing.T) {
	inBubble(t, func(w *world) {}, func(t *testing.T, w *world) {
		var kinds []alleviate.Kind
		for range 4 {
			kinds = append(kinds, kindOf(t, w.client.Renew(t.Context())))
		}
		if diff := cmp.Diff([]alleviate.Kind{done, done, throttled, throttled}, kinds); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		pass(time.Minute)
		if err := w.client.Renew(t.Context()); err != nil {
			t.Error(err)
		}
		if st := w.client.TokenState(); st.FetchesToday != 3 {
			t.Errorf("%d fetches today, want 3", st.FetchesToday)
		}
		pass(24 * time.Hour)
		if st := w.client.TokenState(); st.FetchesToday != 0 {
			t.Errorf("%d fetches on a new day, want 0", st.FetchesToday)
		}
	})
}
