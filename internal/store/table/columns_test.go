package table

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/db"
)

type row struct {
	name  string
	at    time.Time
	on    bool
	words []string
}

var rows = Of[row]{
	"name":  func(r *row) any { return &r.name },
	"at":    func(r *row) any { return Millis(&r.at) },
	"is_on": func(r *row) any { return Flag(&r.on) },
	"words": func(r *row) any { return Words(&r.words) },
}

func TestNamed_NumbersEachNameOnceAndLeavesCastsAlone(t *testing.T) {
	s := Named("update t set name = :name::text, at = :at where name <> :name and is_on=:is_on")
	if want := "update t set name = $1::text, at = $2 where name <> $1 and is_on=$3"; s.Text != want {
		t.Errorf("got %q, want %q", s.Text, want)
	}
	r := row{name: "a"}
	if args := rows.Args(s, &r); !slices.Equal(args, []any{&r.name, any(Millis(&r.at)), any(Flag(&r.on))}) {
		t.Errorf("got %v", args)
	}
}

func TestOf_ReadsBackWhatItWrites(t *testing.T) {
	e, err := db.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "a.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	at := time.Date(2026, time.March, 2, 9, 0, 0, 123_456_789, time.FixedZone("", -3600))
	for _, want := range []row{{"a", at, true, []string{"one", "two"}}, {name: "b", words: []string{}}} {
		echo := Named("select :name as name, :at as at, :is_on as is_on, :words as words")
		got, err := rows.One(t.Context(), e.Reader(), echo.Text, rows.Args(echo, &want)...)
		want.at = AsStored(want.at)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	for query, want := range map[string]string{
		"select 1 as other":     "no field reads the column other",
		"select 'noon' as at":   `sql: Scan error on column index 0, name "at": a time is stored as string`,
		"select 'yes' as is_on": `sql: Scan error on column index 0, name "is_on": a flag is stored as string`,
		"select 1 as words":     `sql: Scan error on column index 0, name "words": words are stored as int64`,
	} {
		if _, err := rows.All(t.Context(), e.Reader(), query); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", query, err, want)
		}
	}
}
