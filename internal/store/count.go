package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// What is at its end is not counted: there may be millions, and nobody waits for them.
const (
	countOpen = `select 'received' as status, count(*) from lead where status = 'received'
		union all select status, count(*) from lead where status <> 'received'
			and status in ('suspect', 'sending', 'submitting', 'refused', 'in_doubt', 'parked') group by status
		union all select 'created', count(*) from lead where ` + unfinished

	countAll = "select status, count(*) from lead group by status"

	oldestUnsent = "select received_at from lead where status = 'received' and hold = '' order by received_at limit 1"
)

// CountOpen tells how many leads stand where, those at their end left out: of those that Alleviate has it counts the
// ones that wait for a result or for a step. A status without leads is left out.
func (s *Store) CountOpen(ctx context.Context) (map[lead.Status]int, error) {
	return s.count(ctx, countOpen)
}

// Counts tells how many leads stand where, those at their end too. It walks over every lead: nobody asks it often.
func (s *Store) Counts(ctx context.Context) (map[lead.Status]int, error) {
	return s.count(ctx, countAll)
}

func (s *Store) count(ctx context.Context, query string) (counts map[lead.Status]int, err error) {
	defer db.Wrap(&err, "count leads")
	counts = map[lead.Status]int{}
	err = table.Each(ctx, s.leads.Engine.Reader(), query, func(row *sql.Rows) error {
		var status lead.Status
		var n int
		err := row.Scan(&status, &n)
		if n > 0 {
			counts[status] = n
		}
		return err
	})
	return counts, err
}

// OldestUnsent is when the lead arrived that has waited longest to be sent; the zero time when none
// waits. Leads on hold wait for a person and do not count.
func (s *Store) OldestUnsent(ctx context.Context) (at time.Time, err error) {
	defer db.Wrap(&err, "find the oldest unsent lead")
	oldest, err := leadtable.Columns.One(ctx, s.leads.Engine.Reader(), oldestUnsent)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return oldest.ReceivedAt, err
}
