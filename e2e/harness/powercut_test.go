package harness

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// powerCutRun is one database through many power cuts, with the same visitors and the same simulator.
type powerCutRun struct {
	t      *testing.T
	in     *installation
	disk   *disk
	mount  string
	fleet  *fleet
	issued *receiptLog
	killed []lifetime
	random *rand.Rand
}

func newPowerCutRun(t *testing.T, sim *simulatorProcess, name string) *powerCutRun {
	t.Helper()
	s := &powerCutRun{t: t, in: newInstallation(t, sim, "INTAKE_LOG=error"), disk: newDisk(), mount: tempMount(t),
		fleet: newFleet(0), issued: newReceiptLog(), random: chance(name)}
	s.in.database = "file:" + filepath.Join(s.mount, "intake.db")
	return s
}

func TestPowerCut_NoAcknowledgedLeadIsLostAndNoneIsSentTwice(t *testing.T) {
	t.Parallel()
	for _, kind := range []cutKind{dropAll, keepSectors, forgetEntries} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			sim := startSimulator(t, "SIMULATOR_LATENCY=10ms")
			s := newPowerCutRun(t, sim, string(kind))
			ctx, stopVisitors := context.WithCancel(t.Context())
			waitForVisitors := s.fleet.runVisitors(ctx, crowd, s.issued)
			for i := range *cuts {
				s.runUntilCut(kind, i%4 == 0)
				s.checkSurvivors()
			}
			stopVisitors()
			waitForVisitors()
			s.issued.checkNoStepLost(t)
			handles := s.issued.handles()
			e := s.comeToRest(sim, handles)
			for _, complaint := range e.audit().all() {
				t.Error(complaint)
			}
			if len(handles) == 0 {
				t.Error("nobody got a receipt, so nothing was proven")
			}
			t.Logf("seed %d: %d cuts, %d receipts, %d leads on disk, %d at the simulator", *seedFlag, *cuts, len(handles), len(e.rows), len(e.ledger.Processed()))
		})
	}
}

// runUntilCut starts the program on the disk and cuts the power at a random moment: early while it
// starts, otherwise once it has given a few receipts.
func (s *powerCutRun) runUntilCut(kind cutKind, early bool) {
	s.t.Helper()
	unmount := mount(s.t, s.disk, s.mount)
	p := s.in.start(s.t)
	if early {
		wait(time.Duration(s.random.IntN(150)) * time.Millisecond)
	} else {
		await(s.t, "the program is ready", func() bool { return p.isReady(s.t, "/readyz") })
		s.fleet.add(p)
		s.issued.awaitMore(s.t, 1+s.random.IntN(8))
		wait(time.Duration(s.random.IntN(150)) * time.Millisecond)
	}
	s.disk.powerOff()
	p.kill()
	s.fleet.remove(p)
	unmount()
	s.killed = append(s.killed, lifetime{p.started, p.killed})
	s.disk = s.disk.powerOn(kind, s.random)
}

// checkSurvivors checks what the cut left: the database is sound and has the lead of every receipt.
func (s *powerCutRun) checkSurvivors() {
	s.t.Helper()
	handles := s.issued.handles()
	if len(handles) == 0 {
		return // the cut may have come before there was a database
	}
	there := *s.in
	there.dir = s.t.TempDir()
	there.database = "file:" + filepath.Join(there.dir, "intake.db")
	s.disk.copyTo(s.t, there.dir)
	leads := openStore(s.t, there.database, s.in.keyset())
	defer leads.Close()
	for i, handle := range handles {
		if _, err := leads.FindByHandle(s.t.Context(), handle); err != nil {
			s.t.Errorf("receipt %d was given, and after the cut: %v", i+1, err)
		}
	}
	db := there.connect(s.t)
	defer db.Close()
	var sound string
	must(s.t, db.QueryRow("pragma integrity_check").Scan(&sound))
	if sound != "ok" {
		s.t.Errorf("the database is not sound: %s", sound)
	}
	must(s.t, os.RemoveAll(there.dir))
}

// comeToRest copies the disk to an ordinary folder and runs a program until every lead is delivered or in doubt.
func (s *powerCutRun) comeToRest(sim *simulatorProcess, handles []string) evidence {
	s.t.Helper()
	s.disk.copyTo(s.t, s.in.dir)
	s.in.database = "file:" + filepath.Join(s.in.dir, "intake.db")
	wait(longestLease) // so that the first check finds every expired lease
	p := s.in.serve(s.t)
	await(s.t, "every lead is at rest", func() bool { return s.in.undelivered(s.t) == 0 })
	p.stop()
	return s.in.collectEvidence(s.t, sim, handles, s.killed)
}

