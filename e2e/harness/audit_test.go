package harness

import (
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"intake/alleviate/simulator"
	"intake/internal/lead"
	"intake/internal/store"
)

// life is when a program ran, and whether it was killed.
type life struct{ from, to time.Time }

// row is a lead as the database has it, with the events that bear on doubts.
type row struct {
	id     lead.PartnerID
	status lead.Status
	step   lead.Step
	events []store.Event
}

// evidence is both ledgers and what lies between them, after everything has come to rest.
type evidence struct {
	promised []lead.PartnerID // one for each receipt; empty: its lead is not there
	rows     map[lead.PartnerID]row
	twin     simulator.Ledger
	killed   []life // the programs that were killed

	receipts   []receipt // those of promised, where databases were restored
	recoveries []recovery
	gone       map[lead.PartnerID]row // leads that went with the database that a copy replaced
}

// recovery is a copy of the database that was put in its place.
type recovery struct {
	copied  time.Time // when the copy was begun: every receipt of before has its lead in it
	stopped time.Time // when no program served the old database any more
}

// Findings, one sentence for each thing that must not be.
type findings struct{ lost, doubled, orphans, unexplained []string }

func (f findings) all() []string { return slices.Concat(f.lost, f.doubled, f.orphans, f.unexplained) }

// audit holds the ledgers against each other.
func (e evidence) audit() findings {
	var f findings
	processed := e.twin.Processed()
	for i, id := range e.promised {
		if e.restoredAway(i) {
			continue
		}
		if complaint := e.missed(id, processed); complaint != "" {
			f.lost = append(f.lost, fmt.Sprintf("receipt %d, lead %q: %s", i+1, id, complaint))
		}
	}
	for id, n := range processed {
		if n > 1 {
			f.doubled = append(f.doubled, fmt.Sprintf("lead %q was processed %d times", id, n))
		}
	}
	calls := map[string]int{}
	for _, call := range e.twin.Calls("createLead") {
		if complaint := e.unannounced(call, calls[call.Key]+1); complaint != "" {
			f.orphans = append(f.orphans, fmt.Sprintf("call %d, lead %q: %s", call.Seq, call.Key, complaint))
		}
		if call.Status != http.StatusUnauthorized { // whose one repeat belongs to the same intent
			calls[call.Key]++
		}
	}
	for _, r := range e.rows {
		if !e.explained(r) {
			f.unexplained = append(f.unexplained, fmt.Sprintf("lead %q is or was in doubt, and neither a kill nor a lost answer tells why: %v", r.id, r.events))
		}
	}
	return f
}

// restoredAway says whether the lead of a receipt was accepted after a copy that was restored, and is gone
// with what came after it.
func (e evidence) restoredAway(i int) bool {
	return e.promised[i] == "" && slices.ContainsFunc(e.recoveries, func(r recovery) bool {
		return !e.receipts[i].at.Before(r.copied) && e.receipts[i].from.Before(r.stopped)
	})
}

// missed says what became of a promise that was not kept (I1).
func (e evidence) missed(id lead.PartnerID, processed map[string]int) string {
	r, ok := e.rows[id]
	switch {
	case !ok:
		return "it is not in the database"
	case slices.Contains([]lead.Status{lead.Received, lead.Sending, lead.InDoubt, lead.Parked}, r.status):
		return "" // in a place that a person or the courier sees
	case processed[string(id)] == 0:
		return fmt.Sprintf("it is %s and Alleviate never processed it", r.status)
	}
	return ""
}

// unannounced says why a call should not have been made: it is the n-th of its lead, and fewer
// intents were on disk before it came (I3). Event times are whole milliseconds, rounded down.
func (e evidence) unannounced(call simulator.Entry, n int) string {
	r, ok := e.rows[lead.PartnerID(call.Key)]
	if !ok {
		r, ok = e.gone[lead.PartnerID(call.Key)]
	}
	if !ok {
		return "there is no such lead in the database"
	}
	begun := 0
	for _, event := range r.events {
		if (event.Event == lead.SendBegun || event.Event == lead.ResendBegun) && !event.At.After(call.At) {
			begun++
		}
	}
	if begun < n {
		return fmt.Sprintf("call %d of the lead came after %d intents on disk", n, begun)
	}
	return ""
}

// explained says whether each doubt that the lead was ever in has its cause.
func (e evidence) explained(r row) bool {
	var begun time.Time // of the createLead that may be in doubt next
	doubts := 0
	for _, event := range r.events {
		why := false
		switch event.Event {
		case lead.SendBegun, lead.ResendBegun:
			begun = event.At
			continue
		case lead.SubmitBegun, lead.LookBegun:
			begun = time.Time{}
			continue
		case lead.LeaseExpired:
			why = begun.IsZero() || e.wasKilled(begun) || e.wasUnanswered(r.id, begun)
		case lead.Ambiguous:
			why = e.wasUnanswered(r.id, begun)
		case lead.Restored:
			why = slices.ContainsFunc(e.recoveries, func(r recovery) bool { return !r.stopped.After(event.At.Add(time.Millisecond)) })
		default:
			continue
		}
		if !why {
			return false
		}
		doubts++
	}
	return doubts > 0 || r.status != lead.InDoubt
}

