package alleviate_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/alleviate"
)

// oauthError is Entra's shape of a refusal, with a description that repeats the secret.
func oauthError(status int, word string) script {
	return say(status, jsonType, `{"error":"`+word+`","error_description":"AADSTS7000215: bad\r\n`+secretCanary+`",`+
		`"error_codes":[7000215],"trace_id":"0f7a0c57-0a4e-4b5d-8d5e-6d8f1f7e2c00","correlation_id":"`+secretCanary+`"}`)
}

// tokenOf is a token answer with this access token and type.
func tokenOf(value, kind string) string {
	return `{"token_type":` + kind + `,"expires_in":3599,"access_token":` + value + `}`
}

// echoForm answers as a proxy would that shows the request on its error page.
func echoForm(status int) script {
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<pre>"+r.PostForm.Encode()+" "+secretCanary+"</pre>")
	}
}

var backoff = [2]time.Duration{5 * time.Second, 6 * time.Second}

// tokenFaults are the token rows of the error taxonomy.
var tokenFaults = []struct {
	name       string
	token      script
	want       alleviate.Kind
	word       string
	retryAfter [2]time.Duration // between these two
	took       time.Duration
}{
	{"lost before an answer", cut, transient, "connection failed", backoff, 0},
	{"no answer within 10 s", silent, transient, "out of time", backoff, 10 * time.Second},
	{"an answer that stops", halfway(`{"token_type":"Bearer"`, silent), transient, "out of time", backoff, 10 * time.Second},
	{"500", say(500, "", ``), transient, "unavailable", backoff, 0},
	{"500 that repeats the request", echoForm(500), transient, "unavailable", backoff, 0},
	{"502 with an OAuth word", oauthError(502, "invalid_client"), transient, "unavailable", backoff, 0},
	{"503 with a time", say(503, "", ``, "Retry-After", "40"), transient, "unavailable", [2]time.Duration{40 * time.Second, 40 * time.Second}, 0},
	{"408", say(408, "", ``), transient, "unavailable", backoff, 0},
	{"temporarily_unavailable", oauthError(400, "temporarily_unavailable"), transient, "unavailable", backoff, 0},
	{"429 in JSON", say(429, jsonType, `{"error":"too_many"}`, "Retry-After", "33"), throttled, "too many requests", [2]time.Duration{33 * time.Second, 33 * time.Second}, 0},
	{"429 in plain text", say(429, "text/plain", `slow down `+secretCanary), throttled, "too many requests", [2]time.Duration{time.Minute, time.Minute}, 0},
	{"429 with a date", say(429, "", ``, "Retry-After", "Sat, 01 Jan 2000 00:00:50 GMT"), throttled, "too many requests", [2]time.Duration{50 * time.Second, 50 * time.Second}, 0},
	{"429 with ten years", say(429, "", ``, "Retry-After", "315360000"), throttled, "too many requests", [2]time.Duration{15 * time.Minute, 15 * time.Minute}, 0},
	{"429 with a negative time", say(429, "", ``, "Retry-After", "-1"), throttled, "too many requests", [2]time.Duration{time.Minute, time.Minute}, 0},
	{"invalid_client", oauthError(401, "invalid_client"), credentials, "invalid_client", backoff, 0},
	{"invalid_client inside 200", oauthError(200, "invalid_client"), credentials, "invalid_client", backoff, 0},
	{"invalid_scope", oauthError(400, "invalid_scope"), credentials, "invalid_scope", backoff, 0},
	{"unauthorized_client", oauthError(400, "unauthorized_client"), credentials, "unauthorized_client", backoff, 0},
	{"expired_token", oauthError(400, "expired_token"), credentials, "expired_token", backoff, 0},
	{"a word that no page names", oauthError(400, "interaction_required"), credentials, "interaction_required", backoff, 0},
	{"a word that is a sentence", say(400, jsonType, `{"error":"no `+secretCanary+`"}`), credentials, "address or request refused", backoff, 0},
	{"307 to another host", say(307, "", ``, "Location", "http://127.0.0.1:9/steal"), credentials, "address or request refused", backoff, 0},
	{"302 to nonsense", say(302, "", ``, "Location", "http://%zz"), credentials, "address or request refused", backoff, 0},
	{"404", say(404, "text/html", `<h1>no</h1>`), credentials, "address or request refused", backoff, 0},
	{"403 of a proxy", echoForm(403), credentials, "address or request refused", backoff, 0},
	{"401 that is cut off", func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "999")
		w.WriteHeader(401)
		_, _ = io.WriteString(w, `{"error":"inv`)
	}, transient, "the error word was cut off", backoff, 0},
	{"200 with HTML", echoForm(200), transient, "the token host answers nonsense", backoff, 0},
	{"200 in plain text", say(200, "text/plain", `access_token=`+tokenCanary+`&token_type=bearer`), transient, "the token host answers nonsense", backoff, 0},
	{"a form body", say(200, "application/x-www-form-urlencoded", `access_token=`+tokenCanary), transient, "the token host answers nonsense", backoff, 0},
	{"JSON that says it is text", say(200, "text/plain", tokenOf(`"`+tokenCanary+`"`, `"Bearer"`)), transient, "the token host answers nonsense", backoff, 0},
	{"nothing", say(200, jsonType, ``), transient, "the token host answers nonsense", backoff, 0},
	{"204", say(204, "", ``), transient, "the token host answers nonsense", backoff, 0},
	{"no token", say(200, jsonType, `{"token_type":"Bearer","expires_in":3599}`), transient, "the token host answers nonsense", backoff, 0},
	{"an empty token", say(200, jsonType, tokenOf(`""`, `"Bearer"`)), transient, "the token host answers nonsense", backoff, 0},
	{"a token that is a number", say(200, jsonType, tokenOf(`12`, `"Bearer"`)), transient, "the token host answers nonsense", backoff, 0},
	{"a token with a line break", say(200, jsonType, tokenOf(`"`+tokenCanary+`\r\nX-Evil: 1"`, `"Bearer"`)), transient, "the token host answers nonsense", backoff, 0},
	{"a token that no header holds", say(200, jsonType, tokenOf(`"`+tokenCanary+strings.Repeat("a", 8<<10)+`"`, `"Bearer"`)), transient, "the token host answers nonsense", backoff, 0},
	{"another type of token", say(200, jsonType, tokenOf(`"`+tokenCanary+`"`, `"MAC"`)), transient, "the token host answers nonsense", backoff, 0},
	{"no type", say(200, jsonType, tokenOf(`"`+tokenCanary+`"`, `null`)), transient, "the token host answers nonsense", backoff, 0},
	{"truncated JSON", say(200, jsonType, `{"token_type":"Bearer","access_token":"`+tokenCanary), transient, "the token host answers nonsense", backoff, 0},
	{"more than 64 KiB", say(200, jsonType, tokenOf(`"`+tokenCanary+`"`, `"Bearer"`)+strings.Repeat(" ", 64<<10)), transient, "the token host answers nonsense", backoff, 0},
	{"an answer without end", halfway(`{`, endless), transient, "the token host answers nonsense", backoff, 0},
}