func TestPowerCut_AFailingDiskIsNeverTakenForASuccess(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		syncs, writes int
	}{
		{"every fifth fsync fails", 5, 0},
		{"every twentieth write finds the disk full", 0, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sim := startSimulator(t)
			s := newPowerCutRun(t, sim, tt.name)
			unmount := mount(t, s.disk, s.mount)
			p := s.in.serve(t)
			s.fleet.add(p)
			ctx, stopVisitors := context.WithCancel(t.Context())
			waitForVisitors := s.fleet.runVisitors(ctx, crowd, s.issued)
			s.disk.inject(tt.syncs, tt.writes)
			for s.disk.inject(tt.syncs, tt.writes) < *injected || refusals(s.issued) == 0 { // how long it takes depends on -injected
				wait(20 * ms)
			}
			failed, before := s.disk.inject(0, 0), len(s.issued.handles())
			await(t, "the program heals by itself", func() bool { return len(s.issued.handles()) > before+crowd })
			s.disk.powerOff()
			p.kill()
			s.fleet.remove(p)
			unmount()
			stopVisitors()
			waitForVisitors()
			s.killed, s.disk = []lifetime{{p.started, p.killed}}, s.disk.powerOn(dropAll, s.random)
			s.checkSurvivors()
			s.issued.checkNoStepLost(t)
			handles := s.issued.handles()
			for _, complaint := range s.comeToRest(sim, handles).audit().all() {
				t.Error(complaint)
			}
			s.checkAnswers(failed)
		})
	}
}

// checkAnswers checks that every answer without a receipt said that nothing was saved.
func (s *powerCutRun) checkAnswers(failed int) {
	s.t.Helper()
	others, _ := s.issued.failures()
	refused := 0
	for status, n := range others {
		refused += n
		if status < 500 {
			s.t.Errorf("%d posts were answered %d", n, status)
		}
	}
	if refused == 0 {
		s.t.Error("no post was refused, so nothing was proven")
	}
	s.t.Logf("seed %d: %d injected errors, %d posts refused (%v), %d receipts", *seedFlag, failed, refused, others, len(s.issued.handles()))
}

// The control: with synchronous=NORMAL a commit is not on disk, and the harness must find that. The writer is a
// child process of this test, so that a cut can kill it.
func TestPowerCut_FindsTheLossOfSynchronousNormal(t *testing.T) {
	for _, tt := range []struct {
		synchronous string
		wantLoss    bool
	}{{"FULL", false}, {"NORMAL", true}} {
		t.Run(tt.synchronous, func(t *testing.T) {
			lost, acknowledged := 0, 0
			for range *cuts {
				n, last := writeAndCut(t, tt.synchronous)
				acknowledged += n
				lost += max(0, n-last)
			}
			if (lost > 0) != tt.wantLoss {
				t.Errorf("%d of %d acknowledged rows were lost, want a loss: %v", lost, acknowledged, tt.wantLoss)
			}
			t.Logf("%d cuts: %d of %d acknowledged rows lost", *cuts, lost, acknowledged)
		})
	}
}

const (
	writerPath = "HARNESS_WRITER_PATH"
	writerSync = "HARNESS_WRITER_SYNC"
)

// writeAndCut returns how many rows a writer acknowledged before a power cut and how many are there
// after it.
func writeAndCut(t *testing.T, synchronous string) (acknowledged, there int) {
	t.Helper()
	d, dir := newDisk(), tempMount(t)
	unmount := mount(t, d, dir)
	p := launch(t, t.TempDir(), []string{writerPath + "=" + filepath.Join(dir, "rows.db"), writerSync + "=" + synchronous}, os.Args[0])
	await(t, "a hundred rows are written", func() bool { return lastNumber(p.out.String()) >= 100 })
	d.powerOff()
	p.kill()
	unmount()
	after := t.TempDir()
	d.powerOn(dropAll, nil).copyTo(t, after)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(after, "rows.db"))
	must(t, err)
	defer db.Close()
	if err := db.QueryRow("select count(*) from row").Scan(&there); err != nil && !strings.Contains(err.Error(), "no such table") {
		t.Fatal(err)
	}
	return lastNumber(p.out.String()), there
}

// lastNumber is the last complete line of a writer's output.
func lastNumber(said string) int {
	whole := []byte(said)[:strings.LastIndexByte(said, '\n')+1]
	lines := bytes.Fields(whole)
	if len(lines) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(string(lines[len(lines)-1])) // an error message is no number
	return n
}

// writeUntilKilled commits one row after the other and acknowledges each on standard output.
func writeUntilKilled(path, synchronous string) int {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous("+synchronous+")")
	if err == nil {
		_, err = db.Exec("create table if not exists row (n integer primary key, said text not null)")
	}
	for n := 1; err == nil; n++ {
		if _, err = db.Exec("insert into row (n, said) values (?, ?)", n, strings.Repeat("x", 500)); err == nil {
			_, err = fmt.Println(n)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}
