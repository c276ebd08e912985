package store

import (
	"context"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/restore"
)

// Serving tells others that this process serves the database, until ctx ends or Close. On PostgreSQL a lock on a
// connection of its own says so; when that connection is lost the lock is taken again, and ServingFails tells of
// what fails. An SQLite database is restored to another file, so nobody asks.
func (s *Store) Serving(ctx context.Context) (err error) {
	defer db.Wrap(&err, "say that this process serves")
	return s.leads.Engine.Serve(ctx)
}

// ServingFails says whether others cannot see that this process serves: the lock is lost, and could not be taken
// again. It never blocks.
func (s *Store) ServingFails() bool { return s.leads.Engine.ServingFails() }

// PlanGuard tells what Guard would do to the leads of a database that other tools have restored, and how many processes
// serve it now. It changes nothing.
func (s *Store) PlanGuard(ctx context.Context) (plan restore.Doubts, nodes int, err error) {
	defer db.Wrap(&err, "look what a restore would do")
	counts, err := s.CountOpen(ctx)
	if err != nil {
		return plan, 0, err
	}
	plan = restore.Doubts{InDoubt: counts[lead.Received] + counts[lead.Sending], Again: counts[lead.Submitting]}
	nodes, err = s.leads.Engine.Servers(ctx)
	return plan, nodes, err
}
