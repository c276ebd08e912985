package e2e

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intake/alleviate/simulator"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// other is a way to restore a database without intake restore: copy keeps it as it is, and back puts that
// in its place.
type other struct {
	copy, back func(t *testing.T, p *program)
}

// others are the engines with the ways to restore them that we know nothing of.
func others(t *testing.T, p *program) map[string]other {
	t.Helper()
	file, dump := p.file("data/intake.db"), filepath.Join(t.TempDir(), "dump")
	return map[string]other{
		"an SQLite file is copied back": {
			copy: func(t *testing.T, p *program) { must(t, os.WriteFile(dump, []byte(contents(t, file)), 0o600)) },
			back: func(t *testing.T, p *program) {
				for _, end := range []string{"-wal", "-shm"} {
					_ = os.Remove(file + end) // a clean stop leaves none
				}
				must(t, os.WriteFile(file, []byte(contents(t, dump)), 0o600))
			},
		},
		"PostgreSQL is dumped and restored by its own tools": {
			copy: func(t *testing.T, p *program) {
				storetest.RunTool(t, p.setting("INTAKE_DATABASE_URL"), "pg_dump", "-F", "c", "-f", dump)
			},
			back: func(t *testing.T, p *program) {
				storetest.RunTool(t, p.setting("INTAKE_DATABASE_URL"), "pg_restore", "--clean", "--if-exists", dump)
			},
		},
		"PostgreSQL is restored to another database": {
			copy: func(t *testing.T, p *program) {
				storetest.RunTool(t, p.setting("INTAKE_DATABASE_URL"), "pg_dump", "-F", "c", "-f", dump)
			},
			back: func(t *testing.T, p *program) {
				old := p.setting("INTAKE_DATABASE_URL")
				storetest.RunTool(t, old, "psql", "-c", "create database restored")
				at, err := url.Parse(old)
				must(t, err)
				at.Path = "/restored"
				p.settings = append(p.settings, "INTAKE_DATABASE_URL="+at.String())
				storetest.RunTool(t, at.String(), "pg_restore", dump)
			},
		},
	}
}

// TestCopiedBack_NothingIsSentTwiceHoweverItWasRestored keeps a copy of a database in which a lead waits, lets
// the lead be sent, and serves the copy without intake restore.
func TestCopiedBack_NothingIsSentTwiceHoweverItWasRestored(t *testing.T) {
	t.Parallel()
	for story := range others(t, newProgram(t)) {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			tw := startTwin(t)
			p := newProgram(t, append(tw.addresses(), "INTAKE_ADMIN_ADDR="+freeAddr(t))...)
			way := others(t, p)[story]
			if strings.HasPrefix(story, "PostgreSQL") {
				p.settings = append(p.settings, "INTAKE_DATABASE_URL="+storetest.StartPostgres(t).Database(t))
			}
			p.start()
			first := p.keeps(t, "first")
			awaitDelivered(t, tw.addr, 1)
			p.stop()
			waits := p.keeps(t, "waits")
			way.copy(t, p)
			p.start()
			awaitDelivered(t, tw.addr, 2)
			p.stop()

			way.back(t, p)
			p.start()
			await(t, "it says that it came from a backup", func() bool { return p.out.has("the database came from a backup: nothing goes out") })
			p.awaitHealth(p.setting("INTAKE_ADMIN_ADDR"), "restored")
			p.wants(1, "RED  restore", "doctor")
			p.wants(1, "calls were made after the backup", "restore", "-lift", "-nothing-since", "-reason", "a clean stop")
			later := p.keeps(t, "later")
			p.wants(0, "Delivery goes on; 0 leads are due again", "restore", "-lift", "-reason", "all are settled")
			awaitDelivered(t, tw.addr, 3)
			p.awaitHealth(p.setting("INTAKE_ADMIN_ADDR"))
			p.stop()
			p.wantSentOnce(t, tw.ledger(), first, waits, later)
			s := p.opened(t)
			defer s.Close()
			if l, err := s.Facts(t.Context(), waits); err != nil || l.Status != lead.InDoubt || l.Reason != "restored" {
				t.Errorf("what was sent after the copy is %s, %q, %v", l.Status, l.Reason, err)
			}
		})
	}
}

