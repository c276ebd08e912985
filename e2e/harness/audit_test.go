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
	"intake/internal/store/leadtable"
)

// lifetime is when a program ran.
type lifetime struct{ from, to time.Time }

// row is a lead in the database, with its history.
type row struct {
	id     lead.PartnerID
	status lead.Status
	step   lead.Step
	events []leadtable.Event
}

// evidence is what the audit compares once no lead is being delivered: the receipts, the database and the
// simulator's ledger.
type evidence struct {
	promised []lead.PartnerID // the lead of each receipt; empty when it is not in the database
	rows     map[lead.PartnerID]row
	ledger   simulator.Ledger
	killed   []lifetime // when the killed programs ran

	receipts   []receipt // the receipts of promised, when databases were restored
	recoveries []recovery
	gone       map[lead.PartnerID]row // leads of databases that were replaced, and not in the copy
}

// recovery is a restore of a copy of the database.
type recovery struct {
	copied  time.Time // when the copy was started: it has the lead of every earlier receipt
	stopped time.Time // when the last program on the old database had ended
}

// findings are the violations, one sentence each.
type findings struct{ lost, doubled, orphans, unexplained []string }

func (f findings) all() []string { return slices.Concat(f.lost, f.doubled, f.orphans, f.unexplained) }

// audit compares receipts, database and ledger.
func (e evidence) audit() findings {
	var f findings
	processed := e.ledger.Processed()
	for i, id := range e.promised {
		if e.lostToRestore(i) {
			continue
		}
		if complaint := e.lossOf(id, processed); complaint != "" {
			f.lost = append(f.lost, fmt.Sprintf("receipt %d, lead %q: %s", i+1, id, complaint))
		}
	}
	for id, n := range processed {
		if n > 1 {
			f.doubled = append(f.doubled, fmt.Sprintf("lead %q was processed %d times", id, n))
		}
	}
	calls := map[string]int{}
	for _, call := range e.ledger.Calls("createLead") {
		if complaint := e.withoutIntent(call, calls[call.Key]+1); complaint != "" {
			f.orphans = append(f.orphans, fmt.Sprintf("call %d, lead %q: %s", call.Seq, call.Key, complaint))
		}
		if call.Status != http.StatusUnauthorized { // its one repeat belongs to the same intent
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

// lostToRestore says whether the lead of a receipt is missing because an older copy of the database was
// restored.
func (e evidence) lostToRestore(i int) bool {
	return e.promised[i] == "" && slices.ContainsFunc(e.recoveries, func(r recovery) bool {
		return !e.receipts[i].at.Before(r.copied) && e.receipts[i].from.Before(r.stopped)
	})
}

// lossOf says how the lead of a receipt was lost; empty when it was not (I1).
func (e evidence) lossOf(id lead.PartnerID, processed map[string]int) string {
	r, ok := e.rows[id]
	switch {
	case !ok:
		return "it is not in the database"
	case slices.Contains([]lead.Status{lead.Received, lead.Sending, lead.InDoubt, lead.Parked}, r.status):
		return "" // a person or the courier will handle it
	case processed[string(id)] == 0:
		return fmt.Sprintf("it is %s and Alleviate never processed it", r.status)
	}
	return ""
}

// withoutIntent says why a call must not have been made: it is the n-th of its lead, and fewer than n intents
// were on disk before it (I3). Event times are whole milliseconds, rounded down.
func (e evidence) withoutIntent(call simulator.Entry, n int) string {
	r, ok := e.rows[lead.PartnerID(call.Key)]
	if !ok {
		r, ok = e.gone[lead.PartnerID(call.Key)]
	}
	if !ok {
		return "there is no such lead in the database"
	}
	started := 0
	for _, event := range r.events {
		if (event.Event == lead.SendBegun || event.Event == lead.ResendBegun) && !event.At.After(call.At) {
			started++
		}
	}
	if started < n {
		return fmt.Sprintf("call %d of the lead came after %d intents on disk", n, started)
	}
	return ""
}

// explained says whether there is a cause for each time that the lead was in doubt.
func (e evidence) explained(r row) bool {
	var started time.Time // the createLead that the next doubt may be about
	doubts := 0
	for _, event := range r.events {
		why := false
		switch event.Event {
		case lead.SendBegun, lead.ResendBegun:
			started = event.At
			continue
		case lead.SubmitBegun, lead.LookBegun:
			started = time.Time{}
			continue
		case lead.LeaseExpired:
			why = started.IsZero() || e.wasKilled(started) || e.wasUnanswered(r.id, started)
		case lead.Ambiguous:
			why = e.wasUnanswered(r.id, started)
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

// wasKilled says whether a program was killed while a call that started then could have been running.
func (e evidence) wasKilled(started time.Time) bool {
	return slices.ContainsFunc(e.killed, func(l lifetime) bool {
		return l.from.Before(started) && !l.to.Before(started) && l.to.Sub(started) <= longestLease
	})
}

// wasUnanswered says whether the simulator dropped the answer to a call of the lead, or delayed it beyond the
// call's budget. On a busy machine the end of the call or of its lease may be recorded first.
func (e evidence) wasUnanswered(id lead.PartnerID, started time.Time) bool {
	return slices.ContainsFunc(e.ledger.Calls("createLead"), func(call simulator.Entry) bool {
		return call.Key == string(id) && !call.At.Before(started) && (strings.HasPrefix(call.Fault, "cut") || strings.HasPrefix(call.Fault, "slow"))
	})
}

// connect opens the program's database for reading.
func (in *installation) connect(t testing.TB) *sql.DB { return in.open(t, "mode=ro&") }

// connectToWrite opens the database for writing, with one connection.
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

// readRows reads every lead with its history, from either engine.
func (in *installation) readRows(t testing.TB) map[lead.PartnerID]row {
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
		var event leadtable.Event
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

// undelivered counts the leads that must still be sent or submitted. A scheduled status check does not count.
func (in *installation) undelivered(t testing.TB) int {
	t.Helper()
	return in.countLeads(t, "status in ('sending', 'submitting') or step in ('send', 'submit')")
}

// resendable counts the leads in doubt that may still be sent again.
func (in *installation) resendable(t testing.TB) int {
	t.Helper()
	return in.countLeads(t, "status = 'in_doubt' and resent = 0")
}

// resent counts the leads that were sent again after a doubt.
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

// leadIDs finds the lead of each receipt; empty when it is not in the database.
func (in *installation) leadIDs(t testing.TB, handles []string) []lead.PartnerID {
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

// collectEvidence reads the evidence once no lead is being delivered.
func (in *installation) collectEvidence(t testing.TB, sim *simulatorProcess, handles []string, killed []lifetime) evidence {
	t.Helper()
	return evidence{promised: in.leadIDs(t, handles), rows: in.readRows(t), ledger: sim.ledger(t), killed: killed}
}

// The control: the audit must find each planted violation.
func TestAudit_FindsAPlantedLossDuplicateOrphanAndUnexplainedDoubt(t *testing.T) {
	at := func(seconds float64) time.Time {
		return time.Unix(0, 0).Add(time.Duration(seconds * float64(time.Second)))
	}
	call := func(seq int, id string, second float64) simulator.Entry {
		return simulator.Entry{Seq: seq, At: at(second), Operation: "createLead", Key: id, PartnerLeadID: id, Attempt: 1, ResultCode: 1015, Done: true}
	}
	started := func(second float64) leadtable.Event { return leadtable.Event{At: at(second), Event: lead.SendBegun} }
	sound := func() evidence {
		return evidence{
			promised: []lead.PartnerID{"carried", "killed", "cut"},
			rows: map[lead.PartnerID]row{
				"carried": {id: "carried", status: lead.Submitted, events: []leadtable.Event{started(1)}},
				"killed":  {id: "killed", status: lead.InDoubt, events: []leadtable.Event{started(10), {At: at(14), Event: lead.LeaseExpired}}},
				"resent": {id: "resent", status: lead.InDoubt, events: []leadtable.Event{started(30), {At: at(30.1), Event: lead.Ambiguous},
					{At: at(40), Event: lead.ResendBegun}, {At: at(44), Event: lead.LeaseExpired}}},
				"cut": {id: "cut", status: lead.InDoubt, events: []leadtable.Event{started(20), {At: at(20.1), Event: lead.Ambiguous}}},
			},
			ledger: simulator.Ledger{Entries: []simulator.Entry{call(1, "carried", 1.1),
				{Seq: 2, At: at(20.05), Operation: "createLead", Key: "cut", PartnerLeadID: "cut", Attempt: 1, Done: true, Fault: "cut; when=after"},
				{Seq: 3, At: at(30.05), Operation: "createLead", Key: "resent", PartnerLeadID: "resent", Attempt: 1, Done: true, Fault: "cut; when=after"}}},
			killed: []lifetime{{at(9), at(10.5)}, {at(39), at(41)}},
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
		{"a lead that claims to be there", func(e *evidence) { e.ledger.Entries = e.ledger.Entries[1:] }, "lost"},
		{"a lead processed twice", func(e *evidence) {
			r := e.rows["carried"]
			r.events = append(r.events, started(1.15))
			e.rows["carried"] = r
			e.ledger.Entries = append(e.ledger.Entries, call(4, "carried", 1.2))
		}, "doubled"},
		{"a lead that is not ours", func(e *evidence) { e.ledger.Entries = append(e.ledger.Entries, call(4, "stray", 2)) }, "orphan"},
		{"a settled doubt without a kill", func(e *evidence) {
			r := e.rows["killed"]
			r.status = lead.Submitted
			e.rows["killed"], e.killed = r, e.killed[1:]
			e.ledger.Entries = append(e.ledger.Entries, call(4, "killed", 10.2))
		}, "unexplained"},
		{"a call before its intent", func(e *evidence) { e.ledger.Entries[0].At = at(0.9) }, "orphan"},
		{"a doubt without a kill", func(e *evidence) { e.killed = nil }, "unexplained"},
		{"a kill before the call", func(e *evidence) { e.killed = []lifetime{{at(9), at(9.5)}} }, "unexplained"},
		{"a second doubt without a kill", func(e *evidence) { e.killed = e.killed[:1] }, "unexplained"},
		{"a receipt that a restore took away", func(e *evidence) { e.restoreAt(at(5), at(8), receipt{at: at(6), from: at(1)}) }, ""},
		{"a receipt of before the copy that is gone", func(e *evidence) { e.restoreAt(at(5), at(8), receipt{at: at(4), from: at(1)}) }, "lost"},
		{"a receipt of after the restore that is gone", func(e *evidence) { e.restoreAt(at(5), at(8), receipt{at: at(9), from: at(8.5)}) }, "lost"},
		{"a call for a lead that a restore took away", func(e *evidence) {
			e.gone = map[lead.PartnerID]row{"gone": {id: "gone", events: []leadtable.Event{started(2)}}}
			e.ledger.Entries = append(e.ledger.Entries, call(4, "gone", 2.1))
		}, ""},
		{"a doubt of a restore", func(e *evidence) { e.restoreAt(at(5), at(8)); e.doubtRestored(at(8.2)) }, ""},
		{"a doubt of no restore", func(e *evidence) { e.doubtRestored(at(8.2)) }, "unexplained"},
		{"a doubt of before the restore", func(e *evidence) { e.restoreAt(at(5), at(8)); e.doubtRestored(at(7)) }, "unexplained"},
		{"a doubt without a cut", func(e *evidence) { e.ledger.Entries[1].Fault = "" }, "unexplained"},
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
