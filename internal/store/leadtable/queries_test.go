package leadtable

import (
	"maps"
	"slices"
	"testing"

	"intake/internal/store/db/dbtest"
)

func TestMigrations_DeclareWhatIsStored(t *testing.T) {
	dbtest.WantDeclared(t, []string{"lead", "lead_private"}, slices.Collect(maps.Keys(Columns)), []string{"agent_key", "agent_name", "before", "disposition", "listed_at", "same_phone", "same_email"}, []string{"seq", "xid", "called_until", "lease_owner", "tell_since", "told_at", "lead_id", "link"})
	dbtest.WantDeclared(t, []string{"lead_event"}, slices.Collect(maps.Keys(eventTable)), []string{"agent_key", "agent_name"}, []string{"seq", "xid"})
}

func TestQueries_UseAnIndex(t *testing.T) {
	engine := dbtest.New(t)
	dbtest.WantIndex(t, engine.Reader(), "sqlite_autoindex_lead_1", SelectFacts, "id")
	dbtest.WantIndex(t, engine.Reader(), "lead_event_lead", selectHistory, "id")
}
