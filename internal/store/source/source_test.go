package source

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/db/dbtest"
)

func TestColumns_AreThoseOfTheTable(t *testing.T) {
	want := slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(columns)), "name"))) // which a statement alone names
	if diff := cmp.Diff(want, dbtest.Columns(t, dbtest.New(t).Reader(), "source")); diff != "" {
		t.Errorf("(-used +declared):\n%s", diff)
	}
}

func TestSources_AreForgottenWhenTheDatabaseHasAnotherID(t *testing.T) {
	engine := dbtest.New(t)
	s, err := Read(t.Context(), engine, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.ForgetOthers("a database")
	radio := &lead.Lead{Origin: lead.Keep(lead.Attribution{UTMSource: "radio"})}
	first := s.Of(t.Context(), radio)
	_, err = db.Write(t.Context(), engine, writeLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) { // as a restore does
		_, err = q.ExecContext(ctx, "update source set id = 77 where id = $1", first)
		return none, err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.ForgetOthers("a database")
	if id := s.Of(t.Context(), radio); id != first {
		t.Errorf("source %d, want %d: nothing was restored", id, first)
	}
	s.ForgetOthers("a restored database")
	if id := s.Of(t.Context(), radio); id != 77 {
		t.Errorf("source %d, want that of the restored database, 77", id)
	}
}
