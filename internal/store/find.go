package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
)

var (
	selectByHandle = "select " + clearColumns + " from lead where handle_hash = $1"
	countByStatus  = "select status, count(*) from lead group by status"
	selectByID     = "select " + clearColumns + ", " + sealedColumns + ", origin from lead where id = $1"
)

// FindByHandle returns what a status page needs: all that is not sealed, and the handle. It
// opens none of the person's answers. No such lead is lead.ErrNotFound.
func (s *Store) FindByHandle(ctx context.Context, handle string) (lead.Lead, error) {
	l := lead.Lead{Handle: lead.Keep(handle)}
	err := scanClear(s.engine.Reader().QueryRowContext(ctx, selectByHandle, s.handleHash(handle)), &l)
	if errors.Is(err, sql.ErrNoRows) {
		return lead.Lead{}, lead.ErrNotFound
	}
	if err != nil {
		return lead.Lead{}, fmt.Errorf("find lead by handle: %w", db.Clean(err))
	}
	return l, nil
}

// Find returns a lead with everything opened. No such lead is lead.ErrNotFound; a sealed value
// that does not open is an error.
func (s *Store) Find(ctx context.Context, id lead.PartnerID) (lead.Lead, error) {
	var l lead.Lead
	var from []byte
	sealed, err := scanAll(beside{s.engine.Reader().QueryRowContext(ctx, selectByID, id), &from}, &l)
	if errors.Is(err, sql.ErrNoRows) {
		return lead.Lead{}, lead.ErrNotFound
	}
	if err != nil {
		return lead.Lead{}, fmt.Errorf("find lead %s: %w", id, db.Clean(err))
	}
	if err := s.open(&l, sealed); err != nil {
		return lead.Lead{}, fmt.Errorf("find lead %s: %w", id, err)
	}
	if err := s.openField(originOf(&l.Origin), from, string(id), ""); err != nil {
		return lead.Lead{}, fmt.Errorf("find lead %s: %w", id, err)
	}
	return l, nil
}

// byReferenceSQL reads the ids alone, which stand in an index, before it reads the rows.
var byReferenceSQL = "select " + clearColumns + " from lead where id in (select id from lead where " +
	fmt.Sprintf("substr(id, %d, 8) = $1) order by received_at, id", lead.ReferenceAt+1)

// ByReference returns the leads that have the reference, oldest first and without their answers: none, one,
// or seldom more.
func (s *Store) ByReference(ctx context.Context, r lead.Reference) ([]lead.Lead, error) {
	leads, err := selectLeads(ctx, s.engine.Reader(), byReferenceSQL, []any{string(r)})
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
