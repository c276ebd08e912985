package store

import (
	"strings"
	"testing"

	"intake/internal/store/db/dbtest"
)

func TestLists_AreEachReadFromOneIndex(t *testing.T) {
	s, _ := newStore(t)
	special := map[List]string{
		Received: "lead_received", NotFinal: "lead_unfinished", Changed: "lead_result_changed", Tell: "lead_to_tell",
	}
	for list, how := range listQueries {
		index, found := special[list]
		if !found {
			index = "lead_status"
		}
		if plan := dbtest.Plan(t, s.leads.Engine.Reader(), how.query, 0, "", 9, 0); !strings.Contains(plan, "SEARCH lead USING INDEX "+index+" (") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s is not by %s alone:\n%s", list, index, plan)
		}
	}
}

func TestQueries_LookAtFewLeads(t *testing.T) {
	s, _ := newStore(t)
	for name, tt := range map[string]struct {
		query string
		args  []any
		want  []string // indexes
	}{
		"orphans":               {listOrphans, []any{0, "", 9, 0, 0}, []string{"lead_leased", "lead_unclaimable", "lead_due (step=? AND status=?"}},
		"counts":                {countOpen, nil, []string{"lead_received", "lead_status (status=?)", "lead_unfinished"}},
		"a person":              {searchPerson, []any{[]byte("person"), []byte("person"), "", 9}, []string{"lead_person USING PRIMARY KEY (person=? AND lead_id>?)", "lead_unlinked (lead_id>?)", "sqlite_autoindex_lead_1 (id=?)"}},
		"a reference":           {searchReference, []any{"22222222", 9}, []string{"lead_reference USING PRIMARY KEY (reference=?)", "COVERING INDEX lead_unlinked", "sqlite_autoindex_lead_1 (id=?)"}},
		"leads like one":        {leadsLike, []any{[]byte("a"), []byte("b"), []byte("c"), []byte("d"), 0, 20}, []string{"lead_person USING PRIMARY KEY (person=?)", "lead_unlinked", "sqlite_autoindex_lead_1 (id=?)"}},
		"an agent's latest":     {latestOfAgent, []any{"key", 20}, []string{"lead_agent (agent_id=?)", "disposition_lead (lead_id=?)"}},
		"the team":              {team, []any{0}, []string{"lead_agent (agent_id=? AND received_at>?)", "disposition_lead (lead_id=?)"}},
		"all call backs":        {callBacksOfAll, []any{0, "", 9}, []string{"disposition_call_back ((call_back_at,lead_id)>(?,?))", "disposition_lead (lead_id=?", "sqlite_autoindex_lead_1 (id=?)"}},
		"an agent's call backs": {callBacksOfAgent, []any{0, "", 9, "key"}, []string{"disposition_call_back_agent (agent_id=? AND (call_back_at,lead_id)>(?,?))", "disposition_lead (lead_id=?", "sqlite_autoindex_lead_1 (id=?)"}},
	} {
		dbtest.WantPlan(t, s.leads.Engine.Reader(), tt.query, tt.args, tt.want...)
		plan := dbtest.Plan(t, s.leads.Engine.Reader(), tt.query, tt.args...)
		if name == "orphans" && strings.Contains(plan, "LAST TERM") { // many may be due at one moment, as after a restore
			t.Errorf("leads of one moment are sorted:\n%s", plan)
		}
		if strings.HasSuffix(name, "call backs") && strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s are sorted:\n%s", name, plan)
		}
	}
}

func TestQueries_UseAnIndex(t *testing.T) {
	s, _ := newStore(t)
	for _, tt := range []struct {
		index, query string
		args         []any
	}{
		{"lead_due", s.claimSQL(pickDue, setDue), []any{"me", 0, "send", "received", 0, 1, "sending"}},
		{"lead_due", "select min(next_attempt_at) from lead where step = $1 and status = $2 and " + claimable, []any{"send", "received"}},
		{"lead_leased", leasesOverSQL, []any{0, 1}},
		{"sqlite_autoindex_lead_2", selectRequest, []any{"draft", 1}},
		{"lead_event_doubt", countDoubtsSQL, []any{0}},
		{"sqlite_autoindex_suppression_1", s.claimSQL(pickDue, setDue), []any{"me", 0, "send", "received", 0, 1, "sending"}},
		{"lead_received", oldestUnsent, nil},
		{"lead_doubt", selectDoubts, []any{1}},
		{"lead_agent", latestOfAgent, []any{"key", 1}},
	} {
		dbtest.WantIndex(t, s.leads.Engine.Reader(), tt.index, tt.query, tt.args...)
	}
}
