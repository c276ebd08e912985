// Package stats are the figures of dashboards: how many of the leads of an hour stand where, and how long they took.
// They are counted from the change feed.
package stats

import (
	"context"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/feed"
	"intake/internal/store/table"
)

const (
	foldBatch = 500              // changes in one commit, so that nobody waits long behind it
	foldLimit = 30 * time.Second // of one commit
)

// bounds are those of the latency histogram. What took longer than the last is counted apart.
var bounds = []time.Duration{
	250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour,
}

const (
	selectCursor = "select lead_xid, lead_seq, event_xid, event_seq from hourly_cursor where id = 1"
	moveCursor   = `update hourly_cursor set lead_xid = $1, lead_seq = $2, event_xid = $3, event_seq = $4
		where id = 1 and lead_xid = $5 and lead_seq = $6 and event_xid = $7 and event_seq = $8`
	addLeads = `insert into hourly_leads (hour, source_id, agent_id, result_code, status, leads) values ($1, $2, $3, $4, $5, $6)
		on conflict (hour, source_id, agent_id, result_code, status) do update set leads = hourly_leads.leads + excluded.leads`
	dropEmpty  = "delete from hourly_leads where hour = $1 and leads = 0"
	addLatency = `insert into hourly_latency (hour, source_id, agent_id, result_code, status, at_most, leads) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (hour, source_id, agent_id, result_code, status, at_most) do update set leads = hourly_latency.leads + excluded.leads`
)

// Stats keeps the hourly figures of a database.
type Stats struct{ Engine db.Engine }

// Fold counts what has happened since the last call, and returns how many changes that were. It may be interrupted and
// run again, also by several processes at once: figures and cursor move in the same commit, and whoever finds the cursor moved
// drops what they have counted.
func (s Stats) Fold(ctx context.Context) (folded int, err error) {
	defer db.Wrap(&err, "fold the hourly figures")
	for more := true; more && err == nil; {
		if err := ctx.Err(); err != nil {
			return folded, err
		}
		var n int
		n, more, err = s.foldBatch(ctx)
		folded += n
	}
	return folded, err
}

func (s Stats) foldBatch(ctx context.Context) (n int, more bool, err error) {
	var from feed.Cursor
	err = s.Engine.Reader().QueryRowContext(ctx, selectCursor).Scan(&from.Lead.XID, &from.Lead.Seq, &from.Event.XID, &from.Event.Seq)
	if err != nil {
		return 0, false, err
	}
	changes, next, more, err := feed.Read(ctx, s.Engine, from, foldBatch)
	if err != nil || len(changes) == 0 {
		return 0, false, err
	}
	counted := count(changes)
	moved, err := db.Write(ctx, s.Engine, foldLimit, func(ctx context.Context, q db.Queries) (int, error) {
		moved, err := table.Affected(q.ExecContext(ctx, moveCursor, next.Lead.XID, next.Lead.Seq, next.Event.XID, next.Event.Seq,
			from.Lead.XID, from.Lead.Seq, from.Event.XID, from.Event.Seq))
		if err != nil || moved == 0 {
			return 0, err // another process was faster
		}
		return moved, counted.write(ctx, q)
	})
	if err != nil || moved == 0 {
		return 0, true, err
	}
	return len(changes), more, nil
}

// bucket is a row of hourly_leads.
type bucket struct {
	hour, source, agent int64
	code                int
	status              lead.Status
}

// slot is a row of hourly_latency.
type slot struct {
	bucket
	atMost time.Duration
}

// counts are what a batch adds to the tables.
type counts struct {
	leads   map[bucket]int
	latency map[slot]int
}

// count moves each lead from the bucket in which it was to the one in which it is.
func count(changes []feed.Change) counts {
	c := counts{map[bucket]int{}, map[slot]int{}}
	for _, change := range changes {
		if change.Late {
			continue
		}
		to := bucket{change.ReceivedAt.Truncate(time.Hour).UnixMilli(), change.Source, change.Agent, change.Code, change.Status}
		if to.code == 0 {
			to.code = change.CodeBefore
		}
		if change.Stored {
			c.leads[to]++
			continue
		}
		from := to
		from.code, from.status = change.CodeBefore, change.From
		if from.status == "" {
			from.status = lead.Received // the first event of a lead, which was counted as received
		}
		c.leads[from]--
		c.leads[to]++
		if change.First && (change.Status == lead.Created || change.Status == lead.Submitted) {
			c.latency[slot{to, boundOf(change.At.Sub(change.ReceivedAt))}]++
		}
	}
	return c
}

// boundOf is the bound that a duration is counted under, 0 above the last.
func boundOf(d time.Duration) time.Duration {
	for _, bound := range bounds {
		if d <= bound {
			return bound
		}
	}
	return 0
}

func (c counts) write(ctx context.Context, q db.Queries) error {
	hours := map[int64]bool{}
	for b, n := range c.leads {
		if n == 0 {
			continue
		}
		hours[b.hour] = true
		if _, err := q.ExecContext(ctx, addLeads, b.hour, b.source, b.agent, b.code, b.status, n); err != nil {
			return err
		}
	}
	for s, n := range c.latency {
		if _, err := q.ExecContext(ctx, addLatency, s.hour, s.source, s.agent, s.code, s.status, s.atMost.Milliseconds(), n); err != nil {
			return err
		}
	}
	for hour := range hours {
		if _, err := q.ExecContext(ctx, dropEmpty, hour); err != nil {
			return err
		}
	}
	return nil
}
