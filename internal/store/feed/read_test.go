package feed

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store/db"
	"intake/internal/store/db/dbtest"
)

func exec(t *testing.T, engine db.Engine, statement string) {
	t.Helper()
	err := engine.Write(t.Context(), func(ctx context.Context, q db.Queries) error {
		_, err := q.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRead_TouchesNoMoreThanWhatItReads(t *testing.T) {
	engine := dbtest.New(t)
	plan := dbtest.Plan(t, engine.Reader(), changesQuery(engine.CommitOrder()), 0, 0, 0, 0, 1) + "\n"
	whole := strings.Contains(plan, "SCAN t\n") || strings.Contains(plan, "SCAN lead\n") || strings.Contains(plan, "SCAN b\n")
	if behind := strings.Count(plan, "SEARCH t USING INTEGER PRIMARY KEY (rowid>?)"); behind != 2 || whole {
		t.Errorf("whole tables are read:\n%s", plan)
	}
}

// A rewritten order of transactions, as after a copy to another server, may have put events in front of their leads.
func TestRead_InPartsTellsEverythingOnceAndNoEventBeforeItsLead(t *testing.T) {
	engine := dbtest.New(t)
	exec(t, engine, `insert into lead (id, draft_id, request, draft_version, language, status, received_at, changed_at, consent)
		with recursive n (i) as (select 1 union all select i + 1 from n where i < 5) select 'lead ' || i, 'draft ' || i, 1, 0, 'en', 'created', 0, 0, '' from n`)
	for _, id := range []int{5, 1, 4, 5, 2} {
		exec(t, engine, fmt.Sprintf("insert into lead_event (lead_id, at, event, from_status, to_status, attempt) values ('lead %d', 0, 'looked', 'created', 'created', 0)", id))
	}
	for limit := 1; limit < 8; limit++ {
		var told []string
		stored := map[string]bool{}
		var cursor Cursor
		for more := true; more; {
			var changes []Change
			var err error
			changes, cursor, more, err = Read(t.Context(), engine, cursor, limit)
			if err != nil || more && len(changes) == 0 {
				t.Fatalf("%d changes and no progress, %v", len(told), err)
			}
			for _, c := range changes {
				id := string(c.Lead)
				if stored[id] = stored[id] || c.Stored; !stored[id] {
					t.Errorf("%d at a time: an event of %s is told before it", limit, id)
				}
				told = append(told, fmt.Sprint(id, " ", c.Stored))
			}
		}
		counts := map[string]int{}
		for _, change := range told {
			counts[change]++
		}
		want := map[string]int{"lead 1 true": 1, "lead 2 true": 1, "lead 3 true": 1, "lead 4 true": 1, "lead 5 true": 1,
			"lead 1 false": 1, "lead 2 false": 1, "lead 4 false": 1, "lead 5 false": 2}
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Errorf("%d at a time (-want +got):\n%s", limit, diff)
		}
	}
}
