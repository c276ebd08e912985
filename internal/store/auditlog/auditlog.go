// Package auditlog keeps the audit entries: who did what, when and why, in a chain that shows when one was changed or
// taken away.
package auditlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/clock"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// purpose is that of the key that signs the entries.
const purpose = "audit log"

// writeLimit is how long a write may take. A person decided, and a server may be writing all the time.
const writeLimit = 30 * time.Second

// Log is the audit log of a database.
type Log struct {
	Engine db.Engine
	Keys   *seal.Keys
	Clock  *clock.Clock
}

// row is a row of audit_entry.
type row struct {
	audit.Entry
	linkHash []byte
}

var columns = table.Of[row]{
	"id":         func(r *row) any { return &r.ID },
	"counter":    func(r *row) any { return &r.Counter },
	"number":     func(r *row) any { return &r.Number },
	"at":         func(r *row) any { return table.Millis(&r.At) },
	"who":        func(r *row) any { return &r.Who },
	"action":     func(r *row) any { return &r.Action },
	"lead_id":    func(r *row) any { return &r.Lead },
	"fields":     func(r *row) any { return table.Words(&r.Fields) },
	"reason":     func(r *row) any { return &r.Reason },
	"request_id": func(r *row) any { return &r.RequestID },
	"sum":        func(r *row) any { return &r.Sum },
	"link":       func(r *row) any { return &r.Link },
	"link_hash":  func(r *row) any { return &r.linkHash },
}

const (
	entryColumns = "id, counter, number, at, who, action, lead_id, fields, reason, request_id, sum"
	selectEntry  = "select " + entryColumns + ", coalesce(link, 0) as link, link_hash from audit_entry where "
	selectOfLead = selectEntry + "lead_id = $1 order by at, id"
)

var insertEntry = table.Named("insert into audit_entry (" + entryColumns + `)
	values (:id, :counter, :number, :at, :who, :action, :lead_id, :fields, :reason, :request_id, :sum)`)

// Write writes the entry of an act that changes nothing else in the store. When it returns without an error the
// entry is on disk.
func (l Log) Write(ctx context.Context, e audit.Entry) error {
	_, err := db.Write(ctx, l.Engine, writeLimit, func(ctx context.Context, q db.Queries) (struct{}, error) {
		return struct{}{}, l.Add(ctx, q, e)
	})
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// Write is db.Write with an audit entry in the same commit.
func Write[T any](ctx context.Context, l Log, limit time.Duration, e audit.Entry, act func(context.Context, db.Queries) (T, error)) (T, error) {
	return db.Write(ctx, l.Engine, limit, func(ctx context.Context, q db.Queries) (T, error) {
		result, err := act(ctx, q)
		if err != nil {
			return result, err
		}
		return result, l.Add(ctx, q, e)
	})
}

// Add appends e in the transaction of the act that it tells of. Chain links it later.
func (l Log) Add(ctx context.Context, q db.Queries, e audit.Entry) (err error) {
	if e.At.IsZero() {
		e.At = l.Clock.Now()
	}
	e.At = table.AsStored(e.At)
	if err := e.Check(); err != nil {
		return err
	}
	e.ID = lead.NewName()
	if e.Counter, e.Number, err = l.raiseCounter(ctx, q); err != nil {
		return err
	}
	r := row{Entry: e.Sign(l.Keys.Derive(purpose))}
	_, err = columns.Exec(ctx, q, insertEntry, &r)
	return err
}

// raiseCounter raises a counter that no other transaction is raising. Without one it makes a new counter, so that
// nobody waits and there are no more counters than there ever were acts at once.
func (l Log) raiseCounter(ctx context.Context, q db.Queries) (id string, n int64, err error) {
	err = q.QueryRowContext(ctx, "update audit_counter set entries = entries + 1 where id = (select id from audit_counter order by id limit 1"+
		l.Engine.SkipLocked()+") returning id, entries").Scan(&id, &n)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, n, err
	}
	id = lead.NewName()
	_, err = q.ExecContext(ctx, "insert into audit_counter (id, entries) values ($1, 1)", id)
	return id, 1, err
}

// Of lists the entries about a lead, oldest first, linked or not.
func (l Log) Of(ctx context.Context, leadID string) ([]audit.Entry, error) {
	rows, err := columns.All(ctx, l.Engine.Reader(), selectOfLead, leadID)
	if err != nil {
		return nil, fmt.Errorf("read the audit log of lead %s: %w", leadID, db.Clean(err))
	}
	var entries []audit.Entry
	for _, r := range rows {
		entries = append(entries, r.Entry)
	}
	return entries, nil
}
