package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// auditKey is the purpose of the key that signs audit entries.
const auditKey = "audit log"

// auditRow is a row of audit_entry, with the hash of its link when that is read.
type auditRow struct {
	audit.Entry
	linkHash []byte
}

var auditTable = table.Of[auditRow]{
	"id":         func(r *auditRow) any { return &r.ID },
	"counter":    func(r *auditRow) any { return &r.Counter },
	"number":     func(r *auditRow) any { return &r.Number },
	"at":         func(r *auditRow) any { return table.Millis(&r.At) },
	"who":        func(r *auditRow) any { return &r.Who },
	"action":     func(r *auditRow) any { return &r.Action },
	"lead_id":    func(r *auditRow) any { return &r.Lead },
	"fields":     func(r *auditRow) any { return table.Words(&r.Fields) },
	"reason":     func(r *auditRow) any { return &r.Reason },
	"request_id": func(r *auditRow) any { return &r.RequestID },
	"sum":        func(r *auditRow) any { return &r.Sum },
	"link":       func(r *auditRow) any { return &r.Link },
	"link_hash":  func(r *auditRow) any { return &r.linkHash },
}

const (
	auditColumns = "id, counter, number, at, who, action, lead_id, fields, reason, request_id, sum"
	auditOfLead  = "select " + auditColumns + ", coalesce(link, 0) as link from audit_entry where lead_id = $1 order by at, id"
	newCounter   = "insert into audit_counter (id, entries) values ($1, 1)"
)

var insertAudit = table.Named("insert into audit_entry (" + auditColumns + `)
	values (:id, :counter, :number, :at, :who, :action, :lead_id, :fields, :reason, :request_id, :sum)`)

// Audit writes the entry of an act that changes nothing else in the store. When it returns without an error the
// entry is on disk.
func (s *Store) Audit(ctx context.Context, e audit.Entry) error {
	_, err := db.Write(ctx, s.engine, decisionLimit, func(ctx context.Context, q db.Queries) (struct{}, error) {
		return struct{}{}, s.addAudit(ctx, q, e)
	})
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// addAudit appends e in the transaction of the act that it tells of. ChainAudit links it later.
func (s *Store) addAudit(ctx context.Context, q db.Queries, e audit.Entry) (err error) {
	if e.At.IsZero() {
		e.At = s.now()
	}
	e.At = table.AsStored(e.At)
	if err := e.Check(); err != nil {
		return err
	}
	e.ID = lead.NewName()
	if e.Counter, e.Number, err = s.raiseCounter(ctx, q); err != nil {
		return err
	}
	row := auditRow{Entry: e.Sign(s.keys.Derive(auditKey))}
	_, err = auditTable.Exec(ctx, q, insertAudit, &row)
	return err
}

// raiseCounter raises a counter that no other transaction is raising. Without one it makes a new counter, so that
// nobody waits and there are no more counters than there ever were acts at once.
func (s *Store) raiseCounter(ctx context.Context, q db.Queries) (id string, n int64, err error) {
	err = q.QueryRowContext(ctx, "update audit_counter set entries = entries + 1 where id = (select id from audit_counter order by id limit 1"+
		s.engine.SkipLocked()+") returning id, entries").Scan(&id, &n)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, n, err
	}
	id = lead.NewName()
	_, err = q.ExecContext(ctx, newCounter, id)
	return id, 1, err
}

// AuditOf lists the entries about a lead, oldest first, linked or not.
func (s *Store) AuditOf(ctx context.Context, leadID string) ([]audit.Entry, error) {
	rows, err := auditTable.All(ctx, s.engine.Reader(), auditOfLead, leadID)
	if err != nil {
		return nil, fmt.Errorf("read the audit log of lead %s: %w", leadID, db.Clean(err))
	}
	var entries []audit.Entry
	for _, r := range rows {
		entries = append(entries, r.Entry)
	}
	return entries, nil
}
