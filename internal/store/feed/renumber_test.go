package feed_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"intake/internal/store/db"
	"intake/internal/store/feed"
	"intake/internal/store/storetest"
)

// cutEngine fails after so many writes, and counts those that it has let through.
type cutEngine struct {
	db.Engine
	left, done int
}

var errCut = errors.New("the program was stopped")

// Write is that of the engine.
func (e *cutEngine) Write(ctx context.Context, w db.Work) error {
	if e.left == 0 {
		return errCut
	}
	e.left--
	e.done++
	return e.Engine.Write(ctx, w)
}

// Three batches of leads and two of events, of which the last is empty, came from a server that had counted further.
func TestRenumber_InSeveralBatchesAndAfterAStop_OnPostgres(t *testing.T) {
	engine, err := db.OpenPostgres(t.Context(), storetest.StartPostgres(t).Database(t), "simulator")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	if err := engine.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const leads, events, ahead = 10_003, 5_000, int64(1) << 40
	err = engine.Write(t.Context(), func(ctx context.Context, q db.Queries) error {
		var errs []error
		for _, statement := range []string{
			fmt.Sprintf(`insert into lead (xid, id, draft_id, request, draft_version, language, status, received_at, changed_at, consent)
				select %d - i, 'lead ' || i, 'draft ' || i, 1, 0, 'en', 'created', 0, 0, '' from generate_series(1, %d) as i`, ahead, leads),
			`insert into lead (id, draft_id, request, draft_version, language, status, received_at, changed_at, consent)
				values ('own', 'own', 1, 0, 'en', 'created', 0, 0, '')`,
			fmt.Sprintf(`insert into lead_event (xid, lead_id, at, event, from_status, to_status, attempt)
				select %d - i, 'lead ' || i, 0, 'looked', 'created', 'created', 0 from generate_series(1, %d) as i`, ahead, events),
			"update hourly_cursor set lead_xid = 7, lead_seq = 7, event_xid = 7, event_seq = 7",
			"insert into hourly_leads (hour, source_id, agent_id, result_code, status, leads) values (0, 1, 0, 0, 'created', 7)",
		} {
			_, err := q.ExecContext(ctx, statement)
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := func(when, query string, want int64) {
		t.Helper()
		var got int64
		if err := engine.Reader().QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %s: %d, %v, want %d", when, query, got, err, want)
		}
	}
	const (
		renumberedLeads  = "select count(*) from lead where xid = 0"
		renumberedEvents = "select count(*) from lead_event where xid = 0"
		figures          = "select (select count(*) from hourly_leads) + (select count(*) from hourly_cursor where lead_xid + lead_seq + event_xid + event_seq > 0)"
	)
	stopped := &cutEngine{Engine: engine, left: 1}
	if err := feed.Renumber(t.Context(), stopped); !errors.Is(err, errCut) {
		t.Errorf("a run that is stopped says %v", err)
	}
	want("after one batch", renumberedLeads, 5_000)
	want("after one batch", figures, 2)

	rest := &cutEngine{Engine: engine, left: -1}
	if err := feed.Renumber(t.Context(), rest); err != nil {
		t.Fatal(err)
	}
	if rest.done != 4 {
		t.Errorf("the rest took %d commits, want two for the leads and two for the events", rest.done)
	}
	want("after all batches", renumberedLeads, leads)
	want("after all batches", renumberedEvents, events)
	want("after all batches", figures, 0)
	want("after all batches", "select count(*) from lead where id = 'own' and xid > 0", 1)

	told := 0
	for cursor, more := (feed.Cursor{}), true; more; {
		var changes []feed.Change
		if changes, cursor, more, err = feed.Read(t.Context(), engine, cursor, 4_000); err != nil {
			t.Fatal(err)
		}
		told += len(changes)
	}
	if told != leads+1+events {
		t.Errorf("the feed tells %d changes, want %d", told, leads+1+events)
	}
	again := &cutEngine{Engine: engine}
	if err := feed.Renumber(t.Context(), again); err != nil {
		t.Errorf("another run writes although there is nothing to do: %v", err)
	}
}
