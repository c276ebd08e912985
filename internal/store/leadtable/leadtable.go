// Package leadtable is what every part of the store knows of the rows of leads: their columns, how they are sealed and opened,
// how a lead moves and what is written in its history.
package leadtable

import (
	"context"
	"time"

	"intake/internal/clock"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/auditlog"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Table is the table of leads, with what opens and seals its rows. Every part of the store that works on leads has it.
type Table struct {
	Engine db.Engine
	Keys   *seal.Keys
	Clock  *clock.Clock
}

// Now is the time that the store goes by.
func (t *Table) Now() time.Time { return t.Clock.Now() }

// AuditLog is the audit log of the database.
func (t *Table) AuditLog() auditlog.Log {
	return auditlog.Log{Engine: t.Engine, Keys: t.Keys, Clock: t.Clock}
}

// FarFuture is later than every time that is stored.
var FarFuture = time.UnixMilli(1 << 52)

// SSNAtMost is how long a Social Security number is kept at most, from the receipt of its lead.
const SSNAtMost = 30 * 24 * time.Hour

// Awaiting is the condition of a lead that awaits consent; the index lead_awaiting has the same one.
const Awaiting = "status = 'received' and hold = '" + lead.AwaitingConsent + "'"

// EraseRows runs a statement that erases up to $2 rows whose time was over at $1 and returns their ids, until there are
// none. In the same commit it calls also with each id. It returns how many rows that were.
func (t *Table) EraseRows(ctx context.Context, statement string, over time.Time, also ...func(context.Context, db.Queries, string) error) (done int, err error) {
	err = db.InBatches(ctx, t.Engine, db.BatchRows, func(ctx context.Context, q db.Queries) ([]string, error) {
		ids, err := table.Texts(ctx, q, statement, over.UnixMilli(), db.BatchRows)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		for _, act := range also {
			for _, id := range ids {
				if err := act(ctx, q, id); err != nil {
					return nil, err
				}
			}
		}
		return ids, db.MarkUnscrubbed(ctx, q, t.Now())
	}, func(ids []string) { done += len(ids) })
	return done, err
}
