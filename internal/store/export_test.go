package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"intake/internal/audit"
	"intake/internal/store/db"
	"intake/internal/store/registry"
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
	return registered(func(c registry.Column) bool {
		return slices.Contains([]registry.Erasure{registry.WithSSN, registry.WithAnswers, registry.WithEvidence}, c.Erased)
	})
}

// NeverErased are the tables and columns that are not in the clear and that the registry says nobody empties.
func NeverErased() (columns [][2]string) {
	return registered(func(c registry.Column) bool { return c.Storage != registry.InClear && c.Erased == registry.Never })
}

func registered(wanted func(registry.Column) bool) (columns [][2]string) {
	for _, table := range registry.Tables {
		for _, c := range table.Columns {
			if wanted(c) {
				columns = append(columns, [2]string{table.Name, c.Name})
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
