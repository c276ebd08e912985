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

// asksEvery is how often the balancer in front of the programs asks whether they are ready.
const asksEvery = time.Second

// TestRoll_NobodyIsTurnedAwayWhileProgramsAreReplaced has a new program beside the old one, tells the old
// one to stop, and lets a balancer find that out by itself: people are sent to it for a second more.
func TestRoll_NobodyIsTurnedAwayWhileProgramsAreReplaced(t *testing.T) {
	t.Parallel()
	in, tw := newSandbox(t)
	people, pr := newFleet(stormBreath), newPromises()
	old := in.serve(t)
	people.add(old)
	ctx, goHome := context.WithCancel(t.Context())
	left := people.comeIn(ctx, crowd, pr)
	var longest time.Duration
	for range *replaced {
		fresh := in.serve(t)
		people.add(fresh)
		longest = max(longest, retire(t, people, old))
		old = fresh
	}
	goHome()
	left()
	await(t, "every lead is at rest", func() bool { return in.restless(t) == 0 })
	if code := old.stop(); code != 0 {
		t.Errorf("the last program ended with %d, want 0", code)
	}
	others, broken := pr.others()
	if len(others) > 0 || broken > 0 {
		t.Errorf("requests were refused: %v, and %d not answered at all", others, broken)
	}
	pr.checkKept(t)
	e := in.gatherAll(t, tw, pr.list())
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

// retire tells a program to stop and returns how long that took. Nobody is turned away before the
// program itself says that it is not ready.
func retire(t *testing.T, people *fleet, p *process) time.Duration {
	t.Helper()
	begun := time.Now()
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	for p.isReady(t, "/readyz") {
		pass(asksEvery)
	}
	pass(asksEvery) // people are still sent to it while the balancer waits for its next look
	people.remove(p)
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("a program that was told to stop ended with %d, want 0:\n%s", code, p.out.String())
	}
	return time.Since(begun)
}

// sandbox is an installation in the environment in which a stopping program waits for balancers.
type sandbox struct {
	*installation
	master string
}

func newSandbox(t *testing.T) (sandbox, *twin) {
	t.Helper()
	credentials := []string{"ALLEVIATE_CLIENT_ID=rolling", "ALLEVIATE_CLIENT_SECRET=a-secret-of-this-harness"}
	tw := startTwin(t, append(credentials, "SIMULATOR_LATENCY=300ms")...)
	master := filepath.Join(t.TempDir(), "master")
	must(t, os.WriteFile(master, bytes.Repeat([]byte{7}, 32), 0o600))
	in := newInstallation(t, tw, append(credentials, "ALLEVIATE_ENVIRONMENT=sandbox", "ALLEVIATE_CRM=manual", "INTAKE_LOG=warn", "INTAKE_MASTER_KEY_FILE="+master)...)
	in.settings = append(in.settings, "INTAKE_KEYSET_FILE="+in.keyset())
	made := launch(t, in.dir, append([]string{"INTAKE_DATABASE_URL=" + in.database}, in.settings...), binary, "init")
	<-made.ended
	if made.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("intake init: %s", made.out.String())
	}
	return sandbox{in, master}, tw
}

// gatherAll is the evidence once nothing moves any more; nobody was killed.
func (in sandbox) gatherAll(t *testing.T, tw *twin, handles []string) evidence {
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
	return evidence{promised: promised, rows: in.rowsOf(t), twin: tw.ledger(t)}
}
