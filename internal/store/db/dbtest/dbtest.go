// Package dbtest is a database for the tests of packages that have tables in it.
package dbtest

import (
	"path/filepath"
	"strings"
	"testing"

	"intake/internal/store/db"
)

// New is a new SQLite database with all tables.
func New(t testing.TB) db.Engine {
	t.Helper()
	engine, err := db.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "intake.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	if err := engine.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return engine
}

// Columns are the names of a table's columns, sorted.
func Columns(t testing.TB, q db.Queries, table string) []string {
	t.Helper()
	return texts(t, q, "select name from pragma_table_info($1) order by name", table)
}

// Plan is how SQLite runs a query, a line for each step.
func Plan(t testing.TB, q db.Queries, query string, args ...any) string {
	t.Helper()
	return strings.Join(texts(t, q, "explain query plan "+query, args...), "\n")
}

// WantIndex fails the test unless a query finds its rows by an index, in the order of the index.
func WantIndex(t testing.TB, q db.Queries, index, query string, args ...any) {
	t.Helper()
	if plan := Plan(t, q, query, args...); !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("not by %s alone:\n%s\n%s", index, query, plan)
	}
}

// WantPlan fails the test unless a query goes by each of the indexes, and looks at no table of leads as a whole.
func WantPlan(t testing.TB, q db.Queries, query string, args []any, indexes ...string) {
	t.Helper()
	plan := Plan(t, q, query, args...)
	for _, want := range indexes {
		if !strings.Contains(plan, want) {
			t.Errorf("no %q in:\n%s\n%s", want, plan, query)
		}
	}
	for line := range strings.Lines(plan) {
		if line := strings.TrimSpace(line); strings.HasPrefix(line, "SCAN lead") && !strings.Contains(line, "INDEX lead_") {
			t.Errorf("every lead is looked at:\n%s\n%s", plan, query)
		}
	}
}

// texts is the last column of a query.
func texts(t testing.TB, q db.Queries, query string, args ...any) (list []string) {
	t.Helper()
	rows, err := q.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(names))
		var text string
		for i := range values {
			values[i] = new(any)
		}
		values[len(values)-1] = &text
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
