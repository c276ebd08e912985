package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// FailAfterCommit makes every write of s commit and then report an error, as when the connection
// or the disk fails with the answer on its way, until the returned function is called.
func (s *Store) FailAfterCommit() (stop func()) {
	sound := s.leads.Engine
	s.leads.Engine = applied{sound}
	return func() { s.leads.Engine = sound }
}

type applied struct{ db.Engine }

func (a applied) Write(ctx context.Context, w db.Work) error {
	return errors.Join(a.Engine.Write(ctx, w), errors.New("the answer was lost"))
}

// OpenEngine opens the engine of a database, which may not be set up yet.
func OpenEngine(ctx context.Context, opt Options) (db.Engine, error) { return openEngine(ctx, opt) }

// ErasedByRetention are the tables and columns that the registry says Erase empties.
func ErasedByRetention() (columns [][2]string) {
	return registered(func(c column) bool {
		return slices.Contains([]erasure{withSSN, withAnswers, withEvidence}, c.erased)
	})
}

// NeverErased are the tables and columns that are not in the clear and that the registry says nobody empties.
func NeverErased() (columns [][2]string) {
	return registered(func(c column) bool { return c.storage != inClear && c.erased == never })
}

func registered(wanted func(column) bool) (columns [][2]string) {
	for _, table := range registry {
		for _, c := range table.columns {
			if wanted(c) {
				columns = append(columns, [2]string{table.name, c.name})
			}
		}
	}
	return columns
}

// HoldAudit writes an audit entry and calls during before it commits.
func (s *Store) HoldAudit(ctx context.Context, e audit.Entry, during func() error) error {
	_, err := db.Write(ctx, s.leads.Engine, db.DecisionLimit, func(ctx context.Context, q db.Queries) (struct{}, error) {
		if err := s.AuditLog().Add(ctx, q, e); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, during()
	})
	return err
}

// TimeWrites notes how long each transaction keeps the writer, until stop is called.
func (s *Store) TimeWrites() (took *[]time.Duration, stop func()) {
	plain, timer := s.leads.Engine, &writeTimer{Engine: s.leads.Engine}
	s.leads.Engine = timer
	return &timer.took, func() { s.leads.Engine = plain }
}

type writeTimer struct {
	db.Engine
	took []time.Duration
}

func (t *writeTimer) Write(ctx context.Context, w db.Work) error {
	var begun time.Time
	err := t.Engine.Write(ctx, func(ctx context.Context, q db.Queries) error {
		begun = time.Now()
		return w(ctx, q)
	})
	t.took = append(t.took, time.Since(begun))
	return err
}

// What follows does a chore for the leads behind an id alone, since those that SQL made do not open.

func (s *Store) ResealAfter(ctx context.Context, after lead.PartnerID) error {
	return s.pages(ctx, sealedTables[0], after, func(page []sealedRow) error {
		_, _, err := s.replacePage(ctx, sealedTables[0], page, s.sealAnew)
		return err
	})
}

func (s *Store) ReindexAfter(ctx context.Context, after lead.PartnerID) error {
	return s.reindexLeads(ctx, false, after, func(int) {})
}

func (s *Store) LookAgainAfter(ctx context.Context, after lead.PartnerID) error {
	return s.lookAgain(ctx, string(after))
}

func (s *Store) EraseDue(ctx context.Context, now time.Time, keep Retention) error {
	_, err := s.eraseAllDue(ctx, now, keep)
	return err
}

func (s *Store) ForgetMark(ctx context.Context) error {
	_, err := s.forgottenMark(ctx)
	return err
}

func (s *Store) DuePage(ctx context.Context, until time.Time) error {
	_, err := leadTable.All(ctx, s.leads.Engine.Reader(), selectAfter, -1, "", until.Add(3*365*24*time.Hour).UnixMilli(), duePage)
	return err
}

// UnappliedBatch looks for opt-outs of the first leads that are not in the chain yet.
func (s *Store) UnappliedBatch(ctx context.Context) error {
	page, err := table.Texts(ctx, s.leads.Engine.Reader(), selectUnlinked, "", unlinkedPage)
	if err == nil {
		_, err = table.Texts(ctx, s.leads.Engine.Reader(), unappliedUnlinked, "", page[len(page)-1])
	}
	return err
}
