package harness

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// readerPath is set for the child process of this test that reads the database until it is killed.
const readerPath = "HARNESS_READER_PATH"

// A reader prevents a full checkpoint, and the fsync of the pages that were copied fails: they would not be
// copied again. The program must end, and the next one must read the log.
func TestPowerCut_AfterALostCheckpointTheNextStartReadsTheLog(t *testing.T) {
	t.Parallel()
	sim := startSimulator(t)
	s := newPowerCutRun(t, sim, "lost pages")
	unmount := mount(t, s.disk, s.mount)
	first := s.in.serve(t)
	s.fleet.add(first)
	ctx, stopVisitors := context.WithCancel(t.Context())
	waitForVisitors := s.fleet.runVisitors(ctx, crowd, s.issued)
	s.issued.awaitMore(t, 20)
	reader := launch(t, t.TempDir(), []string{readerPath + "=" + filepath.Join(s.mount, "intake.db")}, os.Args[0])
	await(t, "somebody reads", func() bool { return strings.Contains(reader.out.String(), "reading") })
	s.issued.awaitMore(t, 100) // about six writes each: a partial checkpoint runs
	s.disk.inject(2, 0)
	reader.kill() // and the checkpoint runs to the end
	await(t, "the program ends", func() bool { return !first.runs() })
	s.killed = []lifetime{{first.started, time.Now()}}
	if code := first.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(first.out.String(), "the disk lost what was moved") {
		t.Errorf("it ended with %d and said\n%s", code, first.out.String())
	}
	s.fleet.remove(first)
	s.disk.inject(0, 0)

	next := s.in.serve(t)
	s.fleet.add(next)
	s.issued.awaitMore(t, 100)
	s.cutAndCount(next, unmount, func() { stopVisitors(); waitForVisitors() }, sim)
}

// The fsync of commits fails, and the program dies without a power cut: SQLite finds those commits in the log and
// accepts them. What the next program acknowledges after them must be there after a power cut.
func TestPowerCut_NothingIsPromisedBehindACommitThatWasNotFsynced(t *testing.T) {
	t.Parallel()
	sim := startSimulator(t)
	s := newPowerCutRun(t, sim, "a hole in the log")
	unmount := mount(t, s.disk, s.mount)
	first := s.in.serve(t)
	s.fleet.add(first)
	ctx, stopVisitors := context.WithCancel(t.Context())
	waitForVisitors := s.fleet.runVisitors(ctx, crowd, s.issued)
	s.issued.awaitMore(t, 20)
	s.disk.inject(1, 0)
	await(t, "commits fail", func() bool { return s.disk.inject(1, 0) >= 10 })
	first.kill()
	s.killed = []lifetime{{first.started, first.killed}}
	s.fleet.remove(first)
	s.disk.inject(0, 0)

	next := s.in.serve(t)
	s.fleet.add(next)
	s.issued.awaitMore(t, 10) // too few to cause a checkpoint
	s.cutAndCount(next, unmount, func() { stopVisitors(); waitForVisitors() }, sim)
}

// cutAndCount cuts the power under the program and checks every receipt against what is left.
func (s *powerCutRun) cutAndCount(p *process, unmount, waitForVisitors func(), sim *simulatorProcess) {
	s.t.Helper()
	s.disk.powerOff()
	p.kill()
	s.fleet.remove(p)
	unmount()
	waitForVisitors()
	s.killed, s.disk = append(s.killed, lifetime{p.started, p.killed}), s.disk.powerOn(dropAll, s.random)
	s.checkSurvivors()
	s.issued.checkNoStepLost(s.t)
	for _, complaint := range s.comeToRest(sim, s.issued.handles()).audit().all() {
		s.t.Error(complaint)
	}
}

// readUntilKilled opens a read transaction and never ends it.
func readUntilKilled(path string) int {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err == nil {
		var tx *sql.Tx
		if tx, err = db.Begin(); err == nil {
			var n int
			err = tx.QueryRow("select count(*) from lead").Scan(&n)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("reading")
	select {}
}
