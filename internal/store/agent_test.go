package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/clock"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/agent"
)

func TestSave_RunsNoStatementForAnAgentThatIsKnown(t *testing.T) {
	s, _ := newStore(t)
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	var ran []string
	s.leads.Engine = tracedEngine{s.leads.Engine, &ran}
	s.agents = agent.New(s.leads.Engine, clock.At(func() time.Time { return now }))
	write := []string{"begin", "insert into agent", "select id, key,"}
	for _, tt := range []struct {
		who    lead.Agent
		passes time.Duration
		agent  []string
	}{
		{lead.Agent{}, 0, nil},
		{lead.Agent{Key: "ann", Name: "Ann"}, 0, write},
		{lead.Agent{Key: "ann", Name: "Ann"}, 59 * time.Minute, nil},
		{lead.Agent{Key: "ann"}, 0, nil},
		{lead.Agent{Key: "ann", Name: "Ann Lee"}, 0, write},
		{lead.Agent{Key: "ben", Name: "Ben"}, 0, write},
		{lead.Agent{Key: "ann", Name: "Ann Lee"}, time.Hour, write},
	} {
		ran, now = nil, now.Add(tt.passes)
		l := lead.Lead{ID: lead.NewPartnerID(), Draft: lead.Keep(lead.NewHandle()), Request: 1, Agent: tt.who}
		if _, err := s.Save(t.Context(), l, consent.Record{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append(tt.agent, "begin", "insert into lead", "insert into lead_private"), ran); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.who, diff)
		}
	}
}
