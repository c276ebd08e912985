package registry

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/db/dbtest"
)

// registryProblems says in sentences how the registry differs from the tables of a migration, as dbtest.Declared reads them.
func registryProblems(tables map[string][]string, listed []Table) (problems []string) {
	missing := maps.Clone(tables)
	for _, table := range listed {
		types := map[string]string{}
		for _, c := range missing[table.Name] {
			name, kind, _ := strings.Cut(c, " ")
			types[name] = kind
		}
		if delete(missing, table.Name); len(types) == 0 {
			problems = append(problems, "there is no table "+table.Name)
		}
		for _, c := range table.Columns {
			kind, found := types[c.Name]
			switch {
			case !found:
				problems = append(problems, fmt.Sprintf("%s.%s is not in the migration, or twice in the registry", table.Name, c.Name))
			case c.ByPrimaryKey() && (kind != "blob" || c.Place == ""), c.Storage == sealedRecord && (kind != "blob" || c.Place == ""):
				problems = append(problems, fmt.Sprintf("%s.%s is sealed, and is no blob or bound to no place", table.Name, c.Name))
			case c.Storage == blindIndex && kind != "blob":
				problems = append(problems, fmt.Sprintf("%s.%s is a blind index and no blob", table.Name, c.Name))
			case c.ByPrimaryKey() && table.Key == "" && table.Name != "stamp":
				problems = append(problems, fmt.Sprintf("no rotation seals %s.%s anew", table.Name, c.Name))
			}
			delete(types, c.Name)
		}
		for name := range types {
			problems = append(problems, fmt.Sprintf("%s.%s is not in the registry", table.Name, name))
		}
	}
	for name := range missing {
		problems = append(problems, "the table "+name+" is not in the registry")
	}
	return problems
}

func TestRegistry_ListsEveryTableAndColumnOfBothEngines(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		for _, problem := range registryProblems(dbtest.Declared(t, dialect), Tables) {
			t.Errorf("%s: %s", dialect, problem)
		}
	}
}

func TestRegistry_SeesWhatIsNotListedOrListedWrongly(t *testing.T) {
	listed := []Table{{"note", "id", []Column{{Name: "id"}, {"body", sealedValue, "note", Never}}}}
	sound := []string{"id text", "body blob"}
	for _, tt := range []struct {
		want   string
		tables map[string][]string
		listed []Table
	}{
		{"", map[string][]string{"note": sound}, listed},
		{"the table person is not in the registry", map[string][]string{"note": sound, "person": {"id text"}}, listed},
		{"note.name is not in the registry", map[string][]string{"note": append(sound, "name text")}, listed},
		{"note.body is not in the migration, or twice in the registry", map[string][]string{"note": sound[:1]}, listed},
		{"there is no table note; note.id is not in the migration, or twice in the registry; note.body is not in the migration, or twice in the registry",
			map[string][]string{}, listed},
		{"note.body is sealed, and is no blob or bound to no place", map[string][]string{"note": {"id text", "body text"}}, listed},
		{"no rotation seals note.body anew", map[string][]string{"note": sound}, []Table{{"note", "", listed[0].Columns}}},
		{"note.person is a blind index and no blob", map[string][]string{"note": {"person text"}}, []Table{{"note", "", []Column{{"person", blindIndex, "", Never}}}}},
	} {
		if got := strings.Join(registryProblems(tt.tables, tt.listed), "; "); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestRegistry_SaysWhatIsScrubbed(t *testing.T) {
	scrubbed := slices.Sorted(slices.Values(ToScrub(Tables, true)))
	if diff := cmp.Diff([]string{"disposition", "draft", "lead_person", "lead_private", "opt_out", "page_private", "session"}, scrubbed); diff != "" {
		t.Errorf("scrubbed (-want +got):\n%s", diff)
	}
	if names := ToScrub(Tables, false); !slices.Equal(names, []string{"draft"}) {
		t.Errorf("without an erasure %v are scrubbed, want the drafts alone", names)
	}
}

func TestMigrations_DeclareTheSameInBothDialects(t *testing.T) {
	if diff := cmp.Diff(dbtest.Declared(t, "sqlite"), dbtest.Declared(t, "postgres")); diff != "" {
		t.Errorf("(-sqlite +postgres):\n%s", diff)
	}
}
