package e2e

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"intake/internal/lead"
)

// scrape is what Prometheus reads on the admin address.
func scrape(t testing.TB, admin string) string {
	t.Helper()
	got := fetch(t, "GET", "http://"+admin+"/metrics", "", "")
	if got.status != http.StatusOK {
		t.Fatalf("the metrics answered %d: %s", got.status, got.body)
	}
	return got.body
}

var metricLabel = regexp.MustCompile(`[{,](\w+)="([^"]*)"`)

func TestMetrics_TellWhatHappenedAndNobody(t *testing.T) {
	t.Parallel()
	admin := freeAddr(t)
	p := serve(t, "INTAKE_ADMIN_ADDR="+admin, "ALLEVIATE_CLIENT_SECRET="+secretCanary.value)
	order(t, p.twin, "faults", faultsBefore)
	receipt := p.visitor().tour(t)["accepted"].receipt(t)
	awaitDelivered(t, p.twin, 1)
	await(t, "the submission is counted", func() bool {
		return strings.Contains(scrape(t, admin), `intake_calls_total{class="ok",step="submit"} 1`)
	})
	text := scrape(t, admin)
	for _, line := range []string{
		"\nintake_accepts_total 1\n", "\nintake_suspects_total 0\n", "\nintake_oldest_unsent_seconds 0\n", "\nintake_store_readable 1\n",
		"\nintake_answers_total{route=\"/status/:handle\",status=\"2xx\"} ", "\nintake_calls_total{class=\"transient\",step=\"send\"} 1\n",
		"\nintake_leads{state=\"in_doubt\"} 0\n", "\nintake_token_age_seconds ", "\nintake_create_lead_seconds_count 2\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the metrics lack %q", line)
		}
	}
	routes := []string{"none", "/apply", "/", "/apply/debt", "/apply/you", "/apply/home", "/apply/income", "/apply/check",
		"/apply/later", "/apply/return/:token", "/apply/clear", "/consent", "/consent/:token",
		"/status/:handle", "/status/:handle/agreement", "/status/:handle/events", "/opt-out", "/opt-out/done", "/privacy", "/terms", "/zip", "/healthz", "/readyz", "/static/*"}
	for _, found := range metricLabel.FindAllStringSubmatch(text, -1) {
		switch name, value := found[1], found[2]; name {
		case "class", "le", "quantile", "state", "step", "version":
		case "cause":
			if !slices.Contains(everyCause, value) {
				t.Errorf("a cause is called %q", value)
			}
		case "chain":
			if value != "audit" && value != "consent" {
				t.Errorf("a chain is called %q", value)
			}
		case "event":
			if !slices.Contains([]string{"opened", "accepted", "declined", "wrong code"}, value) {
				t.Errorf("an event of a link is called %q", value)
			}
		case "route":
			if !slices.Contains(routes, value) {
				t.Errorf("a route is called %q", value)
			}
		case "status":
			if !regexp.MustCompile(`^[2345]xx$`).MatchString(value) {
				t.Errorf("a status is called %q", value)
			}
		default:
			t.Errorf("the label %s is not on the list", name)
		}
	}
	leaked := append(slices.Clone(personal), secretCanary, canary{"the handle", strings.TrimPrefix(receipt, "/status/")})
	reportLeaks(t, []place{{"the metrics", []byte(text)}}, leaked...)
	if len(leaks([]place{{"the metrics", []byte(text + secretCanary.value)}}, leaked...)) == 0 {
		t.Error("a planted canary was not found")
	}
}

func TestMetrics_AreNotForVisitorsAndProfilesOnlyWhenAsked(t *testing.T) {
	admin, profiled := freeAddr(t), freeAddr(t)
	p := serve(t, "INTAKE_ADMIN_ADDR="+admin)
	serve(t, "INTAKE_ADMIN_ADDR="+profiled, "INTAKE_PPROF=on")
	for address, want := range map[string]int{
		p.url + "/metrics": 404, p.url + "/debug/pprof/": 404,
		"http://" + admin + "/debug/pprof/": 404, "http://" + admin + "/": 404, "http://" + admin + "/debug/vars": 404,
		"http://" + admin + "/healthz": 200, "http://" + admin + "/readyz": 200,
		"http://" + profiled + "/debug/pprof/": 200, "http://" + profiled + "/debug/pprof/heap": 200,
	} {
		if got := fetch(t, "GET", address, "", ""); got.status != want {
			t.Errorf("%s answered %d, want %d", address, got.status, want)
		}
	}
	code, said := command(t, nil, "INTAKE_ADDR="+freeAddr(t), "INTAKE_ADMIN_ADDR="+admin)
	if code != 1 || !strings.Contains(said, "INTAKE_ADMIN_ADDR") || !strings.Contains(said, "address already in use") {
		t.Errorf("on a taken admin address it ended with %d and said %q", code, said)
	}
}

// TestFloor_IsOnUnlessSwitchedOff has the program as it comes, without the switches for load tests.
func TestFloor_IsOnUnlessSwitchedOff(t *testing.T) {
	p := serve(t, "INTAKE_RATE_LIMIT=on", "INTAKE_BOT_CHECKS=on")
	receipt := p.accepted(required()) // a form that a machine sends back at once
	l, _ := p.onDisk(receipt)
	if l.Status != lead.Suspect || l.Step != lead.AtRest || l.Reason != "filled in within 3 s" {
		t.Errorf("the lead is %s, step %q, because %q", l.Status, l.Step, l.Reason)
	}
	if page := p.get(receipt); page.status != 200 || !strings.Contains(page.body, `data-state="received"`) {
		t.Errorf("its page answers %d, or tells", page.status)
	}
	posts := len(steps) + 1 // those of the form
	for posts < 5000 && fetch(t, "POST", p.url+"/apply/you", formType, "").status != http.StatusTooManyRequests {
		posts++ // the valve answers some of them
	}
	if posts < 300 || posts == 5000 {
		t.Errorf("after %d posts the address is refused", posts)
	}
	if calls := p.ledger().Calls("createLead"); len(calls) != 0 {
		t.Errorf("%d suspects were sent to Alleviate", len(calls))
	}
}

// TestFloor_ATimeOutlivesTheProgram restarts it between the page and the sending.
func TestFloor_ATimeOutlivesTheProgram(t *testing.T) {
	p := serve(t, "INTAKE_BOT_CHECKS=on")
	v := p.visitor()
	page := v.walk(required())
	p.stop()
	p.start()
	l, _ := p.onDisk(v.finish(page, required()).receipt(t))
	if l.Status == lead.Suspect && l.Reason != "filled in within 3 s" {
		t.Errorf("after a restart the time of the page counts as %q", l.Reason)
	}
}