func TestToken_ClassifiesEveryFault(t *testing.T) {
	for _, fault := range tokenFaults {
		t.Run(fault.name, func(t *testing.T) {
			inBubble(t, func(w *world) { w.token = fault.token }, func(t *testing.T, w *world) {
				began := time.Now()
				_, err := w.client.CreateLead(t.Context(), applicant())
				took := time.Since(began)
				synctest.Wait()
				if got := kindOf(t, err); got != fault.want {
					t.Errorf("kind is %q, want %q: %v", got, fault.want, err)
				}
				if got := w.client.TokenState().LastError; got != fault.word {
					t.Errorf("last error is %q, want %q", got, fault.word)
				}
				if got := retryAfterOf(err); fault.took == 0 && (got < fault.retryAfter[0] || got > fault.retryAfter[1]) {
					t.Errorf("RetryAfter is %s, want %v", got, fault.retryAfter)
				}
				if took != fault.took {
					t.Errorf("took %s, want %s", took, fault.took)
				}
				if w.tokenCalls() != 1 || w.apiCalls() != 0 {
					t.Errorf("%d token requests and %d calls, want 1 and 0", w.tokenCalls(), w.apiCalls())
				}
				noCallBeforeGate(t, w)
			})
		})
	}
}

// noCallBeforeGate asks again and again until the silence is over.
func noCallBeforeGate(t *testing.T, w *world) {
	t.Helper()
	synctest.Wait()
	open := w.client.TokenState().NextRenewal
	for time.Now().Before(open.Add(-time.Second)) {
		pass(time.Second)
		if err := w.client.Ready(t.Context()); err == nil {
			t.Fatal("a token came out of silence")
		}
	}
	if got := w.tokenCalls(); got != 1 {
		t.Errorf("%d token requests before %s, want 1", got, open)
	}
	pass(2 * time.Second)
	go func() { _ = w.client.Ready(context.Background()) }()
	synctest.Wait()
	if got := w.tokenCalls(); got != 2 {
		t.Errorf("%d token requests after the silence, want 2", got)
	}
	pass(10 * time.Second)
	synctest.Wait()
}

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
