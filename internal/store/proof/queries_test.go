package proof

import (
	"maps"
	"slices"
	"testing"

	"intake/internal/store/db/dbtest"
)

func TestMigrations_DeclareWhatIsStored(t *testing.T) {
	dbtest.WantDeclared(t, []string{"shown_page", "page_private"}, slices.Collect(maps.Keys(pageTable)), nil, []string{"page_id"})
	dbtest.WantDeclared(t, []string{"text_version"}, nil, nil, []string{"id", "version", "sha256", "first_used_at"})
}

func TestQueries_UseAnIndex(t *testing.T) {
	engine := dbtest.New(t)
	dbtest.WantIndex(t, engine.Reader(), "lead_unlinked", unchainedSQL, "id", 1)
	dbtest.WantIndex(t, engine.Reader(), "consent_link", chainedSQL, 0, 1)
	dbtest.WantIndex(t, engine.Reader(), "lead_awaiting", consentOverSQL, 0, 1)
	dbtest.WantIndex(t, engine.Reader(), "shown_page", pageOfOwner, "id", "owner")
	dbtest.WantPlan(t, engine.Reader(), consentOverSQL, []any{0, 9}, "lead_awaiting (hold=? AND status=? AND received_at<?)")
	dbtest.WantPlan(t, engine.Reader(), countUnchained, []any{}, "COVERING INDEX lead_unlinked", "INDEX lead_handoff")
}
