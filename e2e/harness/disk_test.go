package harness

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const ms = time.Millisecond

// countAllLeads is how many leads there are.
func (in *installation) countAllLeads(t testing.TB) int {
	t.Helper()
	db := in.connect(t)
	defer db.Close()
	var n int
	must(t, db.QueryRow("select count(*) from lead").Scan(&n))
	return n
}

// tmpfs mounts a small file system in memory, which needs root.
func tmpfs(t testing.TB, size string) string {
	t.Helper()
	dir := tempMount(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Fatalf("this harness mounts a small tmpfs, which needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

func TestDiskFull_NobodyIsPromisedWhatIsNotOnDiskAndItHealsByItself(t *testing.T) {
	t.Parallel()
	dir, sim := tmpfs(t, "4m"), startSimulator(t)
	in := newInstallation(t, sim, "INTAKE_LOG=error")
	in.database = "file:" + filepath.Join(dir, "intake.db")
	p := in.serve(t)
	people, issued := newFleet(0), newReceiptLog()
	people.add(p)
	people.apply(t.Context(), issued) // returns with a receipt
	filler := filepath.Join(dir, "filler")
	must(t, os.WriteFile(filler, make([]byte, 1<<20), 0o600))
	ctx, stopVisitors := context.WithCancel(t.Context())
	waitForVisitors := people.runVisitors(ctx, crowd, issued)
	const enough = 20 // refused posts
	await(t, "the disk is full", func() bool { return refusals(issued) >= enough })
	await(t, "the program says that it is not ready", func() bool { return !p.isReady(t, "/readyz") })
	first := issued.handles()[0]
	if !p.isReady(t, "/status/"+first) {
		t.Error("on a full disk the status page of a stored lead does not open")
	}
	stopVisitors()
	waitForVisitors()
	must(t, os.Remove(filler))
	await(t, "it heals by itself", func() bool { return p.isReady(t, "/readyz") })
	people.apply(t.Context(), issued) // returns with a receipt
	await(t, "every lead is at rest", func() bool { return in.undelivered(t) == 0 })
	p.kill()
	issued.checkNoStepLost(t)
	e := in.collectEvidence(t, sim, issued.handles(), []lifetime{{p.started, p.killed}})
	for _, complaint := range e.audit().all() {
		t.Error(complaint)
	}
	others, _ := issued.failures()
	for status, n := range others {
		if status < 500 {
			t.Errorf("%d posts were answered %d", n, status)
		}
	}
	t.Logf("%d receipts, all on disk; refused: %v", len(e.promised), others)
}

func refusals(issued *receiptLog) int {
	others, _ := issued.failures()
	sum := 0
	for _, n := range others {
		sum += n
	}
	return sum
}

func TestLocked_ADatabaseLockedByAnotherIsWaitedForOrReported(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		held time.Duration
		want int
	}{
		{"for 3 s: the visitor waits", 3 * time.Second, http.StatusSeeOther},
		{"for 10 s: the visitor is told", 10 * time.Second, http.StatusServiceUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, startSimulator(t), "INTAKE_LOG=error")
			p := in.serve(t)
			v := newVisitor().goToCheckPage(t, p.url())
			free := in.lockDatabase(t, tt.held)
			started := time.Now()
			status, first, err := v.finish(p.url(), v.checkForm)
			must(t, err)
			if took := time.Since(started); status != tt.want || took > 8*time.Second {
				t.Errorf("answered %d after %s, want %d within 8 s", status, took, tt.want)
			}
			<-free
			status, second, err := v.finish(p.url(), v.checkForm)
			if err != nil || status != http.StatusSeeOther || first != "" && first != second {
				t.Errorf("the same key again is answered %d (%v), want the one receipt", status, err)
			}
			if n := in.countAllLeads(t); n != 1 {
				t.Errorf("%d leads are stored, want 1", n)
			}
		})
	}
}

// lockDatabase takes the write lock of the database as another program would; the channel is closed when it is released.
func (in *installation) lockDatabase(t *testing.T, held time.Duration) <-chan struct{} {
	t.Helper()
	db := in.connectToWrite(t)
	_, err := db.Exec("begin immediate")
	must(t, err)
	free := make(chan struct{})
	go func() {
		defer close(free)
		wait(held)
		if _, err := db.Exec("rollback"); err != nil {
			t.Error(err)
		}
		_ = db.Close() // the transaction was rolled back
	}()
	return free
}
