package feed

import (
	"path/filepath"
	"strings"
	"testing"

	"intake/internal/store/db"
)

func TestRead_TouchesNoMoreThanWhatItReads(t *testing.T) {
	engine, err := db.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "intake.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	if err := engine.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := engine.Reader().QueryContext(t.Context(), "explain query plan "+changesQuery(engine.CommitOrder()), 0, 0, 0, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	whole := strings.Contains(plan.String(), "SCAN t\n") || strings.Contains(plan.String(), "SCAN lead\n") || strings.Contains(plan.String(), "SCAN b\n")
	if behind := strings.Count(plan.String(), "SEARCH t USING INTEGER PRIMARY KEY (rowid>?)"); behind != 2 || whole {
		t.Errorf("whole tables are read:\n%s", plan.String())
	}
}
