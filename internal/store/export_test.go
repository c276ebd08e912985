package store

import (
	"context"
	"errors"
	"slices"

	"intake/internal/audit"
	"intake/internal/store/db"
)

// FailAfterCommit makes every write of s commit and then report an error, as when the connection
// or the disk fails with the answer on its way, until the returned function is called.
func (s *Store) FailAfterCommit() (stop func()) {
	sound := s.engine
	s.engine = applied{sound}
	return func() { s.engine = sound }
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
	_, err := write(ctx, s, decisionLimit, func(ctx context.Context, q db.Queries) (struct{}, error) {
		if err := s.addAudit(ctx, q, e); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, during()
	})
	return err
}
