package db

import (
	"context"

	"intake/internal/store/db/watch"
)

// CommitOrder of SQLite is seq: there is one writer at a time, and it commits in that order.
func (e *sqliteEngine) CommitOrder() CommitOrder {
	return CommitOrder{
		After:    func(xid, seq string) string { return "t.xid >= " + xid + " and t.seq > " + seq },
		Forwards: "t.seq", Backwards: "t.seq desc",
	}
}

// CommitOrder of PostgreSQL is the transaction id. Rows of a transaction wait until every transaction that began
// earlier has ended, since one of those may still commit a row in front of them.
func (e *postgresEngine) CommitOrder() CommitOrder {
	return CommitOrder{
		After: func(xid, seq string) string {
			return "(t.xid, t.seq) > (" + xid + ", " + seq + ") and t.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
		},
		Ahead:    "t.xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
		Forwards: "t.xid, t.seq", Backwards: "t.xid desc, t.seq desc",
	}
}

// Watch polls the version of the file.
func (e *sqliteEngine) Watch(ctx context.Context, wake func()) error {
	return watch.SQLite(ctx, fileAddress(e.path)+readerSettings, wake)
}

// Watch listens to notifications, which every process sends after it has written.
func (e *postgresEngine) Watch(ctx context.Context, wake func()) error {
	return watch.Postgres(ctx, e.listener, wake)
}
