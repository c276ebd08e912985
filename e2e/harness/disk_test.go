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

// count is how many leads there are.
func (in *installation) count(t testing.TB) int {
	t.Helper()
	db := in.connect(t)
	defer db.Close()
	var n int
	must(t, db.QueryRow("select count(*) from lead").Scan(&n))
	return n
}

// tmpfs is a file system of a few bytes; only root can make one.
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
	dir, tw := tmpfs(t, "4m"), startTwin(t)
	in := newInstallation(t, tw, "INTAKE_LOG=error")
	in.database = "file:" + filepath.Join(dir, "intake.db")
	p := in.serve(t)
	people, pr := newFleet(0), newPromises()
	people.add(p)
	people.apply(t.Context(), pr) // returns with a receipt
	filler := filepath.Join(dir, "filler")
	must(t, os.WriteFile(filler, make([]byte, 1<<20), 0o600))
	ctx, goHome := context.WithCancel(t.Context())
	left := people.comeIn(ctx, crowd, pr)
	const enough = 20 // refusals
	await(t, "the disk is full", func() bool { return refusals(pr) >= enough })
	await(t, "the program says that it is not ready", func() bool { return !p.isReady(t, "/readyz") })
	first := pr.list()[0]
	if !p.isReady(t, "/status/"+first) {
		t.Error("on a full disk the status page of a stored lead does not open")
	}
	goHome()
	left()
	must(t, os.Remove(filler))
	await(t, "it heals by itself", func() bool { return p.isReady(t, "/readyz") })
	people.apply(t.Context(), pr) // returns with a receipt
	await(t, "every lead is at rest", func() bool { return in.restless(t) == 0 })
	p.kill()
	pr.checkKept(t)
	e := in.gather(t, tw, pr.list(), []life{{p.begun, p.killed}})
	for _, complaint := range e.audit().all() {
		t.Error(complaint)
	}
	others, _ := pr.others()
	for status, n := range others {
		if status < 500 {
			t.Errorf("%d posts were answered %d", n, status)
		}
	}
	t.Logf("%d receipts, all on disk; refused: %v", len(e.promised), others)
}

func refusals(pr *promises) int {
	others, _ := pr.others()
	sum := 0
	for _, n := range others {
		sum += n
	}
	return sum
}

func TestLocked_ADatabaseHeldByAnotherIsWaitedForOrSaidSo(t *testing.T) {
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
			in := newInstallation(t, startTwin(t), "INTAKE_LOG=error")
			p := in.serve(t)
			v := newVisitor().toTheCheck(t, p.url())
			free := in.hold(t, tt.held)
			begun := time.Now()
			status, first, err := v.finish(p.url(), v.last)
			must(t, err)
			if took := time.Since(begun); status != tt.want || took > 8*time.Second {
				t.Errorf("answered %d after %s, want %d within 8 s", status, took, tt.want)
			}
			<-free
			status, second, err := v.finish(p.url(), v.last)
			if err != nil || status != http.StatusSeeOther || first != "" && first != second {
				t.Errorf("the same key again is answered %d (%v), want the one receipt", status, err)
			}
			if n := in.count(t); n != 1 {
				t.Errorf("%d leads are stored, want 1", n)
			}
		})
	}
}

// hold locks the database against writers as another program would, and tells when it is free again.
func (in *installation) hold(t *testing.T, held time.Duration) <-chan struct{} {
	t.Helper()
	db := in.connectToWrite(t)
	_, err := db.Exec("begin immediate")
	must(t, err)
	free := make(chan struct{})
	go func() {
		defer close(free)
		pass(held)
		if _, err := db.Exec("rollback"); err != nil {
			t.Error(err)
		}
		_ = db.Close() // read and rolled back
	}()
	return free
}
