package harness

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
)

// enoughForFigures is how many leads the shares of those in doubt and of repeated calls are taken from.
const enoughForFigures = 100

// A simulator that misbehaves by chance, for minutes: every lead is answered, or in doubt with a lost
// answer in the ledger, and we call little more often than we must.
func TestSoak_AMisbehavingAlleviateCostsNoLead(t *testing.T) {
	t.Parallel()
	tw := startTwin(t, "SIMULATOR_FAULTS=on", "SIMULATOR_LATENCY=20ms", fmt.Sprintf("SIMULATOR_SEED=%d", *seedFlag|1))
	in := newInstallation(t, tw, "INTAKE_LOG=error")
	people, pr := newFleet(250*ms), newPromises()
	p := in.serve(t)
	people.add(p)
	ctx, goHome := context.WithCancel(t.Context())
	left := people.comeIn(ctx, crowd, pr)
	pass(time.Duration(*minutes * float64(time.Minute)))
	await(t, "there are enough receipts for figures", func() bool { return len(pr.list()) >= enoughForFigures })
	goHome()
	left()
	tw.order(t, "hostile", `{"on":false}`)
	p.stop() // a fresh program does not wait out what the twin said about later
	p = in.serve(t)
	await(t, "every lead is at rest", func() bool { return in.restless(t) == 0 })
	p.stop()
	pr.checkKept(t)
	e := in.gather(t, tw, pr.list(), nil)
	for _, complaint := range e.audit().all() {
		t.Error(complaint)
	}
	byStatus := map[lead.Status]int{}
	for _, r := range e.rows {
		byStatus[r.status]++
	}
	if n := byStatus[lead.Parked] + byStatus[lead.Refused]; n > 0 {
		t.Errorf("%d leads were parked or refused, and Alleviate refused none for good: %v", n, byStatus)
	}
	answered := byStatus[lead.Submitted] + byStatus[lead.Closed] + byStatus[lead.Created]
	if n := len(e.rows); answered < n*9/10 {
		t.Errorf("only %d of %d leads were answered: %v", answered, n, byStatus)
	}
	// 9 % of the calls are turned away and repeated; 12 % is the limit, and a small sample may stray.
	calls, n := len(e.twin.Calls("createLead")), float64(len(e.rows))
	if most := 1.12*n + 4*math.Sqrt(0.09*n); float64(calls) > most {
		t.Errorf("%d createLead calls for %.0f leads, want %.0f at most", calls, n, most)
	}
	faults := map[string]int{}
	for _, call := range e.twin.Entries {
		if name, _, _ := strings.Cut(call.Fault, ";"); name != "" {
			faults[name]++
		}
	}
	if len(faults) == 0 {
		t.Error("Alleviate did not misbehave, so nothing was proven")
	}
	others, broken := pr.others()
	if len(others) > 0 || broken > 0 {
		t.Errorf("posts were answered otherwise: %v, and %d not at all", others, broken)
	}
	t.Logf("seed %d: %d receipts, at rest: %v, %d createLead calls, faults: %v", *seedFlag, len(e.promised), byStatus, calls, faults)
}
