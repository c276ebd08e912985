package harness

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/store/leadtable"
	"intake/internal/store/storetest"
)

var restores = flag.Int("restores", 1, "storm: copies of the database that are put in its place")

// longest is short, so that operators do not have to wait ten minutes for Alleviate's answer.
const longest = "ALLEVIATE_MAX_PROCESSING=2s"

// run runs another command of the program in the installation, as an operator does.
func (in *installation) run(t testing.TB, args ...string) (code int, said string) {
	t.Helper()
	p := launch(t, in.dir, append([]string{"INTAKE_DATABASE_URL=" + in.database}, in.settings...), append([]string{binary}, args...)...)
	<-p.ended
	return p.cmd.ProcessState.ExitCode(), p.out.String()
}

// mustRun runs a command that has to succeed.
func (in *installation) mustRun(t testing.TB, args ...string) string {
	t.Helper()
	code, said := in.run(t, args...)
	if code != 0 {
		t.Fatalf("intake %s ended with %d:\n%s", strings.Join(args, " "), code, said)
	}
	return said
}

// operators do the documented operator work during a storm: copies, key rotations, restores and doubts.
type operators struct {
	s *storm

	copy     string    // the newest copy of the database
	copied   time.Time // when it was started
	sent     int       // createLead calls at that time
	archive  map[lead.PartnerID]row
	restored []recovery
	ways     []string // how it was restored
	rotated  int
	found    int // leads in doubt that Alleviate had, and those that it had not
	notFound int
}

// actIfDue does what is due after that many kills and rolls: in each of -restores rounds it copies the database,
// rotates the sealing key, and restores the copy.
func (o *operators) actIfDue(done int) {
	o.s.t.Helper()
	round := max(4, (*kills+*rolls) / *restores)
	if len(o.restored) == *restores {
		return
	}
	switch done % round {
	case round / 4:
		o.copyDatabase()
	case round / 2:
		o.rotate()
	case round * 3 / 4:
		o.restore()
	}
}

// rotate replaces the sealing key while programs run.
func (o *operators) rotate() {
	o.s.t.Helper()
	id := regexp.MustCompile(`^\d+`).FindString(o.s.in.mustRun(o.s.t, "keys", "add", "-reason", "its time"))
	o.s.in.mustRun(o.s.t, "keys", "promote", id, "-reason", "its time")
	o.s.in.mustRun(o.s.t, "keys", "rotate", "-reason", "its time")
	o.rotated++
}

// copyDatabase makes a copy while programs run.
func (o *operators) copyDatabase() {
	o.s.t.Helper()
	o.copy, o.copied = filepath.Join(o.s.t.TempDir(), "copy"), time.Now()
	o.sent = len(o.s.sim.ledger(o.s.t).Calls("createLead"))
	if o.s.postgres == nil {
		o.s.in.mustRun(o.s.t, "backup", o.copy)
		return
	}
	storetest.RunTool(o.s.t, o.s.in.database, "pg_dump", "-F", "c", "-f", o.copy)
}

// restore ends all programs, restores the copy, starts the programs and lifts the hold.
func (o *operators) restore() {
	s := o.s
	s.t.Helper()
	await(s.t, "leads were sent after the copy", func() bool { return len(s.sim.ledger(s.t).Calls("createLead")) > o.sent })
	programs := len(s.running)
	for len(s.running) > 0 {
		s.end(s.random.IntN(2) == 0)
	}
	s.leaving.Wait()
	o.restored = append(o.restored, recovery{copied: o.copied, stopped: time.Now()})
	o.archive = withHistory(o.archive, s.in.readRows(s.t))
	o.putBack()
	s.fleet.newEra()
	back := time.Now()
	for range programs {
		s.start()
	}
	s.issued.awaitMore(s.t, crowd) // people are served while nothing goes out
	s.fleet.hold()
	defer s.fleet.admit()
	o.resolve()
	for _, call := range s.sim.ledger(s.t).Calls("createLead") {
		if call.At.After(back) {
			s.t.Errorf("lead %q was sent before the restore was lifted", call.Key)
		}
	}
	s.in.mustRun(s.t, "restore", "-lift", "-reason", "what was in doubt is settled")
}

// putBack restores the copy in one of several ways. Only one of them is intake restore; after the others the
// program must detect the restore itself.
func (o *operators) putBack() {
	s := o.s
	s.t.Helper()
	byCommand, elsewhere := s.random.IntN(2) == 0, s.random.IntN(2) == 0
	switch file := strings.TrimPrefix(s.in.database, "file:"); {
	case s.postgres != nil && elsewhere:
		s.in.database = s.postgres.Database(s.t)
		storetest.RunTool(s.t, s.in.database, "pg_restore", o.copy)
		o.ways = append(o.ways, "pg_restore to another database")
	case s.postgres != nil:
		storetest.RunTool(s.t, s.in.database, "pg_restore", "--clean", "--if-exists", o.copy)
		o.ways = append(o.ways, "pg_restore in place")
	default:
		for _, end := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(file + end); err != nil && !os.IsNotExist(err) {
				s.t.Fatal(err)
			}
		}
		if byCommand {
			s.in.mustRun(s.t, "restore", o.copy, "-reason", "the disk broke")
			o.ways = append(o.ways, "intake restore")
			return
		}
		content, err := os.ReadFile(o.copy)
		must(s.t, err)
		must(s.t, os.WriteFile(file, content, 0o600))
		o.ways = append(o.ways, "the file copied back")
	}
}

