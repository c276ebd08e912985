package source

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/db/dbtest"
)

func TestColumns_AreThoseOfTheTable(t *testing.T) {
	want := slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(columns)), "name"))) // which a statement alone names
	if diff := cmp.Diff(want, dbtest.Columns(t, dbtest.New(t).Reader(), "source")); diff != "" {
		t.Errorf("(-used +declared):\n%s", diff)
	}
}
