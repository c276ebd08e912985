package auditlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// unlinkedPage is how many entries a check reads at once.
const unlinkedPage = 500

// Counters whose number of entries, or highest number, is another. Each entry that it counts is verified as linked or as
// not linked yet. One statement sees an act together with its counter.
const wrongCounters = `select counter, max(entries), count(number), coalesce(max(number), 0) from (
		select id as counter, entries, null as number from audit_counter
		union all select counter, 0, number from audit_entry where link is null or link > 0) as counted
	group by counter having count(number) <> max(entries) or max(number) > max(entries)`

// follow verifies an entry behind the head and returns the next head.
type follow = func(audit.Head, *row) (audit.Head, error)

// Verify walks the whole chain, looks at what is not linked yet, and counts both. An audit.ErrBroken names the
// first entry that is not as it was written, or says what is missing; any other error says nothing about the log.
// With a hash that a head had before, it also misses an end that was cut off and forged anew.
func (l Log) Verify(ctx context.Context, known []byte) (audit.Report, error) {
	report, err := l.verify(ctx, func(f follow) (audit.Head, error) { return l.chain().Walk(ctx, known, f) })
	if err == nil {
		err = table.Each(ctx, l.Engine.Reader(), wrongCounters, refuseCounter)
	}
	return report, wrap(err)
}

// VerifyTail is Verify for the last links and what is not linked yet, without counting. known is a head that the
// chain had before, or the zero head.
func (l Log) VerifyTail(ctx context.Context, known audit.Head) (audit.Report, error) {
	report, err := l.verify(ctx, func(f follow) (audit.Head, error) { return l.chain().WalkTail(ctx, known, f) })
	return report, wrap(err)
}

func wrap(err error) error {
	if err == nil || errors.Is(err, audit.ErrBroken) {
		return err
	}
	return fmt.Errorf("verify the audit log: %w", db.Clean(err))
}

func (l Log) verify(ctx context.Context, walk func(follow) (audit.Head, error)) (report audit.Report, err error) {
	key := l.Keys.Derive(purpose)
	waiting, err := l.verifyUnlinked(ctx, key) // before the walk, which meets what is linked meanwhile
	if err != nil {
		return report, err
	}
	report.Head, err = walk(func(head audit.Head, r *row) (audit.Head, error) {
		if err := r.Verify(key); err != nil {
			return head, err
		}
		delete(waiting, r.ID)
		return head.Follow(r.Entry, r.linkHash)
	})
	if err != nil {
		return report, err
	}
	for _, at := range waiting {
		if report.Unlinked++; report.Oldest.IsZero() || at.Before(report.Oldest) {
			report.Oldest = at
		}
	}
	return report, nil
}

// verifyUnlinked returns the times of the entries that are not linked yet, by id.
func (l Log) verifyUnlinked(ctx context.Context, key []byte) (map[string]time.Time, error) {
	waiting := map[string]time.Time{}
	for last := ""; ; {
		page, err := columns.All(ctx, l.Engine.Reader(), selectUnlinked, last, unlinkedPage)
		if err != nil || len(page) == 0 {
			return waiting, err
		}
		for _, r := range page {
			if err := r.Verify(key); err != nil {
				return nil, err
			}
			waiting[r.ID], last = r.At, r.ID
		}
	}
}

// refuseCounter says what is wrong: entries are gone although no link says so, or the counter was set back.
func refuseCounter(row *sql.Rows) error {
	var id string
	var entries, found, highest int64
	if err := row.Scan(&id, &entries, &found, &highest); err != nil {
		return err
	}
	if highest > entries {
		return audit.Broken("the counter %s of the audit log was set back to %d, and entry %d is there", id, entries, highest)
	}
	return audit.Broken("the audit log should have %d entries of the counter %s and has %d: one was taken away before it was linked", entries, id, found)
}
