package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

const (
	// servingLock is the advisory lock that every serving process shares on its PostgreSQL database, and that a
	// restore takes alone; the letters of "intake".
	servingLock = 0x696e74616b65

	servingEvery = 2 * time.Second // how often the connection that holds it is asked
)

// ErrRestoring: a restore of this database is running.
var ErrRestoring = errors.New("a restore of this database is running: start again when it has ended")

// Serving tells others that this process serves the database, until ctx ends or Close. On PostgreSQL a lock on a
// connection of its own says so; when that connection is lost the lock is taken again, and ServingFails tells of
// what fails. An SQLite database is restored to another file, so nobody asks.
func (s *Store) Serving(ctx context.Context) error {
	e, ok := s.engine.(*postgresEngine)
	if !ok {
		return nil
	}
	conn, err := e.lockServing(ctx, "select pg_try_advisory_lock_shared($1)")
	if err != nil {
		return fmt.Errorf("say that this process serves: %w", clean(err))
	}
	ctx, e.stopServing = context.WithCancel(ctx)
	e.keeping.Go(func() { e.keepServing(ctx, conn) })
	return nil
}

// ServingFails says whether others cannot see that this process serves: the lock is lost, and could not be taken
// again. It never blocks.
func (s *Store) ServingFails() bool {
	e, ok := s.engine.(*postgresEngine)
	return ok && e.unsaid.Load()
}

// lockServing takes the lock on a connection of its own, which the caller closes, or is ErrRestoring.
func (e *postgresEngine) lockServing(ctx context.Context, query string) (*sql.Conn, error) {
	conn, err := e.lone.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var locked bool
	if err := conn.QueryRowContext(ctx, query, servingLock).Scan(&locked); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if !locked {
		return nil, errors.Join(ErrRestoring, conn.Close())
	}
	return conn, nil
}

// keepServing asks the connection again and again, and takes the lock on a new one when it is lost.
func (e *postgresEngine) keepServing(ctx context.Context, conn *sql.Conn) {
	look := time.NewTicker(servingEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			if conn != nil {
				_ = endSession(conn) // which ends the lock
			}
			return
		case <-look.C:
		}
		if conn != nil && e.lives(ctx, conn) {
			continue
		}
		if conn != nil {
			_ = endSession(conn)
		}
		var err error
		conn, err = e.lockServing(ctx, "select pg_try_advisory_lock_shared($1)")
		e.unsaid.Store(err != nil) // then the next look tries again
	}
}

func (e *postgresEngine) lives(ctx context.Context, conn *sql.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, servingEvery)
	defer cancel()
	return conn.PingContext(ctx) == nil
}

// endSession closes the connection itself: one that goes back to its pool would keep its lock.
func endSession(conn *sql.Conn) error {
	err := conn.Raw(func(any) error { return driver.ErrBadConn })
	if err = errors.Join(err, conn.Close()); errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		return nil // it is closed
	}
	return err
}

// nodes counts the processes that serve the database.
func (e *postgresEngine) nodes(ctx context.Context) (n int, err error) {
	err = e.pool.QueryRowContext(ctx, `select count(*) from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and granted
		and database = (select oid from pg_database where datname = current_database())
		and classid = $1 and objid = $2`, servingLock>>32, servingLock&0xffffffff).Scan(&n)
	return n, err
}

// Plan is what Guard would do to a database that other tools have restored.
type Plan struct {
	InDoubt, Again int // as in Doubts
	Nodes          int // processes that serve the database now
}

// PlanGuard tells what Guard would do now. It changes nothing.
func (s *Store) PlanGuard(ctx context.Context) (p Plan, err error) {
	err = s.engine.reader().QueryRowContext(ctx, `select coalesce(sum(case when status = 'submitting' then 0 else 1 end), 0),
		coalesce(sum(case when status = 'submitting' then 1 else 0 end), 0) from lead where status in ('received', 'sending', 'submitting')`).Scan(&p.InDoubt, &p.Again)
	if e, ok := s.engine.(*postgresEngine); ok && err == nil {
		p.Nodes, err = e.nodes(ctx)
	}
	if err != nil {
		return p, fmt.Errorf("look what a restore would do: %w", clean(err))
	}
	return p, nil
}

// ErrServing: processes serve the database that is to be guarded.
var ErrServing = errors.New("processes serve this database: stop them, or say -while-serving")

// GuardAlone is Guard while no process serves a PostgreSQL database, and none can begin to: else ErrServing.
func (s *Store) GuardAlone(ctx context.Context, r Restoration) (done Restored, err error) {
	e, ok := s.engine.(*postgresEngine)
	if !ok {
		return s.Guard(ctx, r)
	}
	conn, err := e.lockServing(ctx, "select pg_try_advisory_lock($1)")
	if errors.Is(err, ErrRestoring) {
		return done, ErrServing
	}
	if err != nil {
		return done, fmt.Errorf("restore: %w", clean(err))
	}
	defer func() { err = errors.Join(err, endSession(conn)) }()
	return s.Guard(ctx, r)
}
