package e2e

import (
	"context"
	bytesof "encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// TestRestore_NobodyComesBackWhoWasErasedOrOptedOutAfterTheBackup loses the disk of a running program:
// what is left is a backup and the list that the program kept on another volume.
func TestRestore_NobodyComesBackWhoWasErasedOrOptedOutAfterTheBackup(t *testing.T) {
	t.Parallel()
	elsewhere := t.TempDir()
	list, backup := filepath.Join(elsewhere, "list"), filepath.Join(elsewhere, "backup")
	p := newProgram(t, "INTAKE_FORGET_FILE="+list, "ALLEVIATE_TOKEN_URL=http://"+freeAddr(t), "ALLEVIATE_API_URL=http://"+freeAddr(t)) // nothing goes out
	p.start()
	s := p.stored()
	a, b := storetest.Lead("a"), storetest.Lead("b")
	b.Applicant.HomePhone, b.Applicant.CellPhone, b.Applicant.WorkPhone = lead.Keep("2025550191"), lead.Private[string]{}, lead.Private[string]{}
	for _, l := range []lead.Lead{a, b} {
		_, err := s.Save(t.Context(), l, storetest.Record())
		must(t, err)
	}
	p.wants(0, "2 leads are in "+backup, "backup", backup)
	p.wants(0, "its answers are erased", "leads", "erase", "-id", string(a.ID), "-by", "ann", "-reason", "asked by letter")
	_, err := s.OptOut(t.Context(), lead.OptOut{At: time.Now(), Channel: "web", Language: "en", Phone: b.Applicant.HomePhone})
	must(t, err)
	must(t, s.Close())
	await(t, "the program has the opt-out on its list", func() bool { return strings.Contains(contents(t, list), "\nopted-out ") })
	p.kill()
	for _, name := range []string{"intake.db", "intake.db-wal", "intake.db-shm"} {
		must(t, os.Remove(p.file("data/"+name)))
	}

	p.wants(0, "1 leads were erased again, and 1 of people who opted out are stopped", "restore", backup, "-reason", "a lost disk")
	p.start()
	await(t, "the courier says why nothing goes out", func() bool { return p.out.has("nothing goes out: the database came from a backup") })
	p.stop()
	restored := p.stored()
	defer restored.Close()
	for _, tt := range []struct {
		lead   lead.Lead
		erased bool
		reason string
	}{{a, true, "erased on request"}, {b, false, lead.OptedOut}} {
		got, err := restored.Find(t.Context(), tt.lead.ID)
		must(t, err)
		if got.Status != lead.Closed || got.Reason != tt.reason || got.Applicant.FirstName.Given() == tt.erased {
			t.Errorf("%s because of %q, answers there: %v; want closed because of %q", got.Status, got.Reason, got.Applicant.FirstName.Given(), tt.reason)
		}
	}
}

// wants runs another subcommand in the same folder.
func (p *process) wants(code int, words string, args ...string) string {
	p.t.Helper()
	got, said := p.then(args)
	if got != code || !strings.Contains(said, words) {
		p.t.Errorf("intake %s ended with %d, want %d and %q in:\n%s", strings.Join(args, " "), got, code, words, said)
	}
	return said
}

const leadsInBackup = 3000 // some tens of megabytes, so that a backup takes a while

// TestBackup_KilledAtAnyPointLeavesAWholeOneOrNone kills intake backup when its folder shows that it has
// come so far. A file with the backup's name must restore with every lead; what is left under another
// name must not pass for a backup.
func TestBackup_KilledAtAnyPointLeavesAWholeOneOrNone(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start()
	p.stop()
	s := p.stored()
	fill(t, s, leadsInBackup)
	must(t, s.Close())
	info, err := os.Stat(p.file("data/intake.db"))
	must(t, err)
	killed := 0
	for _, point := range []struct {
		story string
		holds func(seen) bool
	}{
		{"the copy has begun", func(f seen) bool { return f.names > 0 }},
		{"a tenth of it is written", func(f seen) bool { return f.unfinished > info.Size()/10 }},
		{"half of it is written", func(f seen) bool { return f.unfinished > info.Size()/2 }},
		{"it is written and is being read back", func(f seen) bool { return f.closed }},
		{"its list is being written", func(f seen) bool { return f.listBegun }},
		{"its list has its name", func(f seen) bool { return f.list }},
		{"it has its name", func(f seen) bool { return f.named }},
	} {
		t.Run(point.story, func(t *testing.T) {
			folder := t.TempDir()
			wasKilled := p.backupKilled(t, folder, point.holds)
			if wasKilled {
				killed++
			}
			f := look(t, folder)
			t.Logf("killed: %v; %d of %d bytes left unfinished, list %v, backup %v", wasKilled, f.unfinished, info.Size(), f.list, f.named)
			p.checkBackups(t, folder)
		})
	}
	if killed < 4 {
		t.Errorf("%d of 7 backups were killed before their end: the test proves little", killed)
	}
}

// fill saves leads, many at once.
func fill(t *testing.T, s *store.Store, n int) {
	t.Helper()
	keys := make(chan int)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for i := range keys {
				l := storetest.Lead(fmt.Sprint("key ", i))
				l.Applicant.EmployerName = lead.Keep(strings.Repeat("employer ", 500))
				if _, err := s.Save(context.Background(), l, storetest.Record()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		keys <- i
	}
	close(keys)
	all.Wait()
}

// seen is what a backup's folder shows.
type seen struct {
	names      int   // files
	unfinished int64 // size of the biggest that is not finished
	closed     bool  // it was closed after something was written
	listBegun  bool
	list       bool
	named      bool
}

func look(t *testing.T, folder string) (f seen) {
	t.Helper()
	files, err := os.ReadDir(folder)
	must(t, err)
	for _, file := range files {
		f.names++
		f.listBegun = f.listBegun || strings.HasPrefix(file.Name(), ".backup.forget-unfinished-")
		f.list = f.list || file.Name() == "backup.forget"
		f.named = f.named || file.Name() == "backup"
		if info, err := file.Info(); err == nil && strings.Contains(file.Name(), "-unfinished-") {
			f.unfinished = max(f.unfinished, info.Size())
		}
	}
	return f
}

// backupKilled runs intake backup and kills it as soon as the folder is as the point says. It is false
// when the command was at its end before.
func (p *program) backupKilled(t *testing.T, folder string, point func(seen) bool) bool {
	t.Helper()
	events, err := syscall.InotifyInit1(syscall.IN_CLOEXEC)
	must(t, err)
	file := os.NewFile(uintptr(events), "inotify")
	_, err = syscall.InotifyAddWatch(events, folder, syscall.IN_CREATE|syscall.IN_MODIFY|syscall.IN_MOVED_TO|syscall.IN_CLOSE_WRITE)
	must(t, err)
	backup := newProcess(t, []string{"backup", filepath.Join(folder, "backup")})
	backup.dir, backup.settings = p.dir, p.settings
	backup.start()
	var over sync.WaitGroup
	over.Go(func() { // so that the wait below ends
		<-backup.ended
		if err := os.WriteFile(filepath.Join(folder, "ended"), nil, 0o600); err != nil {
			t.Error(err)
		}
	})
	closed := false
	for buffer := make([]byte, 64<<10); ; {
		n, err := file.Read(buffer)
		must(t, err)
		f := look(t, folder)
		closed = closed || f.unfinished > 0 && hasEvent(buffer[:n], syscall.IN_CLOSE_WRITE)
		f.closed = closed
		if point(f) || !backup.runs() {
			break
		}
	}
	backup.kill()
	over.Wait()
	must(t, file.Close())
	status, ok := backup.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}

// hasEvent says whether one of the events has the mask.
func hasEvent(events []byte, mask uint32) bool {
	for len(events) >= syscall.SizeofInotifyEvent {
		if bytesof.NativeEndian.Uint32(events[4:])&mask != 0 {
			return true
		}
		events = events[syscall.SizeofInotifyEvent+bytesof.NativeEndian.Uint32(events[12:]):]
	}
	return false
}

// checkBackups takes every file of the folder for a backup.
func (p *program) checkBackups(t *testing.T, folder string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	must(t, err)
	for _, file := range files {
		path := filepath.Join(folder, file.Name())
		switch {
		case file.Name() == "backup":
			if code, said := p.restored(t, path); code != 0 || !strings.Contains(said, fmt.Sprint(leadsInBackup, " leads may have been sent")) {
				t.Errorf("the backup that has its name does not restore: %d, %s", code, said)
			}
		case strings.Contains(file.Name(), "-unfinished-") && !strings.Contains(file.Name(), ".forget-"):
			if code, said := p.restored(t, path); code == 0 {
				t.Errorf("%s was taken for a backup: %s", file.Name(), said)
			}
			disguised := filepath.Join(t.TempDir(), "disguised")
			must(t, copyFile(path, disguised))
			code, said := p.restored(t, disguised, "-without-list")
			if code == 0 && !strings.Contains(said, fmt.Sprint(leadsInBackup, " leads may have been sent")) {
				t.Errorf("half a copy was taken for a backup: %s", said)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "backup")); errors.Is(err, fs.ErrNotExist) {
		p.wants(0, fmt.Sprint(leadsInBackup, " leads are in "), "backup", filepath.Join(folder, "backup"))
	}
}

// restored restores a file to a new database.
func (p *program) restored(t *testing.T, path string, flags ...string) (int, string) {
	t.Helper()
	return p.then(append([]string{"restore", path, "-reason", "a test"}, flags...), "INTAKE_DATABASE_URL=file:"+filepath.Join(t.TempDir(), "intake.db"))
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
