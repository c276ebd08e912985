package store

import (
	"context"
	"errors"
	"fmt"

	"intake/internal/store/db"
)

// Serving tells others that this process serves the database, until ctx ends or Close. On PostgreSQL a lock on a
// connection of its own says so; when that connection is lost the lock is taken again, and ServingFails tells of
// what fails. An SQLite database is restored to another file, so nobody asks.
func (s *Store) Serving(ctx context.Context) error {
	if err := s.engine.Serve(ctx); err != nil {
		return fmt.Errorf("say that this process serves: %w", db.Clean(err))
	}
	return nil
}

// ServingFails says whether others cannot see that this process serves: the lock is lost, and could not be taken
// again. It never blocks.
func (s *Store) ServingFails() bool { return s.engine.ServingFails() }

// Plan is what Guard would do to a database that other tools have restored.
type Plan struct {
	InDoubt, Again int // as in Doubts
	Nodes          int // processes that serve the database now
}

// PlanGuard tells what Guard would do now. It changes nothing.
func (s *Store) PlanGuard(ctx context.Context) (p Plan, err error) {
	err = s.engine.Reader().QueryRowContext(ctx, countRestorable).Scan(&p.InDoubt, &p.Again)
	if err == nil {
		p.Nodes, err = s.engine.Servers(ctx)
	}
	if err != nil {
		return p, fmt.Errorf("look what a restore would do: %w", db.Clean(err))
	}
	return p, nil
}

// ErrServing: processes serve the database that is to be guarded.
var ErrServing = errors.New("processes serve this database: stop them, or say -while-serving")

// GuardAlone is Guard while no process serves a PostgreSQL database, and none can begin to: else ErrServing.
func (s *Store) GuardAlone(ctx context.Context, r Restoration) (done Restored, err error) {
	unlock, err := s.engine.LockOutServers(ctx)
	if errors.Is(err, db.ErrServing) {
		return done, ErrServing
	}
	if err != nil {
		return done, fmt.Errorf("restore: %w", db.Clean(err))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return s.Guard(ctx, r)
}
