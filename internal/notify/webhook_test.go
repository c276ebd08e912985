package notify

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"intake/alleviate/dnstest"
	"intake/internal/clock"
	"intake/internal/lead"
)

const secret = "of the receiver and of this program"

func message() Message {
	return Message{
		Delivery: "DELIVERY1", Attempt: 1, Link: lead.Keep("https://apply.example.com/consent/canary-link"), Code: lead.Keep("CANARYCODE"), Phone: lead.Keep("+15125550148"),
		Language: "es", ExpiresAt: time.Now().Add(15 * time.Minute),
	}
}

// receiver is a webhook that answers with a status, and what it got last.
func receiver(t *testing.T, answer http.HandlerFunc) (*Webhook, *http.Request, *string) {
	t.Helper()
	got, text := &http.Request{}, new(string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*got, *text = *r, string(body)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return sender(t, server.URL+"/canary-path"), got, text
}

func sender(t *testing.T, address string) *Webhook {
	t.Helper()
	w, err := NewWebhook(Config{Address: address, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestNewWebhook_RefusesPlainHTTPAndAShortSecret(t *testing.T) {
	for address, want := range map[string]bool{
		"https://sms.example.com/x": true, "http://localhost:9/x": true, "http://127.0.0.1:9": true, "http://[::1]:9": true, "https://10.0.0.5/x": true,
		"http://sms.example.com/x": false, "http://10.0.0.5": false, "http://localhost.example.com": false, "ftp://localhost": false, "https://u:canary@x.example": false, "canary": false, "": false,
	} {
		if _, err := NewWebhook(Config{Address: address, Secret: secret}); (err == nil) != want || strings.Contains(fmt.Sprint(err), "canary") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := NewWebhook(Config{Address: "https://sms.example.com", Secret: secret[:MinSecret-1]}); err == nil {
		t.Error("a short secret is accepted")
	}
}

func TestSend_PostsTheMessageTheSameEachTime(t *testing.T) {
	now := time.Unix(1764554400, 0)
	w, got, text := receiver(t, func(http.ResponseWriter, *http.Request) {})
	w.cfg.Clock = clock.At(func() time.Time { return now })
	m := message()
	m.ExpiresAt = now.Add(15 * time.Minute)
	if err := w.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	first, signature := *text, got.Header.Get("webhook-signature")
	want := `{"type":"consent_link","id":"DELIVERY1","link":"https://apply.example.com/consent/canary-link","code":"CANARYCODE","phone":"+15125550148","language":"es","expires_at":"2025-12-01T02:15:00Z"}`
	if first != want || got.Method != http.MethodPost || got.Header.Get("Content-Type") != "application/json" || got.Header.Get("webhook-id") != "DELIVERY1" || got.Header.Get("webhook-timestamp") != "1764554400" {
		t.Errorf("sent %s with %v", first, got.Header)
	}
	now, m.Attempt = now.Add(time.Minute), 2
	if err := w.Send(t.Context(), m); err != nil || *text != first || got.Header.Get("webhook-signature") == signature {
		t.Errorf("the second attempt: %v, %s", err, *text)
	}
}

// TestSend_IsSignedAsStandardWebhooksSays has the vector of the specification.
func TestSend_IsSignedAsStandardWebhooksSays(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	w := &Webhook{cfg: Config{Secret: string(key)}}
	if got, want := w.sign(`msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}`), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

// TestSend_IsAcceptedByTheExampleOfTheDocument runs the check of docs/webhook.md where there is Python.
func TestSend_IsAcceptedByTheExampleOfTheDocument(t *testing.T) {
	document, err := os.ReadFile("../../docs/webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(document), "```python\n")
	program, _, closed := strings.Cut(rest, "\n```\n")
	if !found || !closed {
		t.Fatal("docs/webhook.md has no example")
	}
	w, got, text := receiver(t, func(http.ResponseWriter, *http.Request) {})
	if err := w.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Log("python3 is not on this machine")
		return
	}
	headers := map[string]string{}
	for name := range got.Header {
		headers[strings.ToLower(name)] = got.Header.Get(name)
	}
	for want, body := range map[string]string{"True": *text, "False": *text + " "} {
		input, err := json.Marshal(map[string]any{"secret": secret, "headers": headers, "body": body})
		if err != nil {
			t.Fatal(err)
		}
		run := exec.Command(python, "-c", program+"\nimport json, sys\ni = json.load(sys.stdin)\nprint(is_ours(i['secret'].encode(), i['headers'], i['body'].encode()))")
		run.Stdin = strings.NewReader(string(input))
		if out, err := run.Output(); err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("the example says %s, %v, want %s", out, err, want)
		}
	}
}

func TestSend_SaysWhatAnAnswerMeans(t *testing.T) {
	for _, tt := range []struct {
		status int
		after  string
		sent   bool
		again  bool
		wait   time.Duration
	}{
		{200, "", true, false, 0}, {202, "", true, false, 0}, {204, "", true, false, 0},
		{301, "", false, true, 0}, {307, "9", false, true, 0},
		{400, "", false, false, 0}, {401, "9", false, false, 0}, {404, "", false, false, 0}, {410, "", false, false, 0},
		{408, "", false, true, 0}, {425, "7", false, true, 7 * time.Second}, {429, "86400", false, true, maxAfter}, {429, "soon", false, true, 0}, {429, "-5", false, true, 0},
		{500, "", false, true, 0}, {503, " 30 ", false, true, 30 * time.Second}, {503, "Mon, 01 Jan 2024 00:00:00 GMT", false, true, 0},
	} {
		calls := 0
		w, _, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.Header().Set("Location", "/elsewhere")
			w.Header().Set("Retry-After", tt.after)
			w.WriteHeader(tt.status)
			if tt.status != http.StatusNoContent {
				_, _ = io.WriteString(w, strings.Repeat("canary", maxAnswer))
			}
		})
		err := w.Send(t.Context(), message())
		f, failed := errors.AsType[*Failure](err)
		if failed == tt.sent || calls != 1 {
			t.Errorf("%d: %v after %d calls", tt.status, err, calls)
		}
		if failed && (f.Again != tt.again || f.After != tt.wait || !strings.Contains(f.Reason, fmt.Sprint(tt.status)) || strings.Contains(f.Reason, "canary")) {
			t.Errorf("%d with Retry-After %q: %+v", tt.status, tt.after, f)
		}
	}
}

func TestSend_SaysWhyThereWasNoAnswer(t *testing.T) {
	d := dnstest.OpenDoor(t)
	dnstest.Zone{"inside.example.org": {"127.0.0.1"}}.Use(t)
	foreign := httptest.NewTLSServer(http.NotFoundHandler())
	defer foreign.Close()
	for address, want := range map[string]string{
		"https://" + net.JoinHostPort("inside.example.org", d.Port) + "/canary-path": "leads to an address that is not public",
		"https://nowhere.example.org/canary-path":                                    "does not exist",
		foreign.URL + "/canary-path":                                                 "certificate is not valid",
		"http://" + d.Address + "/canary-path":                                       "could not be reached",
	} {
		f, _ := errors.AsType[*Failure](sender(t, address).Send(t.Context(), message()))
		if f == nil || !f.Again || !strings.Contains(f.Reason, want) || strings.Contains(f.Reason, "canary") || strings.Contains(f.Reason, "127.0.0.1") {
			t.Errorf("%s: %v, want %q", address, f, want)
		}
	}
	if n := d.Visits(t); n != 1 {
		t.Errorf("this machine was reached %d times, want once, by its address", n)
	}
	slow := make(chan struct{})
	w, _, _ := receiver(t, func(http.ResponseWriter, *http.Request) { <-slow })
	w.client.Timeout = 20 * time.Millisecond
	f, _ := errors.AsType[*Failure](w.Send(t.Context(), message()))
	close(slow)
	if f == nil || !f.Again || f.Reason != "the webhook did not answer in time" {
		t.Errorf("no answer: %v", f)
	}
}
