package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"intake/internal/audit"
	"intake/internal/store/db"
)

// auditPage is how many entries a check of the chain reads at once.
const auditPage = 500

const (
	auditColumns = "seq, at, who, action, lead_id, fields, reason, request_id, previous, hash"
	insertAudit  = "insert into audit_entry (" + auditColumns + ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
	selectAudit  = "select " + auditColumns + " from audit_entry where seq > $1 order by seq limit $2"
	auditOfLead  = "select " + auditColumns + " from audit_entry where lead_id = $1 order by seq"
)

const selectHead = "select seq, hash from audit_head where id = 1"

// Audit writes the entry of an act that changes nothing else in the store, such as a view. When it
// returns without an error the entry is on disk.
func (s *Store) Audit(ctx context.Context, e audit.Entry) error {
	_, err := write(ctx, s, decisionLimit, func(ctx context.Context, q db.Queries) (struct{}, error) {
		return struct{}{}, s.addAudit(ctx, q, e)
	})
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// addAudit appends e to the chain inside the transaction of the act that it tells of. The head is
// locked until the commit, so it comes last: nobody waits behind a long act.
func (s *Store) addAudit(ctx context.Context, q db.Queries, e audit.Entry) error {
	if e.At.IsZero() {
		e.At = s.now()
	}
	e.At = stored(e.At)
	if err := e.Check(); err != nil {
		return err
	}
	var head audit.Head
	if err := q.QueryRowContext(ctx, selectHead+s.engine.LockRow()).Scan(&head.Seq, &head.Hash); err != nil {
		return err
	}
	e = head.Append(e)
	if _, err := q.ExecContext(ctx, insertAudit, e.Seq, e.At.UnixMilli(), e.Who, e.Action, e.Lead,
		strings.Join(e.Fields, " "), e.Reason, e.RequestID, e.Previous, e.Hash); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, "update audit_head set seq = $1, hash = $2 where id = 1", e.Seq, e.Hash)
	return err
}

// AuditOf lists the entries about a lead, oldest first.
func (s *Store) AuditOf(ctx context.Context, leadID string) ([]audit.Entry, error) {
	entries, err := s.auditEntries(ctx, auditOfLead, leadID)
	if err != nil {
		return nil, fmt.Errorf("read the audit log of lead %s: %w", leadID, db.Clean(err))
	}
	return entries, nil
}

// VerifyAudit walks the whole chain and returns its head. An audit.ErrBroken names the first entry
// that is missing or not as it was written; any other error says nothing about the chain. With a hash that a head had before, it also misses an end that
// was cut off and forged anew.
func (s *Store) VerifyAudit(ctx context.Context, known []byte) (audit.Head, error) {
	var head audit.Head
	found := known == nil
	for {
		entries, err := s.auditEntries(ctx, selectAudit, head.Seq, auditPage)
		if err != nil {
			return head, fmt.Errorf("read the audit log: %w", db.Clean(err))
		}
		for _, e := range entries {
			if head, err = head.Follow(e); err != nil {
				return head, err
			}
			found = found || bytes.Equal(head.Hash, known)
		}
		if len(entries) == auditPage {
			continue
		}
		done, err := s.atEnd(ctx, head)
		if err != nil {
			return head, err
		}
		if done && !found {
			return head, audit.Broken("the audit log does not hold the entry that was its head before")
		}
		if done {
			return head, nil
		}
	}
}

// atEnd compares the last entry with the head that is kept beside the entries; it is false when
// an entry was appended meanwhile.
func (s *Store) atEnd(ctx context.Context, last audit.Head) (bool, error) {
	var kept audit.Head
	if err := s.engine.Reader().QueryRowContext(ctx, selectHead).Scan(&kept.Seq, &kept.Hash); err != nil {
		return false, fmt.Errorf("read the audit log: %w", db.Clean(err))
	}
	if kept.Seq == last.Seq && bytes.Equal(kept.Hash, last.Hash) {
		return true, nil
	}
	var next int64
	err := s.engine.Reader().QueryRowContext(ctx, "select seq from audit_entry where seq > $1 limit 1", last.Seq).Scan(&next)
	if errors.Is(err, sql.ErrNoRows) {
		return false, audit.Broken("the audit log ends with entry %d and should end with %d", last.Seq, kept.Seq)
	}
	if err != nil {
		return false, fmt.Errorf("read the audit log: %w", db.Clean(err))
	}
	return false, nil
}

func (s *Store) auditEntries(ctx context.Context, query string, args ...any) ([]audit.Entry, error) {
	rows, err := s.engine.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	var entries []audit.Entry
	for rows.Next() {
		var e audit.Entry
		var at time.Time
		var fields string
		if err := rows.Scan(&e.Seq, millis{&at}, &e.Who, &e.Action, &e.Lead, &fields, &e.Reason, &e.RequestID, &e.Previous, &e.Hash); err != nil {
			return nil, err
		}
		e.At, e.Fields = at, strings.Fields(fields)
		entries = append(entries, e)
	}
	return entries, rows.Err()
}