// wasKilled says whether a program was killed while a call that began then could have been running.
func (e evidence) wasKilled(begun time.Time) bool {
	return slices.ContainsFunc(e.killed, func(l life) bool {
		return l.from.Before(begun) && !l.to.Before(begun) && l.to.Sub(begun) <= longestLease
	})
}

// wasUnanswered says whether the twin lost the answer to a call of the lead, or kept it back for longer
// than the call's budget. What a busy machine then writes down first is the call's end or its lease's.
func (e evidence) wasUnanswered(id lead.PartnerID, begun time.Time) bool {
	return slices.ContainsFunc(e.twin.Calls("createLead"), func(call simulator.Entry) bool {
		return call.Key == string(id) && !call.At.Before(begun) && (strings.HasPrefix(call.Fault, "cut") || strings.HasPrefix(call.Fault, "slow"))
	})
}

// connect opens the program's database as a reader of its own.
func (in *installation) connect(t testing.TB) *sql.DB { return in.open(t, "mode=ro&") }

// connectToWrite opens it as one more program that could write; it has one connection.
func (in *installation) connectToWrite(t testing.TB) *sql.DB {
	db := in.open(t, "")
	db.SetMaxOpenConns(1)
	return db
}

func (in *installation) open(t testing.TB, mode string) *sql.DB {
	t.Helper()
	driver, address := "pgx", in.database
	if strings.HasPrefix(address, "file:") {
		driver, address = "sqlite", address+"?"+mode+"_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, address)
	must(t, err)
	return db
}

// rowsOf reads every lead with its history. The one text serves both engines.
func (in *installation) rowsOf(t testing.TB) map[lead.PartnerID]row {
	t.Helper()
	db := in.connect(t)
	defer db.Close()
	rows := map[lead.PartnerID]row{}
	found, err := db.Query("select id, status, step from lead")
	must(t, err)
	defer found.Close()
	for found.Next() {
		var r row
		must(t, found.Scan(&r.id, &r.status, &r.step))
		rows[r.id] = r
	}
	must(t, found.Err())
	events, err := db.Query("select lead_id, event, at from lead_event order by seq")
	must(t, err)
	defer events.Close()
	for events.Next() {
		var id lead.PartnerID
		var event store.Event
		var at int64
		must(t, events.Scan(&id, &event.Event, &at))
		event.At = time.UnixMilli(at)
		r := rows[id]
		r.events = append(r.events, event)
		rows[id] = r
	}
	must(t, events.Err())
	return rows
}

// restless counts the leads that the courier still has to carry. A scheduled look is rest.
func (in *installation) restless(t testing.TB) int {
	t.Helper()
	return in.countLeads(t, "status in ('sending', 'submitting') or step in ('send', 'submit')")
}

// unsettled counts the doubts that may still be sent again.
func (in *installation) unsettled(t testing.TB) int {
	t.Helper()
	return in.countLeads(t, "status = 'in_doubt' and resent = 0")
}

// resent counts the doubts that were sent again.
func (in *installation) resent(t testing.TB) int {
	t.Helper()
	return in.countLeads(t, "resent > 0")
}

func (in *installation) countLeads(t testing.TB, which string) (n int) {
	t.Helper()
	db := in.connect(t)
	defer db.Close()
	must(t, db.QueryRow("select count(*) from lead where "+which).Scan(&n))
	return n
}

// idsOf finds the lead of each receipt; one that is not there is empty.
func (in *installation) idsOf(t testing.TB, handles []string) []lead.PartnerID {
	t.Helper()
	s := openStore(t, in.database, in.keyset())
	defer s.Close()
	ids := make([]lead.PartnerID, len(handles))
	for i, handle := range handles {
		if l, err := s.FindByHandle(t.Context(), handle); err == nil {
			ids[i] = l.ID
		}
	}
	return ids
}

// gather is the evidence once nothing moves any more.
func (in *installation) gather(t testing.TB, tw *twin, handles []string, killed []life) evidence {
	t.Helper()
	return evidence{promised: in.idsOf(t, handles), rows: in.rowsOf(t), twin: tw.ledger(t), killed: killed}
}

// The audit is believed because it finds what is planted.
func TestAudit_FindsAPlantedLossDuplicateOrphanAndUnexplainedDoubt(t *testing.T) {
	at := func(seconds float64) time.Time {
		return time.Unix(0, 0).Add(time.Duration(seconds * float64(time.Second)))
	}
	call := func(seq int, id string, second float64) simulator.Entry {
		return simulator.Entry{Seq: seq, At: at(second), Operation: "createLead", Key: id, PartnerLeadID: id, Attempt: 1, ResultCode: 1015, Done: true}
	}
	begun := func(second float64) store.Event { return store.Event{At: at(second), Event: lead.SendBegun} }
	sound := func() evidence {
		return evidence{
			promised: []lead.PartnerID{"carried", "killed", "cut"},
			rows: map[lead.PartnerID]row{
				"carried": {id: "carried", status: lead.Submitted, events: []store.Event{begun(1)}},
				"killed":  {id: "killed", status: lead.InDoubt, events: []store.Event{begun(10), {At: at(14), Event: lead.LeaseExpired}}},
				"resent": {id: "resent", status: lead.InDoubt, events: []store.Event{begun(30), {At: at(30.1), Event: lead.Ambiguous},
					{At: at(40), Event: lead.ResendBegun}, {At: at(44), Event: lead.LeaseExpired}}},
				"cut": {id: "cut", status: lead.InDoubt, events: []store.Event{begun(20), {At: at(20.1), Event: lead.Ambiguous}}},
			},
			twin: simulator.Ledger{Entries: []simulator.Entry{call(1, "carried", 1.1),
				{Seq: 2, At: at(20.05), Operation: "createLead", Key: "cut", PartnerLeadID: "cut", Attempt: 1, Done: true, Fault: "cut; when=after"},
				{Seq: 3, At: at(30.05), Operation: "createLead", Key: "resent", PartnerLeadID: "resent", Attempt: 1, Done: true, Fault: "cut; when=after"}}},
			killed: []life{{at(9), at(10.5)}, {at(39), at(41)}},
		}
	}
	kindsOf := func(f findings) string {
		var kinds []string
		for _, kind := range []struct {
			name string
			list []string
		}{{"lost", f.lost}, {"doubled", f.doubled}, {"orphan", f.orphans}, {"unexplained", f.unexplained}} {
			if len(kind.list) > 0 {
				kinds = append(kinds, kind.name)
			}
		}
		return strings.Join(kinds, ", ")
	}
	for _, tt := range []struct {
		name  string
		plant func(e *evidence)
		want  string
	}{
		{"nothing planted", func(*evidence) {}, ""},
		{"a receipt without a row", func(e *evidence) { e.promised = append(e.promised, "") }, "lost"},
		{"a lead that claims to be there", func(e *evidence) { e.twin.Entries = e.twin.Entries[1:] }, "lost"},
		{"a lead processed twice", func(e *evidence) {
			r := e.rows["carried"]
			r.events = append(r.events, begun(1.15))
			e.rows["carried"] = r
			e.twin.Entries = append(e.twin.Entries, call(4, "carried", 1.2))
		}, "doubled"},
		{"a lead that is not ours", func(e *evidence) { e.twin.Entries = append(e.twin.Entries, call(4, "stray", 2)) }, "orphan"},
		{"a settled doubt without a kill", func(e *evidence) {
			r := e.rows["killed"]
			r.status = lead.Submitted
			e.rows["killed"], e.killed = r, e.killed[1:]
			e.twin.Entries = append(e.twin.Entries, call(4, "killed", 10.2))
		}, "unexplained"},
		{"a call before its intent", func(e *evidence) { e.twin.Entries[0].At = at(0.9) }, "orphan"},
		{"a doubt without a kill", func(e *evidence) { e.killed = nil }, "unexplained"},
		{"a kill before the call", func(e *evidence) { e.killed = []life{{at(9), at(9.5)}} }, "unexplained"},
		{"a second doubt without a kill", func(e *evidence) { e.killed = e.killed[:1] }, "unexplained"},
		{"a receipt that a restore took away", func(e *evidence) { e.restoreAt(at(5), at(8), receipt{at: at(6), from: at(1)}) }, ""},
		{"a receipt of before the copy that is gone", func(e *evidence) { e.restoreAt(at(5), at(8), receipt{at: at(4), from: at(1)}) }, "lost"},
		{"a receipt of after the restore that is gone", func(e *evidence) { e.restoreAt(at(5), at(8), receipt{at: at(9), from: at(8.5)}) }, "lost"},
		{"a call for a lead that a restore took away", func(e *evidence) {
			e.gone = map[lead.PartnerID]row{"gone": {id: "gone", events: []store.Event{begun(2)}}}
			e.twin.Entries = append(e.twin.Entries, call(4, "gone", 2.1))
		}, ""},
		{"a doubt of a restore", func(e *evidence) { e.restoreAt(at(5), at(8)); e.doubtRestored(at(8.2)) }, ""},
		{"a doubt of no restore", func(e *evidence) { e.doubtRestored(at(8.2)) }, "unexplained"},
		{"a doubt of before the restore", func(e *evidence) { e.restoreAt(at(5), at(8)); e.doubtRestored(at(7)) }, "unexplained"},
		{"a doubt without a cut", func(e *evidence) { e.twin.Entries[1].Fault = "" }, "unexplained"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := sound()
			tt.plant(&e)
			if f := e.audit(); kindsOf(f) != tt.want {
				t.Errorf("the audit found %q (%v), want %q", kindsOf(f), f.all(), tt.want)
			}
		})
	}
}
