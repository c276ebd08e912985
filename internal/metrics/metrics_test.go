package metrics

import (
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/clock"
	"intake/internal/lead"
)

// leadsStub has three leads, or fails.
type leadsStub struct{ fail error }

func (s leadsStub) CountOpen(context.Context) (map[lead.Status]int, error) {
	return map[lead.Status]int{lead.Received: 2, lead.InDoubt: 3, lead.Parked: 4, lead.Suspect: 5, lead.Submitted: 6}, s.fail
}

func (s leadsStub) OldestUnsent(context.Context) (time.Time, error) {
	return noon.Add(-90 * time.Second), s.fail
}

var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

// scrape returns the values by name and labels.
func scrape(t *testing.T, m *Meter) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("got %d: %s", w.Code, w.Body.String())
	}
	values := map[string]string{}
	for line := range strings.Lines(w.Body.String()) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
			values[name] = value
		}
	}
	return values
}

func newMeter(leads Leads) *Meter {
	return New(Config{Leads: leads, TokenFetched: func() time.Time { return noon.Add(-time.Minute) }, SecretExpires: noon.Add(24 * time.Hour), Clock: clock.At(func() time.Time { return noon })})
}

func TestMeter_ShowsWhatHappened(t *testing.T) {
	m := newMeter(leadsStub{})
	m.Answered("/status/:handle", 404)
	m.Answered("/status/:handle", 410)
	m.Answered("", 503)
	m.Stored(lead.Received)
	m.Stored(lead.Suspect)
	m.Called(lead.Send, "ambiguous", 3*time.Second)
	m.Called(lead.Submit, "ok", time.Second)
	m.Blocked("script-src-elem")
	m.Linked("accepted")
	m.Degraded("token", true)
	m.Degraded("outage", true)
	m.Degraded("outage", false)
	got := scrape(t, m)
	for name, want := range map[string]string{
		`intake_answers_total{route="/status/:handle",status="4xx"}`: "2",
		`intake_answers_total{route="none",status="5xx"}`:            "1",
		`intake_accepts_total`:                                       "2",
		`intake_suspects_total`:                                      "1",
		`intake_blocked_total{directive="script-src-elem"}`:          "1",
		`intake_links_total{event="accepted"}`:                       "1",
		`intake_links_total{event="declined"}`:                       "0",
		`intake_degraded{cause="token"}`:                             "1",
		`intake_degraded{cause="outage"}`:                            "0",
		`intake_calls_total{class="ambiguous",step="send"}`:          "1",
		`intake_calls_total{class="ok",step="submit"}`:               "1",
		`intake_calls_total{class="throttled",step="look"}`:          "0",
		`intake_create_lead_seconds_count`:                           "1",
		`intake_create_lead_seconds_sum`:                             "3",
		`intake_leads{state="received"}`:                             "2",
		`intake_leads{state="in_doubt"}`:                             "3",
		`intake_leads{state="parked"}`:                               "4",
		`intake_leads{state="suspect"}`:                              "5",
		`intake_leads{state="sending"}`:                              "0",
		`intake_oldest_unsent_seconds`:                               "90",
		`intake_token_age_seconds`:                                   "60",
		`intake_secret_expires_timestamp_seconds`:                    "1.7954352e+09",
		`intake_store_readable`:                                      "1",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %s", name, got[name], want)
		}
	}
}

func TestMeter_ShowsAChainOnlyOnceItWasChecked(t *testing.T) {
	m := newMeter(leadsStub{})
	for name := range scrape(t, m) {
		if strings.HasPrefix(name, "intake_chain") {
			t.Errorf("%s is shown before any check", name)
		}
	}
	if m.ChainBroken() {
		t.Error("a chain is broken before any check")
	}
	m.ChainChecked("audit", noon, 41, true)
	if m.ChainBroken() {
		t.Error("a whole chain is broken")
	}
	m.ChainChecked("audit", noon.Add(time.Hour), 7, false)
	m.ChainChecked("other", noon, 1, true)
	if !m.ChainBroken() {
		t.Error("no chain is broken although one is")
	}
	got := scrape(t, m)
	for name, want := range map[string]string{
		`intake_chain_intact{chain="audit"}`: "0", `intake_chain_entries{chain="audit"}`: "7",
		`intake_chain_checked_timestamp_seconds{chain="audit"}`: "1.7953524e+09", `intake_chain_intact{chain="other"}`: "1",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %s", name, got[name], want)
		}
	}
}

func TestMeter_ShowsThatTheStoreDoesNotAnswer(t *testing.T) {
	got := scrape(t, newMeter(leadsStub{errors.New("canary-7319")}))
	for name, value := range got {
		if strings.HasPrefix(name, "intake_leads") || strings.HasPrefix(name, "intake_oldest") || strings.Contains(name+value, "canary") {
			t.Errorf("%s is %s although nobody knows", name, value)
		}
	}
	if got["intake_store_readable"] != "0" {
		t.Errorf("the store is readable: %q", got["intake_store_readable"])
	}
}

var label = regexp.MustCompile(`[{,](\w+)="`)

func TestMeter_HasOnlyTheListedLabels(t *testing.T) {
	m := newMeter(leadsStub{})
	m.Answered("/apply", 200)
	m.ChainChecked("audit", noon, 1, true)
	m.Degraded("token", true)
	seen := map[string]bool{}
	for name := range scrape(t, m) {
		for _, found := range label.FindAllStringSubmatch(name, -1) {
			seen[found[1]] = true
		}
	}
	want := []string{"cause", "chain", "class", "event", "le", "quantile", "route", "state", "status", "step", "version"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}
