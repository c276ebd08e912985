package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

// behindProxies has proxies of ours at 192.0.2.0/24, where the tests' requests come from, and 10.0.0.0/8.
func behindProxies(c *handlers.Config) {
	c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("10.0.0.0/8")}
}

func TestVisitorAddress_IsWhatOurOwnProxySaysInEveryForm(t *testing.T) {
	app := handlerstest.New(t, behindProxies)
	for _, tt := range []struct {
		want  string
		lines []string
	}{
		{"203.0.113.7", []string{"203.0.113.7"}},
		{"203.0.113.7", []string{"203.0.113.7:54321"}},
		{"203.0.113.7", []string{`"203.0.113.7:54321"`}},
		{"203.0.113.7", []string{"::ffff:203.0.113.7"}},
		{"203.0.113.7", []string{"[::ffff:203.0.113.7]:1"}},
		{"203.0.113.7", []string{" \t203.0.113.7\t "}},
		{"2001:db8::1", []string{"2001:db8::1"}},
		{"2001:db8::1", []string{"[2001:db8::1]"}},
		{"2001:db8::1", []string{"[2001:db8::1]:443"}},
		{"2001:db8::1", []string{`"[2001:DB8::1]:443"`}},
		{"fe80::1", []string{"fe80::1%eth0"}},
		{"203.0.113.7", []string{"203.0.113.7, 10.0.0.2"}},
		{"203.0.113.7", []string{"203.0.113.7:1, 10.0.0.2:2"}},
		{"203.0.113.7", []string{"198.51.100.1, 203.0.113.7"}},
		{"203.0.113.7", []string{"198.51.100.1", "203.0.113.7"}},
		{"203.0.113.7", []string{"198.51.100.1, 203.0.113.7", "10.0.0.2"}},
		{"203.0.113.7", []string{"", "203.0.113.7, ,", " "}},
		{"10.0.0.9", []string{"10.0.0.9"}},
		{"10.0.0.9", []string{"10.0.0.9, 10.0.0.2"}},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["X-Forwarded-For"] = tt.lines
		if got := app.ClientIP(r).Reveal(); got != tt.want {
			t.Errorf("%q is %s, want %s", tt.lines, got, tt.want)
		}
	}
	if strings.Contains(app.Logged.String(), "INTAKE_TRUSTED_PROXIES") {
		t.Errorf("what can be read is warned of: %s", app.Logged)
	}
}

// unreadable are headers of our own proxy without an address of the visitor.
var unreadable = []string{
	"unknown", "_hidden", "_SEVKISEK:4711", "203.0.113.7, unknown", "203.0.113.7, unknown, 10.0.0.2", "203.0.113.7, _x, 10.0.0.2:80", "localhost", "203.0.113", "203.0.113.007",
	"203.0.113.7:port", "[203.0.113.7", "[2001:db8::1]443", "[2001:db8::1]:x", `"203.0.113.7`, `203.0.113.7"`, "for=203.0.113.7", "203.0.113.7 198.51.100.1", "0.0.0.0", "::",
	"000.000.000.000", "canary-7319", "", " , ,",
}

func TestVisitorAddress_IsNeverTheProxysWhenUnknown(t *testing.T) {
	for _, header := range unreadable {
		app := handlerstest.New(t, behindProxies)
		r := app.Submission(handlerstest.Filled())
		r.Header.Set("X-Forwarded-For", header)
		if got := app.Do(r).Code; got != http.StatusSeeOther {
			t.Fatalf("%q: got %d", header, got)
		}
		l, record := app.Store.OnlyLead(t)
		if l.Permission.ClientIP.Given() || record.ClientIP.Given() || record.ProxyChain.Reveal() != header {
			t.Errorf("%q: Alleviate hears of %q, evidence says %q, and the chain is %q", header, l.Permission.ClientIP.Reveal(), record.ClientIP.Reveal(), record.ProxyChain.Reveal())
		}
	}
	app := handlerstest.New(t, behindProxies)
	app.Do(app.Submission(handlerstest.Filled()))
	if _, record := app.Store.OnlyLead(t); record.ClientIP.Given() || record.ProxyChain.Given() {
		t.Errorf("without a header evidence says %q", record.ClientIP.Reveal())
	}
}

func TestVisitorAddress_OfAnOptOutIsNeverTheProxys(t *testing.T) {
	for header, want := range map[string]string{"unknown": "", "203.0.113.7:54321": "203.0.113.7"} {
		app := handlerstest.New(t, behindProxies)
		r := handlerstest.Request(http.MethodPost, "/opt-out", url.Values{"contact": {"512-555-0148"}}.Encode())
		r.Header.Set("X-Forwarded-For", header)
		if got := app.Do(r); got.Code != http.StatusSeeOther {
			t.Fatalf("got %d", got.Code)
		}
		if said := app.Store.OptOuts[0]; said.ClientIP.Reveal() != want || said.ClientIP.Given() != (want != "") {
			t.Errorf("%s is kept as %q, want %q", header, said.ClientIP.Reveal(), want)
		}
	}
}

