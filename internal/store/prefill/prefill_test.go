package prefill

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/db/dbtest"
)

func TestColumns_AreThoseOfTheTable(t *testing.T) {
	got := dbtest.Columns(t, dbtest.New(t).Reader(), "prefill_use")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(columns)), got); diff != "" {
		t.Errorf("(-used +declared):\n%s", diff)
	}
}

func TestExpire_UsesAnIndex(t *testing.T) {
	dbtest.WantIndex(t, dbtest.New(t).Reader(), "prefill_use_over", deleteOver, 0, 1)
}
