package chore

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/db/dbtest"
)

func TestColumns_AreThoseOfTheTable(t *testing.T) {
	got := dbtest.Columns(t, dbtest.New(t).Reader(), "chore")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(columns)), got); diff != "" {
		t.Errorf("(-used +declared):\n%s", diff)
	}
}
