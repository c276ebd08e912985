package store

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
)

// declared are the columns of each table in a dialect's migrations, with their types in the
// words of SQLite.
func declared(t *testing.T, dialect string) map[string][]string {
	t.Helper()
	migrations := os.DirFS("db/migrations")
	files, err := fs.Glob(migrations, dialect+"/*.sql")
	if err != nil || len(files) < 2 {
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

func TestMigrations_DeclareWhatIsStored(t *testing.T) {
	tables := declared(t, "sqlite")
	for table, want := range map[string][]string{
		"lead":           append([]string{"called_until", "lease_owner", "origin", "tell_since", "told_at"}, slices.Concat(names(clearFields(&lead.Lead{})), leadColumns[len(newFields(&lead.Lead{})):])...),
		"consent_record": append([]string{"chain_seq", "previous_hash", "hash", "digests", "digest_salt"}, consentColumns...),
		"lead_event":     append(names(eventFields(&Event{})), "lead_id", "seq"),
		"audit_entry":    strings.Split(auditColumns, ", "),
		"draft":          append([]string{"id", "changes", "accepted"}, draftColumns...),
		"shown_page":     strings.Split(pageColumns, ", "),
		"opt_out":        slices.Clone(optOutColumns),
		"text_version":   {"id", "version", "sha256", "first_used_at"},
	} {
		var got []string
		for _, column := range tables[table] {
			got = append(got, strings.Fields(column)[0])
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-stored +declared):\n%s", table, diff)
		}
	}
}

func TestMigrations_SealedColumnsAreBlobs(t *testing.T) {
	tables := declared(t, "sqlite")
	for _, table := range sealedTables() {
		for _, name := range table.columns {
			if !slices.Contains(tables[table.name], name+" blob") {
				t.Errorf("%s of %s is no blob", name, table.name)
			}
		}
	}
}

func TestQueries_UseAnIndex(t *testing.T) {
	s, _ := newStore(t)
	for _, tt := range []struct {
		index, query string
		args         []any
	}{
		{"lead_due", s.claimSQL(), []any{"send", "received", 0, 1, "sending", "me", 0}},
		{"lead_due", "select min(next_attempt_at) from lead where " + waiting, []any{"send", "received"}},
		{"lead_leased", leasesOverSQL, []any{0, 1}},
		{"sqlite_autoindex_lead_3", selectByHandle, []any{"hash"}},
		{"lead_status", countByStatus, nil},
		{"lead_event_lead", selectHistory, []any{"id"}},
		{"lead_event_doubt", countDoubtsSQL, []any{0}},
		{"audit_entry_lead", auditOfLead, []any{"id"}},
		{"sqlite_autoindex_suppression_1", s.claimSQL(), []any{"send", "received", 0, 1, "sending", "me", 0}},
		{"sqlite_autoindex_draft_1", selectDraft, []any{"id", 0}},
		{"sqlite_autoindex_draft_1", markSentSQL, []any{"", 0, "", "id", "", ""}},
		{"draft_ssn_over", ssnsOverSQL, []any{0, 1}},
		{"draft_over", draftsOverSQL, []any{0, 1}},
		{"shown_page_draft", "select id from shown_page where draft = $1", []any{"id"}},
		{"consent_unchained", unchainedSQL, []any{0, "id", 1}},
		{"consent_chain", chainedSQL, []any{0, 1}},
	} {
		plan := explain(t, s, tt.query, tt.args...)
		if !strings.Contains(plan, tt.index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("not by %s alone:\n%s\n%s", tt.index, tt.query, plan)
		}
	}
}

func TestQueries_FindAPersonsLeadsByIndexAlone(t *testing.T) {
	s, _ := newStore(t)
	for _, tt := range []struct {
		query string
		args  []any
		want  []string
	}{
		{leadsOfSQL, []any{[]byte("person"), 0}, []string{"lead_person USING PRIMARY KEY (person=?)", "consent_unchained", "SEARCH lead USING INDEX sqlite_autoindex_lead_1 (id=?)"}},
		{unheededSQL, []any{0}, []string{"suppression USING INDEX suppression_newest", "lead_person USING PRIMARY KEY (person=?)", "consent_unchained"}},
	} {
		plan := explain(t, s, tt.query, tt.args...)
		for _, want := range tt.want {
			if !strings.Contains(plan, want) {
				t.Errorf("no %q in:\n%s\n%s", want, tt.query, plan)
			}
		}
		if strings.Contains(plan, "SCAN lead") {
			t.Errorf("every lead is looked at:\n%s", plan)
		}
	}
}

func explain(t *testing.T, s *Store, query string, args ...any) string {
	t.Helper()
	rows, err := s.engine.Reader().QueryContext(t.Context(), "explain query plan "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}
