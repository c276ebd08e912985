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

// readerPath makes this test's program a reader that stays in a database until it is killed.
const readerPath = "HARNESS_READER_PATH"

// A reader keeps the program from moving its whole log into the database, and the fsync of what was
// moved fails: nobody would move it again. The program ends, and the next one goes by the log.
func TestPowerCut_AfterPagesWereLostTheNextStartGoesByTheLog(t *testing.T) {
	t.Parallel()
	tw := startTwin(t)
	s := newCutStory(t, tw, "lost pages")
	unmount := mount(t, s.disk, s.mount)
	first := s.in.serve(t)
	s.fleet.add(first)
	ctx, goHome := context.WithCancel(t.Context())
	left := s.fleet.comeIn(ctx, crowd, s.pr)
	s.pr.awaitMore(t, 20)
	reader := launch(t, t.TempDir(), []string{readerPath + "=" + filepath.Join(s.mount, "intake.db")}, os.Args[0])
	await(t, "somebody reads", func() bool { return strings.Contains(reader.out.String(), "reading") })
	s.pr.awaitMore(t, 100) // some six writes each: the log is moved in part
	s.disk.inject(2, 0)
	reader.kill() // and the rest is moved
	await(t, "the program ends", func() bool { return !first.runs() })
	s.lives = []life{{first.begun, time.Now()}}
	if code := first.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(first.out.String(), "the disk lost what was moved") {
		t.Errorf("it ended with %d and said\n%s", code, first.out.String())
	}
	s.fleet.remove(first)
	s.disk.inject(0, 0)

	next := s.in.serve(t)
	s.fleet.add(next)
	s.pr.awaitMore(t, 100)
	s.cutAndCount(next, unmount, func() { goHome(); left() }, tw)
}

// The fsync of commits fails, and the program dies without a power cut: SQLite finds those commits in
// the log and takes them for sound. What the next program promises behind them must be there after a cut.
func TestPowerCut_NothingIsPromisedBehindACommitThatWasNotFsynced(t *testing.T) {
	t.Parallel()
	tw := startTwin(t)
	s := newCutStory(t, tw, "a hole in the log")
	unmount := mount(t, s.disk, s.mount)
	first := s.in.serve(t)
	s.fleet.add(first)
	ctx, goHome := context.WithCancel(t.Context())
	left := s.fleet.comeIn(ctx, crowd, s.pr)
	s.pr.awaitMore(t, 20)
	s.disk.inject(1, 0)
	await(t, "commits fail", func() bool { return s.disk.inject(1, 0) >= 10 })
	first.kill()
	s.lives = []life{{first.begun, first.killed}}
	s.fleet.remove(first)
	s.disk.inject(0, 0)

	next := s.in.serve(t)
	s.fleet.add(next)
	s.pr.awaitMore(t, 10) // too few for the log to be moved by their number
	s.cutAndCount(next, unmount, func() { goHome(); left() }, tw)
}

// cutAndCount cuts the power under the program and holds every promise against what is left.
func (s *cutStory) cutAndCount(p *process, unmount, everybodyLeaves func(), tw *twin) {
	s.t.Helper()
	s.disk.powerOff()
	p.kill()
	s.fleet.remove(p)
	unmount()
	everybodyLeaves()
	s.lives, s.disk = append(s.lives, life{p.begun, p.killed}), s.disk.powerOn(dropAll, s.random)
	s.checkSurvivors()
	s.pr.checkKept(s.t)
	for _, complaint := range s.settle(tw, s.pr.list()).audit().all() {
		s.t.Error(complaint)
	}
}

// readUntilKilled begins to read the database and stays in that moment of it.
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
