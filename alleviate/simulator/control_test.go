package simulator

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func postJSON(t *testing.T, address, body string) reply {
	t.Helper()
	return send(t, http.MethodPost, address, body, map[string]string{"Content-Type": "application/json"})
}

func postForm(t *testing.T, address string, form url.Values, header map[string]string) reply {
	t.Helper()
	all := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for name, value := range header {
		all[name] = value
	}
	return send(t, http.MethodPost, address, form.Encode(), all)
}

func TestControl_RefusesForeignHosts(t *testing.T) {
	s := start(t)
	_, port, _ := strings.Cut(s.Addr(), ":")
	for _, path := range []string{"", "/ledger.json", "/faults", "/style.css"} {
		for _, host := range []string{"evil.example", "evil.example:" + port, "127.0.0.1.evil.example", "10.0.0.1"} {
			if r := send(t, http.MethodGet, s.ControlURL()+path, "", map[string]string{"Host": host}); r.status != http.StatusMisdirectedRequest {
				t.Errorf("%s as %s: %d", path, host, r.status)
			}
		}
		for _, host := range []string{"localhost:" + port, "127.0.0.1", "[::1]:" + port, "[::1]"} {
			if r := send(t, http.MethodGet, s.ControlURL()+path, "", map[string]string{"Host": host}); r.status != http.StatusOK {
				t.Errorf("%s as %s: %d", path, host, r.status)
			}
		}
	}
}

func TestControl_RefusesOtherSites(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/faults", "/faults/clear", "/hostile", "/assumptions", "/tokens/revoke", "/clock", "/reset"} {
		for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}} {
			if r := postForm(t, s.ControlURL()+path, url.Values{"fault": {"500"}}, header); r.status != http.StatusForbidden {
				t.Errorf("%s with %v: %d, want 403", path, header, r.status)
			}
		}
		if r := send(t, http.MethodPut, s.ControlURL()+path, "", nil); r.status != http.StatusMethodNotAllowed {
			t.Errorf("PUT %s: %d, want 405", path, r.status)
		}
	}
}

func TestControl_WorksByFormWithoutJavaScript(t *testing.T) {
	s := start(t)
	c := call1(t, s)
	same := map[string]string{"Sec-Fetch-Site": "same-origin"}
	for _, step := range []struct {
		path string
		form url.Values
		then func() bool
	}{
		{"/faults", url.Values{"fault": {"503"}, "operation": {"createLead"}, "when": {"after"}, "mode": {"next"}, "n": {"2"}, "retryAfter": {"30"}, "value": {""}, "delay": {""}, "body": {""}, "lead": {""}},
			func() bool {
				return cmp.Equal(s.Faults(), []Fault{{Name: "503", Operation: opCreate, When: after, Mode: "next", N: 2, RetryAfter: "30"}})
			}},
		{"/faults/clear", url.Values{}, func() bool { return len(s.Faults()) == 0 }},
		{"/hostile", url.Values{"on": {"true"}}, func() bool { return s.script.isHostile() }},
		{"/hostile", url.Values{"on": {"false"}}, func() bool { return !s.script.isHostile() }},
		{"/assumptions", url.Values{"duplicateMatch": {"off"}, "keyedByLeadId": {"true"}, "submitUnknown": {"410"}}, func() bool {
			a := s.Assumptions()
			return a.DuplicateMatch == matchOff && a.KeyedByLeadID && a.SubmitUnknown == 410 && a.ProcessingLooks == 2
		}},
		{"/tokens/revoke", url.Values{}, func() bool { return c.ask("{ __typename }", nil, "").status == 401 }},
		{"/reset", url.Values{}, func() bool { return len(s.Ledger().Entries) == 0 }},
	} {
		r := postForm(t, s.ControlURL()+step.path, step.form, same)
		if r.status != http.StatusSeeOther || r.header.Get("Location") != "/control" {
			t.Errorf("%s %v: %d to %q: %s", step.path, step.form, r.status, r.header.Get("Location"), r.body)
		}
		if !step.then() {
			t.Errorf("%s %v changed nothing", step.path, step.form)
		}
	}
}

// Every input of the assumption form, sent back as it was shown, must change nothing.
func TestControl_AssumptionFormRoundTrips(t *testing.T) {
	s := start(t)
	was := s.Assumptions()
	form := url.Values{}
	for _, a := range was.Describe() {
		form.Set(a.Name, a.Value)
	}
	if r := postForm(t, s.ControlURL()+"/assumptions", form, nil); r.status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if d := cmp.Diff(was, s.Assumptions()); d != "" {
		t.Errorf("(-was +is):\n%s", d)
	}
	names, _ := json.Marshal(was)
	var fields map[string]any
	if err := json.Unmarshal(names, &fields); err != nil || len(fields) != len(form) {
		t.Errorf("%d assumptions, %d described (%v)", len(fields), len(form), err)
	}
}

