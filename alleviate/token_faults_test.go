package alleviate_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
