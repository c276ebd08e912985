package store

import (
	"context"

	"intake/internal/store/db"
)

// Serving tells others that this process serves the database, until ctx ends or Close. On PostgreSQL a lock on a
// connection of its own says so; when that connection is lost the lock is taken again, and ServingFails tells of
// what fails. An SQLite database is restored to another file, so nobody asks.
func (s *Store) Serving(ctx context.Context) (err error) {
	defer db.Wrap(&err, "say that this process serves")
	return s.engine.Serve(ctx)
}

// ServingFails says whether others cannot see that this process serves: the lock is lost, and could not be taken
// again. It never blocks.
func (s *Store) ServingFails() bool { return s.engine.ServingFails() }