func TestVisitorAddress_UnknownIsLoggedOnceWithoutTheHeader(t *testing.T) {
	app := handlerstest.New(t, behindProxies)
	for range 3 {
		for _, header := range unreadable {
			r := handlerstest.Request(http.MethodPost, "/opt-out", url.Values{"contact": {"512-555-0148"}}.Encode())
			r.Header.Set("X-Forwarded-For", header)
			app.Do(r)
		}
	}
	for _, shape := range []string{"missing", "unknown", "hidden", "unreadable"} {
		if got := strings.Count(app.Logged.String(), `"shape":"`+shape+`"`); got != 1 {
			t.Errorf("%s is warned of %d times", shape, got)
		}
	}
	if log := app.Logged.String(); !strings.Contains(log, "INTAKE_TRUSTED_PROXIES") || strings.Contains(log, "canary") || strings.Contains(log, "203.0.113") || strings.Contains(log, "SEVKISEK") {
		t.Errorf("the setting is not named, or the header is quoted: %s", log)
	}
	healthy := handlerstest.New(t, behindProxies)
	for _, path := range []string{"/healthz", "/readyz", "/robots.txt"} {
		healthy.Get(path)
	}
	if strings.Contains(healthy.Logged.String(), "INTAKE_TRUSTED_PROXIES") {
		t.Error("a look at the program's health is warned of")
	}
}

func TestVisitorAddress_UnknownMakesNoLeadSuspect(t *testing.T) {
	app, now := handlerstest.NewLimited(t, behindProxies)
	send := func(n int, header string) lead.Lead {
		*now = now.Add(10 * time.Millisecond) // below the limit on requests
		r := app.SubmissionFrom("192.0.2.7:4000", handlerstest.Numbered(n))
		r.Header.Set("X-Forwarded-For", header)
		app.Do(r)
		return app.NumberedLead(n)
	}
	for n := range 320 {
		if l := send(n, "unknown"); l.Status != lead.Received {
			t.Fatalf("form %d of visitors who are not known is %s because %q", n, l.Status, l.Reason)
		}
	}
	for n := range 21 {
		if l := send(1000+n, fmt.Sprintf("203.0.113.9:%d", 4000+n)); (l.Status == lead.Suspect) != (n == 20) {
			t.Errorf("form %d of one visitor, from another port each time, is %s", n, l.Status)
		}
	}
	for n := range 4 {
		form := handlerstest.Numbered(2000 + n)
		form.Set("homePhone", "512 555 9999")
		r := app.SubmissionFrom("192.0.2.7:4000", form)
		r.Header.Set("X-Forwarded-For", "unknown")
		app.Do(r)
		if l := app.NumberedLead(2000 + n); (l.Reason == "too many forms for one phone") != (n == 3) {
			t.Errorf("form %d for one phone is %s because %q", n, l.Status, l.Reason)
		}
	}
}

// A proxy that appends writes the last item, so what a visitor sends before it never counts.
func TestVisitorAddress_CannotBeForgedBehindAProxyThatAppends(t *testing.T) {
	app := handlerstest.New(t, behindProxies)
	for _, sent := range append(unreadable, "10.0.0.1", "192.0.2.9, 10.0.0.1", `"`, "[", strings.Repeat("unknown,", 1000)) {
		for _, lines := range [][]string{{sent + ", 203.0.113.7"}, {sent, "203.0.113.7:1"}, {sent + ",203.0.113.7, 10.0.0.2"}} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header["X-Forwarded-For"] = lines
			if got := app.ClientIP(r).Reveal(); got != "203.0.113.7" {
				t.Errorf("whoever sends %.40q is at %s", sent, got)
			}
		}
	}
}

func TestVisitorAddress_IgnoresHeadersOfUntrustedPeers(t *testing.T) {
	app := handlerstest.New(t, behindProxies)
	for _, header := range []string{"203.0.113.9", "unknown", "10.0.0.1"} {
		r := app.Submission(handlerstest.Filled())
		r.RemoteAddr = "198.51.100.4:1234"
		r.Header.Set("X-Forwarded-For", header)
		app.Do(r)
		if _, record := app.Store.OnlyLead(t); record.ClientIP.Reveal() != "198.51.100.4" || record.ProxyChain.Given() {
			t.Errorf("%s: evidence says %q by way of %q", header, record.ClientIP.Reveal(), record.ProxyChain.Reveal())
		}
	}
	if strings.Contains(app.Logged.String(), "INTAKE_TRUSTED_PROXIES") {
		t.Error("what a stranger sends is warned of as if our proxy had")
	}
}
