package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// watched is a program and the simulator beside it, whose health is told on the admin address too.
func watched(t *testing.T, twinSettings ...string) (p *program, tw *twin, admin string) {
	t.Helper()
	p, tw = apart(t, twinSettings...)
	admin = freeAddr(t)
	p.settings = append(p.settings, "INTAKE_ADMIN_ADDR="+admin)
	tw.start()
	return p, tw, admin
}

// awaitHealth waits until the one word of the program is the right one for the causes that should stand,
// and wants it on both addresses, as 200, while leads can be stored.
func (p *program) awaitHealth(admin string, causes ...string) {
	p.t.Helper()
	word := "ok\n"
	if len(causes) > 0 {
		word = "degraded\n"
	}
	await(p.t, fmt.Sprintf("it is degraded by %q", causes), func() bool {
		return fmt.Sprint(standing(p.t, admin)) == fmt.Sprint(causes) && fetch(p.t, "GET", p.url+"/healthz", "", "").body == word
	})
	for address, want := range map[string]string{p.url + "/healthz": word, "http://" + admin + "/healthz": word, p.url + "/readyz": "ready\n"} {
		if got := fetch(p.t, "GET", address, "", ""); got.status != http.StatusOK || got.body != want {
			p.t.Errorf("%s answers %d %q, want 200 %q", address, got.status, got.body, want)
		}
	}
}

// everyCause is the fixed list, as the metrics show it.
var everyCause = []string{"chain", "checkpoint", "chore", "credentials", "halted", "mark", "outage", "restored", "rotation", "secret", "serving", "throttled", "token"}

// standing are the causes that the metrics show as 1. It fails when they do not show each.
func standing(t testing.TB, admin string) []string {
	t.Helper()
	causes, shown := []string{}, []string{}
	for line := range strings.Lines(scrape(t, admin)) {
		cause, value, ok := strings.Cut(strings.TrimPrefix(line, `intake_degraded{cause="`), `"} `)
		if !ok || !strings.HasPrefix(line, "intake_degraded{") {
			continue
		}
		if shown = append(shown, cause); value == "1\n" {
			causes = append(causes, cause)
		}
	}
	if diff := cmp.Diff(everyCause, shown); diff != "" {
		t.Fatalf("causes (-want +shown):\n%s", diff)
	}
	return causes
}

func TestHealth_IsDegradedWhileNoTokenIsToBeHadAndLeadsAreAccepted(t *testing.T) {
	t.Parallel()
	p, tw, admin := watched(t)
	p.start()
	p.awaitHealth(admin)
	p.accepted(invented(0))
	awaitDelivered(t, tw.addr, 1)

	order(t, tw.addr, "faults", `{"fault":"503","operation":"token","mode":"always"}`)
	order(t, tw.addr, "tokens/revoke", "")
	p.accepted(invented(1)) // its call finds the token refused
	p.awaitHealth(admin, "token")
	p.accepted(invented(2))

	order(t, tw.addr, "faults/clear", "")
	p.awaitHealth(admin)
	awaitDelivered(t, tw.addr, 3)
	p.stop()
	if begun, ended := strings.Count(p.out.String(), `should look","degraded":"token"`), strings.Count(p.out.String(), `"no longer degraded","degraded":"token"`); begun != 1 || ended != 1 {
		t.Errorf("it is told %d times that it began and %d times that it ended:\n%s", begun, ended, p.out.String())
	}
	checkAtMostOnce(t, tw, 3)
}

func TestHealth_TellsARefusedSecretAndOneThatIsToBeRotated(t *testing.T) {
	t.Parallel()
	const right, wrong = "the-right-secret", "one-that-was-turned"
	p, tw, admin := watched(t, "ALLEVIATE_CLIENT_SECRET="+right)
	given := p.settings
	for i, tt := range []struct {
		settings  []string
		want      []string
		delivered int
	}{
		{[]string{"ALLEVIATE_CLIENT_SECRET=" + wrong}, []string{"credentials"}, 0},
		{[]string{"ALLEVIATE_CLIENT_SECRET=" + wrong, "ALLEVIATE_CLIENT_SECRET_NEXT=" + right}, []string{"rotation"}, 2},
		{[]string{"ALLEVIATE_CLIENT_SECRET=" + right}, nil, 3},
	} {
		p.settings = append(given[:len(given):len(given)], tt.settings...)
		p.start()
		p.awaitHealth(admin, tt.want...)
		p.accepted(invented(i))
		awaitDelivered(t, tw.addr, tt.delivered)
		p.awaitHealth(admin, tt.want...)
		p.stop()
	}
	checkAtMostOnce(t, tw, 3)
	reportLeaks(t, []place{{"the log", []byte(p.out.String())}}, canary{"a secret", right}, canary{"a secret", wrong})
}
