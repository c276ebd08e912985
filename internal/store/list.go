package store

import (
	"context"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
)

// List is a list of leads that a person looks at.
type List string

// The lists; each name of a status is one too.
const (
	NotFinal List = "not_final" // Alleviate has had it for a day and gave no final result
	Stuck    List = "stuck"     // no claim will take it, or it is overdue
	Changed  List = "changed"   // closed without a result, and Alleviate has one since
)

const (
	notFinalAfter = 24 * time.Hour
	changedFor    = 60 * 24 * time.Hour // looks end after 30
	leaseOverBy   = 10 * time.Minute    // every process looks for them every 15 seconds
	dueFor        = time.Hour
)

const (
	listAny   = " order by changed_at, id limit "
	notFinals = "status = 'created' and " + notFinal + " and changed_at <= $1"
	notFinal  = "result_code in (0, 1000, 1001, 9999)" // as lead.Final says
	changes   = "status = 'closed' and reason like '" + lead.ChangedLate + "%' and changed_at > $1"
	leasesOut = "lease_until <= $1"
	unclaimed = `(status in ('sending', 'submitting') and lease_until is null
		or status = 'received' and hold = '' and lease_until is null and (step <> 'send' or next_attempt_at is null))`
	// Leads that are overdue, and created ones that no look is planned for, in one scan of the many created leads.
	overdue = `status in ('received', 'created') and hold = '' and lease_until is null and (next_attempt_at <= $2
		or status = 'created' and (step = '' and ` + notFinal + ` or step <> '' and next_attempt_at is null))`
)

// Leads returns up to n leads of a list, those that stand there for longest first, without their
// answers.
func (s *Store) Leads(ctx context.Context, list List, n int) ([]lead.Lead, error) {
	now := s.now()
	query, args := "status = $1"+listAny+"$2", []any{list, n}
	switch list {
	case NotFinal:
		query, args = notFinals+listAny+"$2", []any{now.Add(-notFinalAfter).UnixMilli(), n}
	case Changed:
		query, args = changes+listAny+"$2", []any{now.Add(-changedFor).UnixMilli(), n}
	case Stuck:
		return s.Orphans(ctx, true, n)
	}
	query = "select " + factColumns + " from lead where " + query
	if list == Tell {
		query, args = selectTell, []any{n}
	}
	leads, err := selectLeads(ctx, s.engine.Reader(), query, args...)
	if err != nil {
		return nil, fmt.Errorf("list leads: %w", db.Clean(err))
	}
	return leads, nil
}

// Orphans returns up to n leads that are stuck although nothing should hold them: their lease is
// over by ten minutes, or no claim looks for them where they stand. While delivery is open, and its
// pace not used up, also those that are due for an hour.
func (s *Store) Orphans(ctx context.Context, open bool, n int) ([]lead.Lead, error) {
	leads, err := s.orphans(ctx, open, n)
	if err != nil {
		return nil, fmt.Errorf("list orphans: %w", db.Clean(err))
	}
	return leads, nil
}

func (s *Store) orphans(ctx context.Context, open bool, n int) ([]lead.Lead, error) {
	now := s.now()
	var sh shared
	if err := s.engine.Reader().QueryRowContext(ctx, selectShared, mlasHost).Scan(millis{&sh.freeAt}, millis{&sh.haltedAt}, millis{&sh.countedFrom}); err != nil {
		return nil, err
	}
	due := time.UnixMilli(0)
	if room, _ := s.mlas.pace.room(sh.freeAt, now); open && room > 0 && sh.haltedAt.IsZero() {
		due = now.Add(-dueFor)
	}
	query := "select " + factColumns + " from lead where " + leasesOut + " or " + unclaimed + " or " + overdue + listAny + "$3"
	return selectLeads(ctx, s.engine.Reader(), query, now.Add(-leaseOverBy).UnixMilli(), due.UnixMilli(), n)
}
