package harness

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
)

var replaced = flag.Int("replaced", 2, "rolling deploys: programs to be replaced under load, one after the other")

// asksEvery is how often the load balancer checks whether a program is ready.
const asksEvery = time.Second

// TestRoll_NobodyIsTurnedAwayWhileProgramsAreReplaced starts a new program beside the old one and stops the
// old one. The load balancer finds that out by its checks, and sends visitors to it for a second more.
func TestRoll_NobodyIsTurnedAwayWhileProgramsAreReplaced(t *testing.T) {
	t.Parallel()
	in, sim := newSandbox(t)
	people, issued := newFleet(stormPause), newReceiptLog()
	old := in.serve(t)
	people.add(old)
	ctx, stopVisitors := context.WithCancel(t.Context())
	waitForVisitors := people.runVisitors(ctx, crowd, issued)
	var longest time.Duration
	for range *replaced {
		fresh := in.serve(t)
		people.add(fresh)
		longest = max(longest, retire(t, people, old))
		old = fresh
	}
	stopVisitors()
	waitForVisitors()
	await(t, "every lead is at rest", func() bool { return in.undelivered(t) == 0 })
	if code := old.stop(); code != 0 {
		t.Errorf("the last program ended with %d, want 0", code)
	}
	others, broken := issued.failures()
	if len(others) > 0 || broken > 0 {
		t.Errorf("requests were refused: %v, and %d not answered at all", others, broken)
	}
	issued.checkNoStepLost(t)
	e := in.collectEvidence(t, sim, issued.handles())
	for _, complaint := range e.audit().all() {
		t.Error(complaint)
	}
	for id, r := range e.rows {
		if r.status == lead.InDoubt {
			t.Errorf("lead %q is in doubt, although every call was let end", id)
		}
	}
	t.Logf("%d programs replaced, the longest stop took %s: %d receipts, refused: %v, not answered: %d; %d leads on disk",
		*replaced, longest.Round(ms), len(e.promised), others, broken, len(e.rows))
}

// retire stops a program and returns how long that took. Visitors are sent to it until a check says that it is not
// ready.
func retire(t *testing.T, people *fleet, p *process) time.Duration {
	t.Helper()
	started := time.Now()
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	for p.isReady(t, "/readyz") {
		wait(asksEvery)
	}
	wait(asksEvery) // visitors are still sent to it until the next check of the balancer
	people.remove(p)
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("a program that was told to stop ended with %d, want 0:\n%s", code, p.out.String())
	}
	return time.Since(started)
}

// sandbox is an installation in the sandbox environment, where a stopping program waits for load balancers.
type sandbox struct {
	*installation
	master string
}

func newSandbox(t *testing.T) (sandbox, *simulatorProcess) {
	t.Helper()
	credentials := []string{"ALLEVIATE_CLIENT_ID=rolling", "ALLEVIATE_CLIENT_SECRET=a-secret-of-this-harness"}
	sim := startSimulator(t, append(credentials, "SIMULATOR_LATENCY=300ms")...)
	master := filepath.Join(t.TempDir(), "master")
	must(t, os.WriteFile(master, bytes.Repeat([]byte{7}, 32), 0o600))
	in := newInstallation(t, sim, append(credentials, "ALLEVIATE_ENVIRONMENT=sandbox", "ALLEVIATE_CRM=manual", "INTAKE_LOG=warn", "INTAKE_MASTER_KEY_FILE="+master)...)
	in.settings = append(in.settings, "INTAKE_KEYSET_FILE="+in.keyset())
	made := launch(t, in.dir, append([]string{"INTAKE_DATABASE_URL=" + in.database}, in.settings...), binary, "init")
	<-made.ended
	if made.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("intake init: %s", made.out.String())
	}
	return sandbox{in, master}, sim
}

// collectEvidence reads the evidence once no lead is being delivered; no program was killed.
func (in sandbox) collectEvidence(t *testing.T, sim *simulatorProcess, handles []string) evidence {
	t.Helper()
	keys, err := seal.Load(in.keyset(), in.master)
	must(t, err)
	s, err := store.Open(t.Context(), store.Options{URL: in.database, Environment: "sandbox", Keys: keys})
	must(t, err)
	defer s.Close()
	promised := make([]lead.PartnerID, len(handles))
	for i, handle := range handles {
		if l, err := s.FindByHandle(t.Context(), handle); err == nil {
			promised[i] = l.ID
		}
	}
	return evidence{promised: promised, rows: in.readRows(t), ledger: sim.ledger(t)}
}
