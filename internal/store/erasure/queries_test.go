package erasure

import (
	"testing"

	"intake/internal/store/db/dbtest"
)

func TestQueries_UseAnIndex(t *testing.T) {
	engine := dbtest.New(t)
	dbtest.WantIndex(t, engine.Reader(), "lead_erase", selectDue, 0, 1)
	dbtest.WantPlan(t, engine.Reader(), selectAfter, []any{0, "", 0, 9}, "lead_erase (erase_due_at")
}