// TestCopiedBack_ADrillTouchesNothingOfTheRunningSystem restores a backup beside a program that goes on, with
// the same keys and the same folder of its state.
func TestCopiedBack_ADrillTouchesNothingOfTheRunningSystem(t *testing.T) {
	t.Parallel()
	tw := startTwin(t)
	live := newProgram(t, tw.addresses()...)
	live.start()
	first := live.keeps(t, "first")
	awaitDelivered(t, tw.addr, 1)
	backup := filepath.Join(t.TempDir(), "backup")
	live.wants(0, "1 leads are in", "backup", backup)
	live.stop()
	live.start()
	live.forwardAMinute()
	second := live.keeps(t, "second")
	awaitDelivered(t, tw.addr, 2)
	await(t, "the head is written down", func() bool {
		found, err := filepath.Glob(live.file("data/consent-head-*.json"))
		return err == nil && len(found) == 1
	})
	before := live.state(t)
	if len(before) != 2 {
		t.Fatalf("the program keeps %d files about its database, want a head and a mark", len(before))
	}

	addr := freeAddr(t)
	drill := &program{process: newProcess(t, nil, append(live.settings, "INTAKE_ADDR="+addr, "INTAKE_PUBLIC_URL=http://localhost",
		"INTAKE_KEYSET_FILE="+live.file("data/keyset.json"))...), addr: addr}
	drill.wants(0, "The database is restored", "restore", backup, "-reason", "a drill")
	drill.start()
	await(t, "the drill says that it sends nothing", func() bool { return drill.out.has("nothing goes out") })
	drill.stop()
	for name, text := range before {
		if now := live.state(t)[name]; now != text {
			t.Errorf("the drill changed %s from %q to %q", name, text, now)
		}
	}
	third := live.keeps(t, "third")
	awaitDelivered(t, tw.addr, 3)
	live.wants(0, "they hold head ", "evidence", "verify")
	live.stop()
	live.wantSentOnce(t, tw.ledger(), first, second, third)
}

// state are the files that a program keeps about its database, by name.
func (p *program) state(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"data/consent-head-*.json*", "data/delivery-mark-*.json"} {
		found, err := filepath.Glob(p.file(pattern))
		must(t, err)
		for _, path := range found {
			files[filepath.Base(path)] = contents(t, path)
		}
	}
	return files
}

// opened opens the database of the program, as another process does.
func (p *program) opened(t *testing.T) *store.Store {
	t.Helper()
	keys, err := seal.Load(p.file("data/keyset.json"), "")
	must(t, err)
	at := p.setting("INTAKE_DATABASE_URL")
	if at == "" {
		at = "file:" + p.file("data/intake.db")
	}
	s, err := store.Open(p.ctx(), store.Options{URL: at, Environment: "simulator", Keys: keys})
	must(t, err)
	return s
}

// keeps stores a lead as another process does.
func (p *program) keeps(t *testing.T, key string) lead.PartnerID {
	t.Helper()
	phone := map[string]string{"first": "2025550161", "second": "2025550162", "third": "2025550163", "waits": "2025550164", "later": "2025550165"}[key]
	s := p.opened(t)
	defer s.Close()
	l := storetest.Lead(key)
	l.Applicant.Email, l.Applicant.HomePhone = lead.Keep(key+"@example.com"), lead.Keep(phone)
	l.Applicant.CellPhone, l.Applicant.WorkPhone = lead.Private[string]{}, lead.Private[string]{}
	_, err := s.Save(t.Context(), l, storetest.Record())
	must(t, err)
	return l.ID
}

// wantSentOnce compares the createLead calls of a simulator: one for each of the leads, and no other.
func (p *program) wantSentOnce(t *testing.T, ledger simulator.Ledger, ids ...lead.PartnerID) {
	t.Helper()
	got, want := map[string]int{}, map[string]int{}
	for _, call := range ledger.Calls("createLead") {
		got[fmt.Sprint(inputOf(t, call)["leadId"])]++
	}
	for _, id := range ids {
		want[string(id)] = 1
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || len(ledger.Leads) != len(ids) {
		t.Errorf("calls %v and %d leads there, want %v", got, len(ledger.Leads), want)
	}
}

// TestFileGone_EndsTheProgram takes the database from a running program: it says so and ends, and the next start
// does not make a new one beside the log that is left.
func TestFileGone_EndsTheProgram(t *testing.T) {
	t.Parallel()
	p := serve(t)
	must(t, os.Remove(p.file("data/intake.db")))
	await(t, "the program ends", func() bool { return !p.runs() })
	if code := p.cmd.ProcessState.ExitCode(); code != 1 || !p.out.has("was removed or replaced while it was open") {
		t.Errorf("ended with %d:\n%s", code, p.out.String())
	}
	p.wants(1, "stands alone, in which leads may be", "serve")
	p.wants(1, "stands alone, in which leads may be", "init")
}