// resolve resolves every lead that is in doubt now, with the simulator's answer.
func (o *operators) resolve() {
	s := o.s
	s.t.Helper()
	doubts := map[lead.PartnerID]bool{}
	for id, r := range s.in.readRows(s.t) {
		if r.status == lead.InDoubt {
			doubts[id] = true
		}
	}
	for len(doubts) > 0 { // the more there are, the longer it takes
		before := len(doubts)
		await(s.t, "Alleviate's word about the next doubt is taken", func() bool { o.ask(doubts); return len(doubts) < before })
	}
}

// ask tries to resolve each of the doubts and removes those that are resolved.
func (o *operators) ask(doubts map[lead.PartnerID]bool) {
	s := o.s
	s.t.Helper()
	asked, there := time.Now(), map[lead.PartnerID]string{}
	for _, known := range s.sim.ledger(s.t).Leads {
		there[lead.PartnerID(known.PartnerLeadID)] = known.ID
	}
	for id := range doubts {
		if !s.in.resolveDoubt(s.t, id, there[id], asked) {
			continue
		}
		delete(doubts, id)
		if there[id] != "" {
			o.found++
		} else {
			o.notFound++
		}
	}
}

// resolveDoubt resolves a doubt by what Alleviate answered when it was asked. It returns false when that was too
// early, and true also when a late answer has resolved the doubt in between.
func (in *installation) resolveDoubt(t testing.TB, id lead.PartnerID, there string, asked time.Time) bool {
	t.Helper()
	word := []string{"-there", there}
	if there == "" {
		word = []string{"-not-there", "-confirmed", "their support", "-at", asked.UTC().Format(time.RFC3339Nano)}
	}
	code, said := in.run(t, append([]string{"leads", "resolve", string(id), "-by", "ann", "-reason", "asked"}, word...)...)
	if code != 0 && in.countLeads(t, "status = 'in_doubt' and id = '"+string(id)+"'") == 0 {
		return true
	}
	if code != 0 && !strings.Contains(said, "the call may have landed until") {
		t.Fatalf("intake leads resolve %v ended with %d:\n%s", word, code, said)
	}
	return code == 0
}

// withHistory adds the events of older databases to rows.
func withHistory(older, rows map[lead.PartnerID]row) map[lead.PartnerID]row {
	all := maps.Clone(rows)
	if all == nil {
		all = map[lead.PartnerID]row{}
	}
	for id, old := range older {
		r, there := all[id]
		if !there {
			all[id] = old
			continue
		}
		for _, event := range old.events {
			if !slices.ContainsFunc(r.events, func(e leadtable.Event) bool { return e.Event == event.Event && e.At.Equal(event.At) }) {
				r.events = append(r.events, event)
			}
		}
		slices.SortStableFunc(r.events, func(a, b leadtable.Event) int { return a.At.Compare(b.At) })
		all[id] = r
	}
	return all
}

// addTo adds to the evidence what was lost to restores.
func (o *operators) addTo(e *evidence) {
	e.recoveries, e.gone = o.restored, map[lead.PartnerID]row{}
	for id, r := range withHistory(o.archive, e.rows) {
		if _, there := e.rows[id]; there {
			e.rows[id] = r
		} else {
			e.gone[id] = r
		}
	}
}

// An operator who resolves a doubt wrongly causes a second processing, and the audit must find it.
func TestStorm_AWrongAnswerOfAnOperatorDoubles(t *testing.T) {
	t.Parallel()
	sim := startSimulator(t)
	sim.control(t, "assumptions", `{"duplicateMatch":"off"}`)
	sim.control(t, "faults", `[{"fault":"cut","operation":"createLead","when":"after","mode":"next","n":1}]`)
	in := newInstallation(t, sim, longest, "INTAKE_LOG=error")
	p, issued, people := in.serve(t), newReceiptLog(), newFleet(0)
	people.add(p)
	people.apply(t.Context(), issued)
	doubts := func() int { return in.countLeads(t, "status = 'in_doubt'") }
	await(t, "the lead is in doubt", func() bool { return doubts() == 1 })
	id := in.leadIDs(t, issued.handles())[0]
	await(t, "the wrong answer is accepted", func() bool { return in.resolveDoubt(t, id, "", time.Now()) })
	await(t, "the lead is at rest", func() bool { return in.undelivered(t) == 0 && doubts() == 0 })
	p.stop()
	if found := in.collectEvidence(t, sim, issued.handles(), nil).audit().doubled; len(found) != 1 {
		t.Errorf("the audit found %d leads that were processed twice, want 1", len(found))
	}
}

// restoreAt adds to the evidence a restore and receipts whose leads are missing.
func (e *evidence) restoreAt(copied, stopped time.Time, backend ...receipt) {
	e.recoveries = append(e.recoveries, recovery{copied, stopped})
	e.receipts = make([]receipt, len(e.promised))
	for _, r := range backend {
		e.receipts, e.promised = append(e.receipts, r), append(e.promised, "")
	}
}

// doubtRestored adds to the evidence a lead that is in doubt because of a restore.
func (e *evidence) doubtRestored(at time.Time) {
	e.rows["restored"] = row{id: "restored", status: lead.InDoubt, events: []leadtable.Event{{At: at, Event: lead.Restored}}}
}
