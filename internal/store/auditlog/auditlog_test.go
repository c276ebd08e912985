package auditlog

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/db/dbtest"
)

func TestColumns_AreThoseOfTheTable(t *testing.T) {
	used := slices.Sorted(maps.Keys(columns))
	if diff := cmp.Diff(used, dbtest.Columns(t, dbtest.New(t).Reader(), "audit_entry")); diff != "" {
		t.Errorf("(-used +declared):\n%s", diff)
	}
}

func TestQueries_UseAnIndex(t *testing.T) {
	q := dbtest.New(t).Reader()
	dbtest.WantIndex(t, q, "audit_entry_lead", selectOfLead, "id")
	dbtest.WantIndex(t, q, "audit_unlinked", selectUnlinked, "id", 1)
	dbtest.WantIndex(t, q, "audit_link", selectLinked, 0, 1)
}