func TestControl_WorksByJSON(t *testing.T) {
	s := start(t)
	call1(t, s).create(person("1"), "")
	r := postJSON(t, s.ControlURL()+"/faults", `[{"fault":"401"},{"fault":"cut","when":"after","operation":"createLead","mode":"percent","n":5}]`)
	var got struct {
		Seed    uint64
		Hostile bool
		Faults  []Fault
	}
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != 200 || len(got.Faults) != 2 || got.Seed != 7 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := postJSON(t, s.ControlURL()+"/faults", `{"fault":"500"}`); r.status != 200 || len(s.Faults()) != 3 {
		t.Errorf("one fault: %d %s", r.status, r.body)
	}
	if r := postJSON(t, s.ControlURL()+"/hostile", `{"on":true}`); r.status != 200 || !s.script.isHostile() {
		t.Errorf("hostile: %d %s", r.status, r.body)
	}
	for path, body := range map[string]string{
		"/faults": `{"fault":"nope"}`, "/assumptions": `{"nope":1}`, "/hostile": `x`, "/faults/": `x`,
	} {
		if r := postJSON(t, s.ControlURL()+path, body); r.status != 422 && r.status != 404 {
			t.Errorf("%s %s: %d", path, body, r.status)
		}
	}
	if r := postJSON(t, s.ControlURL()+"/assumptions", `{"duplicateMatch":"name"}`); r.status != 422 || s.Assumptions().DuplicateMatch != matchEither {
		t.Errorf("a choice that is none: %d", r.status)
	}
	var l Ledger
	r = send(t, http.MethodGet, s.ControlURL()+"/ledger.json", "", nil)
	if err := json.Unmarshal([]byte(r.body), &l); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s.Ledger(), l); d != "" || len(l.Leads) != 1 {
		t.Errorf("ledger.json (-want +got):\n%s", d)
	}
	if r := postJSON(t, s.ControlURL()+"/reset", ""); r.status != 200 || len(s.Ledger().Leads) != 0 {
		t.Errorf("reset: %d", r.status)
	}
}

func TestControl_MasksNumbersThatLookLikeSSNs(t *testing.T) {
	s := start(t)
	c := call1(t, s)
	c.create(person("1", map[string]any{"address2": "unit 987-65-4321", "employerName": "<script>987654321</script>", "clientIP": "987 65 4321"}), "")
	c.create(person("2", map[string]any{"socialSecurityNumber": "98-76"}), "")
	c.create(person("3", map[string]any{"socialSecurityNumber": 987654321}), "")
	c.ask(`mutation { createLead(input: {socialSecurityNumber: "987654321"}) { id } }`, nil, "")
	c.create(person("4"), "echo")
	page := send(t, http.MethodGet, s.ControlURL(), "", nil).body
	for _, bad := range []string{"123456789", "987654321", "987-65-4321", "987 65 4321", "98-76", "9.87654321", "<script>"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is on the page", bad)
		}
	}
	for _, good := range []string{"Lovelace", phone("1"), "ada1@example.com", mask} {
		if !strings.Contains(page, good) {
			t.Errorf("%q is not on the page", good)
		}
	}
	ledger := send(t, http.MethodGet, s.ControlURL()+"/ledger.json", "", nil).body
	if !strings.Contains(ledger, "123456789") {
		t.Error("ledger.json does not hold the input as received")
	}
}

func TestControl_PageHasNothingInline(t *testing.T) {
	s := start(t)
	if err := s.Script(Fault{Name: "500"}); err != nil {
		t.Fatal(err)
	}
	r := send(t, http.MethodGet, s.ControlURL(), "", nil)
	if bad := regexp.MustCompile(`(?i)<script|<style|style=|\son\w+=|javascript:|https?://[^1l]`).FindString(r.body); bad != "" {
		t.Errorf("the page has %q", bad)
	}
	if !strings.Contains(r.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Error("no content security policy")
	}
	for _, want := range []string{"assumed", "documented", "sandbox&#43;qualified-1013@test.alleviate.com", s.TokenURL(), "</html>"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if css := send(t, http.MethodGet, s.ControlURL()+"/style.css", "", nil); css.status != 200 || !strings.HasPrefix(css.header.Get("Content-Type"), "text/css") {
		t.Errorf("style: %d %s", css.status, css.header.Get("Content-Type"))
	}
}

func TestControl_MovesTheClockForwardAndNothingElse(t *testing.T) {
	alone := start(t)
	if r := postJSON(t, alone.ControlURL()+"/clock", `{"forward":"24h"}`); r.status != http.StatusUnprocessableEntity || !strings.Contains(r.body, "intake clock -forward") {
		t.Errorf("a simulator that runs alone: %d %s", r.status, r.body)
	}
	var moved []time.Duration
	s, err := Start(Config{ClientID: "client", Secrets: []string{"secret"}, MoveClock: func(_ context.Context, forward time.Duration) error {
		moved = append(moved, forward)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	for _, body := range []string{`{"forward":"-1h"}`, `{"forward":"0s"}`, `{"forward":"tomorrow"}`, `{"back":"1h"}`, ``} {
		if r := postJSON(t, s.ControlURL()+"/clock", body); r.status != http.StatusUnprocessableEntity || len(moved) > 0 {
			t.Errorf("%q: %d, moved by %s", body, r.status, moved)
		}
	}
	if r := postForm(t, s.ControlURL()+"/clock", url.Values{"forward": {"720h"}}, nil); r.status != http.StatusSeeOther || !slices.Equal(moved, []time.Duration{720 * time.Hour}) {
		t.Errorf("%d, moved by %s", r.status, moved)
	}
	if r := send(t, http.MethodGet, s.ControlURL(), "", nil); !strings.Contains(r.body, `action="/control/clock"`) {
		t.Error("the page has no form for it")
	}
}
