package draft

import (
	"maps"
	"slices"
	"testing"

	"intake/internal/store/db/dbtest"
)

func TestMigrations_DeclareWhatIsStored(t *testing.T) {
	dbtest.WantDeclared(t, []string{"draft"}, slices.Collect(maps.Keys(draftTable)), []string{"agent_key", "lead_id", "lead_request", "draft_version", "received_at"}, nil)
}

func TestQueries_UseAnIndex(t *testing.T) {
	engine := dbtest.New(t)
	dbtest.WantIndex(t, engine.Reader(), "sqlite_autoindex_draft_1", selectDraft, "id", 0)
	dbtest.WantIndex(t, engine.Reader(), "sqlite_autoindex_lead_2", "delete from shown_page where "+unaccepted, "id")
	dbtest.WantIndex(t, engine.Reader(), "draft_ssn_over", overDrafts(engine, "ssn_until")+eraseSSNs, 0, 1)
	dbtest.WantIndex(t, engine.Reader(), "draft_over", overDrafts(engine, "expires_at")+deleteDrafts, 0, 1)
	dbtest.WantIndex(t, engine.Reader(), "shown_page_draft", "select id from shown_page where draft = $1", "id")
	dbtest.WantIndex(t, engine.Reader(), "draft_agent", draftsOfAgent, "key", 0, 1)
}
