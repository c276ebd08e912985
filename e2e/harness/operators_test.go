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
	"intake/internal/store"
	"intake/internal/store/storetest"
)

var restores = flag.Int("restores", 1, "storm: copies of the database that are put in its place")

// longest is short, so that operators need not wait ten minutes for Alleviate's word.
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

// operators do by the book what has to be done while it storms.
type operators struct {
	s *storm

	copy     string    // the newest copy of the database
	copied   time.Time // when it was begun
	sent     int       // createLead calls at that time
	archive  map[lead.PartnerID]row
	restored []recovery
	ways     []string // in which it was restored
	rotated  int
	found    int // doubts that Alleviate has, and those that it has not
	notFound int
}

// work does what is due after so many of the storm's acts: in each of -restores rounds a copy is made, the
// sealing key is replaced, and the copy put in the database's place.
func (o *operators) work(done int) {
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

// rotate replaces the key that seals, beside the running programs.
func (o *operators) rotate() {
	o.s.t.Helper()
	id := regexp.MustCompile(`^\d+`).FindString(o.s.in.mustRun(o.s.t, "keys", "add", "-reason", "its time"))
	o.s.in.mustRun(o.s.t, "keys", "promote", id, "-reason", "its time")
	o.s.in.mustRun(o.s.t, "keys", "rotate", "-reason", "its time")
	o.rotated++
}

// copyDatabase makes a copy beside the running programs.
func (o *operators) copyDatabase() {
	o.s.t.Helper()
	o.copy, o.copied = filepath.Join(o.s.t.TempDir(), "copy"), time.Now()
	o.sent = len(o.s.tw.ledger(o.s.t).Calls("createLead"))
	if o.s.postgres == nil {
		o.s.in.mustRun(o.s.t, "backup", o.copy)
		return
	}
	storetest.RunTool(o.s.t, o.s.in.database, "pg_dump", "-F", "c", "-f", o.copy)
}

// restore ends all programs, puts the copy in the database's place, and brings everything back to work.
func (o *operators) restore() {
	s := o.s
	s.t.Helper()
	await(s.t, "leads were sent after the copy", func() bool { return len(s.tw.ledger(s.t).Calls("createLead")) > o.sent })
	programs := len(s.running)
	for len(s.running) > 0 {
		s.end(s.random.IntN(2) == 0)
	}
	s.leaving.Wait()
	o.restored = append(o.restored, recovery{copied: o.copied, stopped: time.Now()})
	o.archive = withHistory(o.archive, s.in.rowsOf(s.t))
	o.putBack()
	s.fleet.newEra()
	back := time.Now()
	for range programs {
		s.start()
	}
	s.pr.awaitMore(s.t, crowd) // people are served while nothing goes out
	o.resolve()
	for _, call := range s.tw.ledger(s.t).Calls("createLead") {
		if call.At.After(back) {
			s.t.Errorf("lead %q was sent before the restore was lifted", call.Key)
		}
	}
	s.in.mustRun(s.t, "restore", "-lift", "-reason", "what was in doubt is settled")
}

// putBack puts the copy in the database's place in one of the ways that people know. Only one of them is
// intake restore; after the others the program has to find out by itself.
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

// resolve asks Alleviate about every lead that is in doubt now, and says what it says.
func (o *operators) resolve() {
	s := o.s
	s.t.Helper()
	doubts := map[lead.PartnerID]bool{}
	for id, r := range s.in.rowsOf(s.t) {
		if r.status == lead.InDoubt {
			doubts[id] = true
		}
	}
	for len(doubts) > 0 { // the more there are, the longer it takes
		before := len(doubts)
		await(s.t, "Alleviate's word about the next doubt is taken", func() bool { o.ask(doubts); return len(doubts) < before })
	}
}

// ask takes those doubts away that are settled.
func (o *operators) ask(doubts map[lead.PartnerID]bool) {
	s := o.s
	s.t.Helper()
	asked, there := time.Now(), map[lead.PartnerID]string{}
	for _, known := range s.tw.ledger(s.t).Leads {
		there[lead.PartnerID(known.PartnerLeadID)] = known.ID
	}
	for id := range doubts {
		if !s.in.settles(s.t, id, there[id], asked) {
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

// settles says what Alleviate answered about a doubt when it was asked. It is false when that was too early,
// and true when a late answer has settled the doubt in between.
func (in *installation) settles(t testing.TB, id lead.PartnerID, there string, asked time.Time) bool {
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

// withHistory adds to leads what older databases knew of their history.
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
			if !slices.ContainsFunc(r.events, func(e store.Event) bool { return e.Event == event.Event && e.At.Equal(event.At) }) {
				r.events = append(r.events, event)
			}
		}
		slices.SortStableFunc(r.events, func(a, b store.Event) int { return a.At.Compare(b.At) })
		all[id] = r
	}
	return all
}

// account adds to the evidence what restores have taken away.
func (o *operators) account(e *evidence) {
	e.recoveries, e.gone = o.restored, map[lead.PartnerID]row{}
	for id, r := range withHistory(o.archive, e.rows) {
		if _, there := e.rows[id]; there {
			e.rows[id] = r
		} else {
			e.gone[id] = r
		}
	}
}

// An operator who says what Alleviate did not say doubles a lead, and the audit must see it.
func TestStorm_AWrongWordOfAnOperatorDoubles(t *testing.T) {
	t.Parallel()
	tw := startTwin(t)
	tw.order(t, "assumptions", `{"duplicateMatch":"off"}`)
	tw.order(t, "faults", `[{"fault":"cut","operation":"createLead","when":"after","mode":"next","n":1}]`)
	in := newInstallation(t, tw, longest, "INTAKE_LOG=error")
	p, pr, people := in.serve(t), newPromises(), newFleet(0)
	people.add(p)
	people.apply(t.Context(), pr)
	doubts := func() int { return in.countLeads(t, "status = 'in_doubt'") }
	await(t, "the lead is in doubt", func() bool { return doubts() == 1 })
	id := in.idsOf(t, pr.list())[0]
	await(t, "the lie is taken", func() bool { return in.settles(t, id, "", time.Now()) })
	await(t, "the lead is at rest", func() bool { return in.restless(t) == 0 && doubts() == 0 })
	p.stop()
	if found := in.gather(t, tw, pr.list(), nil).audit().doubled; len(found) != 1 {
		t.Errorf("the audit found %d leads that were processed twice, want 1", len(found))
	}
}

// restoreAt plants a copy and its restore into evidence, and receipts whose leads are not there.
func (e *evidence) restoreAt(copied, stopped time.Time, away ...receipt) {
	e.recoveries = append(e.recoveries, recovery{copied, stopped})
	e.receipts = make([]receipt, len(e.promised))
	for _, r := range away {
		e.receipts, e.promised = append(e.receipts, r), append(e.promised, "")
	}
}

// doubtRestored plants a lead that is in doubt because of a restore.
func (e *evidence) doubtRestored(at time.Time) {
	e.rows["restored"] = row{id: "restored", status: lead.InDoubt, events: []store.Event{{At: at, Event: lead.Restored}}}
}
