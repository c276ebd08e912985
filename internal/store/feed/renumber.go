package feed

import (
	"context"
	"errors"
	"strings"

	"intake/internal/store/db"
)

// renumberBatch is how many rows share a commit.
const renumberBatch = 5000

// Renumber readies a database that was copied to another PostgreSQL server by its rows, as pg_dump does it. There
// transaction ids begin anew, so that old rows seem to be committed in the future. They are given an id before all
// others, and the hourly figures are counted anew. It may be interrupted and run again.
func Renumber(ctx context.Context, engine db.Engine) (err error) {
	defer db.Wrap(&err, "renumber the change feed")
	ahead := engine.CommitOrder().Ahead
	if ahead == "" {
		return nil
	}
	var n int
	found := strings.ReplaceAll("select (select count(*) from (select from lead t where {a} limit 1) as l) + (select count(*) from (select from lead_event t where {a} limit 1) as e)", "{a}", ahead)
	if err := engine.Reader().QueryRowContext(ctx, found).Scan(&n); err != nil || n == 0 {
		return err
	}
	for _, table := range []string{"lead", "lead_event"} {
		update := "update " + table + " set xid = 0 where (xid, seq) in (select t.xid, t.seq from " + table + " t where " + ahead + " order by t.xid, t.seq limit $1)"
		for left := int64(renumberBatch); left == renumberBatch; {
			err := engine.Write(ctx, func(ctx context.Context, q db.Queries) error {
				result, err := q.ExecContext(ctx, update, renumberBatch)
				if err == nil {
					left, err = result.RowsAffected()
				}
				if err != nil || left == renumberBatch {
					return err
				}
				return resetFigures(ctx, q)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// resetFigures lets the figures be counted anew. It belongs into the commit of the last rows of a table: a process that
// serves meanwhile may have counted behind rows that were still to be renumbered.
func resetFigures(ctx context.Context, q db.Queries) error {
	var errs []error
	for _, statement := range []string{
		"update hourly_cursor set lead_xid = 0, lead_seq = 0, event_xid = 0, event_seq = 0", "delete from hourly_leads", "delete from hourly_latency",
	} {
		_, err := q.ExecContext(ctx, statement)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
