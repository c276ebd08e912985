package session

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/db/dbtest"
)

func TestColumns_AreThoseOfTheTable(t *testing.T) {
	got := dbtest.Columns(t, dbtest.New(t).Reader(), "session")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(columns)), got); diff != "" {
		t.Errorf("(-used +declared):\n%s", diff)
	}
}

func TestQueries_UseAnIndex(t *testing.T) {
	q := dbtest.New(t).Reader()
	dbtest.WantIndex(t, q, "sqlite_autoindex_session_1", selectOne, "id", 0)
	dbtest.WantIndex(t, q, "session_person", endAllOf, 0, "person", 0)
	dbtest.WantIndex(t, q, "session_over", selectLive, 0, 1)
	dbtest.WantIndex(t, q, "session_over", deleteOver, 0, 1)
}
