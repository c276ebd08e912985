package store

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/db/dbtest"
	"intake/internal/store/table"
)

// declared are the columns of each table in a dialect's migrations, with their types in the
// words of SQLite.
func declared(t *testing.T, dialect string) map[string][]string {
	t.Helper()
	migrations := os.DirFS("db/migrations")
	files, err := fs.Glob(migrations, dialect+"/*.sql")
	if err != nil || len(files) < 1 {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	var text []byte
	for _, file := range files {
		body, err := fs.ReadFile(migrations, file)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, body...)
	}
	tables := map[string][]string{}
	line := regexp.MustCompile(`(?m)^    (\w+) +(text|blob|integer|bytea|bigint)\b`)
	same := strings.NewReplacer("bytea", "blob", "bigint", "integer")
	for _, table := range regexp.MustCompile(`(?s)create table (\w+) \((.*?)\n\)`).FindAllStringSubmatch(string(text), -1) {
		for _, column := range line.FindAllStringSubmatch(table[2], -1) {
			tables[table[1]] = append(tables[table[1]], column[1]+" "+same.Replace(column[2]))
		}
	}
	for _, column := range regexp.MustCompile(`(?m)^alter table (\w+) add column (\w+) (\w+)`).FindAllStringSubmatch(string(text), -1) {
		tables[column[1]] = append(tables[column[1]], column[2]+" "+same.Replace(column[3]))
	}
	return tables
}

func TestMigrations_DeclareTheSameInBothDialects(t *testing.T) {
	if diff := cmp.Diff(declared(t, "sqlite"), declared(t, "postgres")); diff != "" {
		t.Errorf("(-sqlite +postgres):\n%s", diff)
	}
}

// keysOf are the columns that Go code reads or writes by name.
func keysOf[R any](c table.Of[R]) []string { return slices.Sorted(maps.Keys(c)) }

func TestMigrations_DeclareWhatIsStored(t *testing.T) {
	tables := declared(t, "sqlite")
	for _, tt := range []struct {
		tables  []string
		columns []string
		sqlOnly []string // named in statements alone
		derived []string // results of queries that no table has
	}{
		{[]string{"lead", "lead_private"}, keysOf(leadTable), []string{"seq", "xid", "called_until", "lease_owner", "tell_since", "told_at", "lead_id", "link"}, []string{"agent_key", "agent_name", "before", "disposition", "listed_at", "same_phone", "same_email"}},
		{[]string{"lead_event"}, keysOf(eventTable), []string{"seq", "xid"}, []string{"agent_key", "agent_name"}},
		{[]string{"draft"}, keysOf(draftTable), nil, []string{"agent_key", "lead_id", "lead_request", "draft_version", "received_at"}},
		{[]string{"shown_page", "page_private"}, keysOf(pageTable), []string{"page_id"}, nil},
		{[]string{"opt_out"}, keysOf(optOutTable), nil, nil},
		{[]string{"text_version"}, []string{"id", "version", "sha256", "first_used_at"}, nil, nil},
	} {
		var got []string
		for _, table := range tt.tables {
			for _, column := range tables[table] {
				got = append(got, strings.Fields(column)[0])
			}
		}
		got = append(got, tt.derived...)
		want := append(tt.columns, tt.sqlOnly...)
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-used +declared):\n%s", tt.tables, diff)
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
		{"sqlite_autoindex_lead_1", selectFacts, []any{"id"}},
		{"sqlite_autoindex_lead_2", selectRequest, []any{"draft", 1}},
		{"lead_event_lead", selectHistory, []any{"id"}},
		{"lead_event_doubt", countDoubtsSQL, []any{0}},
		{"sqlite_autoindex_suppression_1", s.claimSQL(pickDue, setDue), []any{"me", 0, "send", "received", 0, 1, "sending"}},
		{"sqlite_autoindex_draft_1", selectDraft, []any{"id", 0}},
		{"sqlite_autoindex_lead_2", "delete from shown_page where " + unaccepted, []any{"id"}},
		{"sqlite_autoindex_shown_page_1", pageOfDraft, []any{"id", "draft"}},
		{"lead_erase", selectDue, []any{0, 1}},
		{"lead_received", oldestUnsent, nil},
		{"lead_doubt", selectDoubts, []any{1}},
		{"draft_ssn_over", overDrafts(s.leads.Engine, "ssn_until") + eraseSSNs, []any{0, 1}},
		{"draft_over", overDrafts(s.leads.Engine, "expires_at") + deleteDrafts, []any{0, 1}},
		{"shown_page_draft", "select id from shown_page where draft = $1", []any{"id"}},
		{"lead_unlinked", unchainedSQL, []any{"id", 1}},
		{"consent_link", chainedSQL, []any{0, 1}},
		{"lead_awaiting", consentOverSQL, []any{0, 1}},
		{"lead_agent", latestOfAgent, []any{"key", 1}},
		{"draft_agent", draftsOfAgent, []any{"key", 0, 1}},
	} {
		dbtest.WantIndex(t, s.leads.Engine.Reader(), tt.index, tt.query, tt.args...)
	}
}

func TestQueries_FindAPersonsLeadsByIndexAlone(t *testing.T) {
	s, _ := newStore(t)
	for _, tt := range []struct {
		query string
		args  []any
		want  []string
	}{
		{leadsOfSQL, []any{[]byte("person"), 0}, []string{"lead_person USING PRIMARY KEY (person=?)", "lead_unlinked", "SEARCH lead USING INDEX sqlite_autoindex_lead_1 (id=?)"}},
		{unappliedLinked, []any{0}, []string{"suppression USING INDEX suppression_newest", "lead_person USING PRIMARY KEY (person=?)"}},
		{unappliedUnlinked, []any{"", ""}, []string{"lead_unlinked (lead_id>? AND lead_id<?)", "suppression_1 (person=?)", "sqlite_autoindex_lead_1 (id=?)"}},
	} {
		plan := dbtest.Plan(t, s.leads.Engine.Reader(), tt.query, tt.args...)
		for _, want := range tt.want {
			if !strings.Contains(plan, want) {
				t.Errorf("no %q in:\n%s\n%s", want, tt.query, plan)
			}
		}
		if regexp.MustCompile(`SCAN lead\b`).MatchString(plan) {
			t.Errorf("every lead is looked at:\n%s", plan)
		}
	}
}
