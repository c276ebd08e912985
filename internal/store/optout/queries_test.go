package optout

import (
	"maps"
	"slices"
	"testing"

	"intake/internal/store/db/dbtest"
)

func TestMigrations_DeclareWhatIsStored(t *testing.T) {
	dbtest.WantDeclared(t, []string{"opt_out"}, slices.Collect(maps.Keys(optOutTable)), nil, nil)
}

func TestQueries_UseAnIndex(t *testing.T) {
	engine := dbtest.New(t)
	dbtest.WantPlan(t, engine.Reader(), leadsOfSQL, []any{[]byte("person"), 0}, "lead_person USING PRIMARY KEY (person=?)", "lead_unlinked", "SEARCH lead USING INDEX sqlite_autoindex_lead_1 (id=?)")
	dbtest.WantPlan(t, engine.Reader(), unappliedLinked, []any{0}, "suppression USING INDEX suppression_newest", "lead_person USING PRIMARY KEY (person=?)")
	dbtest.WantPlan(t, engine.Reader(), unappliedUnlinked, []any{"", ""}, "lead_unlinked (lead_id>? AND lead_id<?)", "suppression_1 (person=?)", "sqlite_autoindex_lead_1 (id=?)")
}
