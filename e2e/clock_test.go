package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// A month passes for two programs and a command that share a database, in seconds: the control page moves
// the clock of all of them, and what is kept for so long is erased.
func TestClock_AMoveIsFeltByAllProcessesOfTheDatabase(t *testing.T) {
	t.Parallel()
	p := serve(t)
	id := p.idOf(p.accepted(everything()))
	awaitDelivered(t, p.twin, 1)
	second := newProcess(t, nil, append(p.settings, "INTAKE_ADDR="+freeAddr(t), "INTAKE_ADMIN_ADDR="+freeAddr(t), "SIMULATOR_ADDR="+freeAddr(t))...)
	second.dir = p.dir
	second.start()
	await(t, "the second program serves", func() bool { return second.out.has("the page is open") })
	if code, said := p.then([]string{"clock"}); code != 0 || !strings.Contains(said, ", 0s ahead") {
		t.Fatalf("before: ended with %d: %s", code, said)
	}

	order(t, p.twin, "clock", `{"forward":"1h"}`)
	if code, said := p.then([]string{"clock"}); code != 0 || !strings.Contains(said, ", 1h0m0s ahead") {
		t.Errorf("by the control page: ended with %d: %s", code, said)
	}
	if code, said := p.then([]string{"clock", "-forward", "719h"}); code != 0 || !strings.Contains(said, ", 720h0m0s ahead") {
		t.Errorf("by the command: ended with %d: %s", code, said)
	}
	await(t, "the programs feel what the command did, and erase its answers", func() bool {
		s := p.stored()
		defer s.Close()
		l, err := s.Find(p.ctx(), id)
		must(t, err)
		return !l.Applicant.FirstName.Given()
	})
	p.visited.Store(false) // what the page was like is erased by now, for the most part
	if page := fetch(t, http.MethodGet, "http://"+p.twin+"/control", "", ""); !strings.Contains(page.body, `action="/control/clock"`) {
		t.Error("the control page has no form for it")
	}
}

func TestClock_IsTheMachinesOutsideOfTheSimulator(t *testing.T) {
	t.Parallel()
	p := sandbox(t, "init")
	p.run()
	if code, said := p.then([]string{"clock", "-forward", "1h"}); code != 1 || !strings.Contains(said, "only the clock of the simulator environment can be moved") {
		t.Errorf("ended with %d: %s", code, said)
	}
}
