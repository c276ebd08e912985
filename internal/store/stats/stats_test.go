package stats

import (
	"context"
	"strings"
	"testing"
	"time"

	"intake/internal/store/db"
	"intake/internal/store/db/dbtest"
)

func TestLeads_ReadsNoMoreThanTheHoursThatAreAsked(t *testing.T) {
	engine := dbtest.New(t)
	for _, table := range []string{"hourly_leads", "hourly_latency"} {
		for _, by := range [][]Dimension{nil, {Hour, Code}, {Source, Status}} {
			plan := dbtest.Plan(t, engine.Reader(), sumQuery(table, by), 0, 1)
			if !strings.HasPrefix(plan+"\n", "SEARCH "+table+" USING PRIMARY KEY (hour>? AND hour<?)\n") {
				t.Errorf("other hours are read by %v:\n%s", by, plan)
			}
		}
	}
}

// countedEngine counts transactions that write.
type countedEngine struct {
	db.Engine
	writes int
}

// Write is that of the engine.
func (c *countedEngine) Write(ctx context.Context, w db.Work) error {
	c.writes++
	return c.Engine.Write(ctx, w)
}

func TestFold_CommitsABatchAtATime(t *testing.T) {
	engine := &countedEngine{Engine: dbtest.New(t)}
	err := engine.Engine.Write(t.Context(), func(ctx context.Context, q db.Queries) error {
		_, err := q.ExecContext(ctx, `insert into lead (id, draft_id, request, draft_version, language, status, received_at, changed_at, consent)
			with recursive n (i) as (select 1 union all select i + 1 from n where i < 1200) select 'lead ' || i, 'draft ' || i, 1, 0, 'en', 'received', 0, 0, '' from n`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s := Stats{Engine: engine}
	if n, err := s.Fold(t.Context()); n != 1200 || err != nil || engine.writes != 3 {
		t.Errorf("folded %d changes in %d commits, %v, want 1200 in 3 of at most %d", n, engine.writes, err, foldBatch)
	}
	if n, err := s.Fold(t.Context()); n != 0 || err != nil || engine.writes != 3 {
		t.Errorf("then %d in %d more, %v: want no commit without a change", n, engine.writes-3, err)
	}
	figures, err := s.Leads(t.Context(), time.UnixMilli(0), time.UnixMilli(1))
	if err != nil || len(figures) != 1 || figures[0].Leads != 1200 {
		t.Errorf("got %v, %v", figures, err)
	}
}
