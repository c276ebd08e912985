package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// registryProblems says in sentences how the registry differs from the tables of a migration, as declared reads them.
func registryProblems(tables map[string][]string, listed []registeredTable) (problems []string) {
	missing := maps.Clone(tables)
	for _, table := range listed {
		types := map[string]string{}
		for _, c := range missing[table.name] {
			name, kind, _ := strings.Cut(c, " ")
			types[name] = kind
		}
		if delete(missing, table.name); len(types) == 0 {
			problems = append(problems, "there is no table "+table.name)
		}
		for _, c := range table.columns {
			kind, found := types[c.name]
			switch {
			case !found:
				problems = append(problems, fmt.Sprintf("%s.%s is not in the migration, or twice in the registry", table.name, c.name))
			case c.byPrimaryKey() && (kind != "blob" || c.place == ""), c.storage == sealedRecord && (kind != "blob" || c.place == ""):
				problems = append(problems, fmt.Sprintf("%s.%s is sealed, and is no blob or bound to no place", table.name, c.name))
			case c.storage == blindIndex && kind != "blob":
				problems = append(problems, fmt.Sprintf("%s.%s is a blind index and no blob", table.name, c.name))
			case c.byPrimaryKey() && table.key == "" && table.name != "stamp":
				problems = append(problems, fmt.Sprintf("no rotation seals %s.%s anew", table.name, c.name))
			}
			delete(types, c.name)
		}
		for name := range types {
			problems = append(problems, fmt.Sprintf("%s.%s is not in the registry", table.name, name))
		}
	}
	for name := range missing {
		problems = append(problems, "the table "+name+" is not in the registry")
	}
	return problems
}

func TestRegistry_ListsEveryTableAndColumnOfBothEngines(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		for _, problem := range registryProblems(declared(t, dialect), registry) {
			t.Errorf("%s: %s", dialect, problem)
		}
	}
}

func TestRegistry_SeesWhatIsNotListedOrListedWrongly(t *testing.T) {
	listed := []registeredTable{{"note", "id", []column{{name: "id"}, {"body", sealedValue, "note", never}}}}
	sound := []string{"id text", "body blob"}
	for _, tt := range []struct {
		want   string
		tables map[string][]string
		listed []registeredTable
	}{
		{"", map[string][]string{"note": sound}, listed},
		{"the table person is not in the registry", map[string][]string{"note": sound, "person": {"id text"}}, listed},
		{"note.name is not in the registry", map[string][]string{"note": append(sound, "name text")}, listed},
		{"note.body is not in the migration, or twice in the registry", map[string][]string{"note": sound[:1]}, listed},
		{"there is no table note; note.id is not in the migration, or twice in the registry; note.body is not in the migration, or twice in the registry",
			map[string][]string{}, listed},
		{"note.body is sealed, and is no blob or bound to no place", map[string][]string{"note": {"id text", "body text"}}, listed},
		{"no rotation seals note.body anew", map[string][]string{"note": sound}, []registeredTable{{"note", "", listed[0].columns}}},
		{"note.person is a blind index and no blob", map[string][]string{"note": {"person text"}}, []registeredTable{{"note", "", []column{{"person", blindIndex, "", never}}}}},
	} {
		if got := strings.Join(registryProblems(tt.tables, tt.listed), "; "); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestRegistry_SaysWhatIsSealedAnewAndWhatIsScrubbed(t *testing.T) {
	var sealed []string
	for _, table := range sealedTables {
		if len(table.columns) != len(table.places) {
			t.Errorf("%s has %d sealed columns and %d places", table.name, len(table.columns), len(table.places))
		}
		sealed = append(sealed, fmt.Sprint(table.name, " by ", table.key, ": ", strings.Join(table.columns, " ")))
	}
	want := []string{
		"lead_private by lead_id: answers_key ssn_key evidence_key", "draft by id: typed ssn origin handle",
		"page_private by page_id: words_key answers_key", "opt_out by id: person", "session by id: data", "disposition by id: note",
	}
	if diff := cmp.Diff(want, sealed); diff != "" {
		t.Errorf("sealed anew (-want +got):\n%s", diff)
	}
	scrubbed := slices.Sorted(slices.Values(tablesToScrub(registry, true)))
	if diff := cmp.Diff([]string{"disposition", "draft", "lead_person", "lead_private", "opt_out", "page_private", "session"}, scrubbed); diff != "" {
		t.Errorf("scrubbed (-want +got):\n%s", diff)
	}
	if names := tablesToScrub(registry, false); !slices.Equal(names, []string{"draft"}) {
		t.Errorf("without an erasure %v are scrubbed, want the drafts alone", names)
	}
}
