package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
)

const countByStatus = "select status, count(*) from lead group by status"

// FindByHandle returns what a status page needs: all that is not sealed, and the handle. It
// opens none of the person's answers. No such lead is lead.ErrNotFound.
func (s *Store) FindByHandle(ctx context.Context, handle string) (lead.Lead, error) {
	block, err := s.keys.HandleID(handle)
	id, ok := lead.IDFromBytes(block)
	if err != nil || !ok {
		return lead.Lead{}, lead.ErrNotFound
	}
	l, err := facts(ctx, s.engine.Reader(), selectFacts, id)
	if err != nil {
		return lead.Lead{}, fmt.Errorf("find lead by handle: %w", db.Clean(err))
	}
	l.Handle = lead.Keep(handle)
	return l, nil
}

// Find returns a lead with everything opened that is not erased. No such lead is lead.ErrNotFound; a sealed record
// that does not open is an error.
func (s *Store) Find(ctx context.Context, id lead.PartnerID) (lead.Lead, error) {
	r, err := oneLead(ctx, s.engine.Reader(), selectAnswers, id)
	if err == nil {
		err = s.openAnswers(&r)
	}
	if err != nil {
		return lead.Lead{}, fmt.Errorf("find lead %s: %w", id, db.Clean(err))
	}
	if handle := s.handleOf(id); handle != "" {
		r.Handle = lead.Keep(handle)
	}
	return r.Lead, nil
}

// byReferenceSQL reads the ids alone, which stand in an index, before it reads the rows.
var byReferenceSQL = "select " + factColumns + " from lead where id in (select id from lead where " +
	fmt.Sprintf("substr(id, %d, 8) = $1) order by received_at, id", lead.ReferenceAt+1)

// ByReference returns the leads that have the reference, oldest first and without their answers: none, one,
// or seldom more.
func (s *Store) ByReference(ctx context.Context, r lead.Reference) ([]lead.Lead, error) {
	leads, err := selectLeads(ctx, s.engine.Reader(), byReferenceSQL, string(r))
	if err != nil {
		return nil, fmt.Errorf("find the lead of a reference: %w", db.Clean(err))
	}
	return leads, nil
}

// Counts tells how many leads stand where. A status without leads is left out.
func (s *Store) Counts(ctx context.Context) (map[lead.Status]int, error) {
	rows, err := s.engine.Reader().QueryContext(ctx, countByStatus)
	if err != nil {
		return nil, fmt.Errorf("count leads: %w", db.Clean(err))
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	counts := map[lead.Status]int{}
	for rows.Next() {
		var status lead.Status
		var n int
		if err := rows.Scan(&status, &n); err != nil {
			return nil, fmt.Errorf("count leads: %w", db.Clean(err))
		}
		counts[status] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count leads: %w", db.Clean(err))
	}
	return counts, nil
}

// NextDue tells when the earliest waiting lead is due, which may be past; false means that none
// is waiting.
func (s *Store) NextDue(ctx context.Context) (time.Time, bool, error) {
	var earliest time.Time
	for _, step := range []lead.Step{lead.Send, lead.Submit, lead.Look, lead.LookBack} {
		from, _, err := claimMove(step)
		if err != nil {
			return time.Time{}, false, err
		}
		var due time.Time
		err = s.engine.Reader().QueryRowContext(ctx, "select min(next_attempt_at) from lead where "+waiting, step, from).Scan(millis{&due})
		if err != nil {
			return time.Time{}, false, fmt.Errorf("find the next due lead: %w", db.Clean(err))
		}
		if !due.IsZero() && (earliest.IsZero() || due.Before(earliest)) {
			earliest = due
		}
	}
	return earliest, !earliest.IsZero(), nil
}

// Ready stores a small row as durably as a lead and returns nil when that worked: a lead could
// be stored now.
func (s *Store) Ready(ctx context.Context) error {
	now := s.now().UnixMilli()
	_, err := write(ctx, s, acceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
		return q.ExecContext(ctx, "update stamp set checked_at = $1 where id = 1", now)
	})
	if err != nil {
		return fmt.Errorf("check that a lead can be stored: %w", err)
	}
	return nil
}
