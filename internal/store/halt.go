package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/auditlog"
	"intake/internal/store/db"
)

// countDoubtsSQL counts the doubts that calls left behind. Those of a restore do not count: Alleviate did not cause
// them.
const countDoubtsSQL = `select count(*) from lead_event where to_status = 'in_doubt' and at > $1
	and event in ('` + string(lead.Ambiguous) + `', '` + string(lead.LeaseExpired) + `')`

// haltIfTooMany halts createLead when the last hour brought too many doubts, the one that was just
// written among them.
func (s *Store) haltIfTooMany(ctx context.Context, q db.Queries) error {
	if s.options.DoubtHalt == 0 {
		return nil
	}
	sh, err := s.mlas.Lock(ctx, q)
	if err != nil || !sh.HaltedAt.IsZero() {
		return err
	}
	now := s.leads.Now()
	since := now.Add(-time.Hour)
	if sh.CountedFrom.After(since) {
		since = sh.CountedFrom
	}
	var n int
	if err := q.QueryRowContext(ctx, countDoubtsSQL, since.UnixMilli()).Scan(&n); err != nil || n <= s.options.DoubtHalt {
		return err
	}
	_, err = q.ExecContext(ctx, "update delivery set halted_at = $1, halt_reason = $2 where host = $3",
		now.UnixMilli(), fmt.Sprintf("%d new doubts within an hour", n), s.mlas.Host)
	return err
}

// Halted tells since when createLead is halted, and why; the zero time means that it is not.
func (s *Store) Halted(ctx context.Context) (since time.Time, why string, err error) {
	defer db.Wrap(&err, "read whether createLead is halted")
	sh, err := s.mlas.Read(ctx)
	return sh.HaltedAt, sh.HaltReason, err
}

// ErrNotHalted: there is nothing to resume.
var ErrNotHalted = errors.New("createLead is not halted")

// Resume lets createLead go on for all processes. The doubts so far count no more. The entry tells
// who and why, and is written in the same commit; its action is filled in.
func (s *Store) Resume(ctx context.Context, e audit.Entry) (err error) {
	defer db.Wrap(&err, "resume createLead")
	e.Action = "resume createLead"
	_, err = auditlog.Write(ctx, s.AuditLog(), db.DecisionLimit, e, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		sh, err := s.mlas.Lock(ctx, q)
		if err != nil {
			return nil, err
		}
		if sh.HaltedAt.IsZero() {
			return nil, ErrNotHalted
		}
		return q.ExecContext(ctx, "update delivery set halted_at = null, halt_reason = '', counted_from = $1 where host = $2", s.leads.Now().UnixMilli(), s.mlas.Host)
	})
	return err
}
