package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
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

// ErrServing: processes serve the database that was to be locked.
var ErrServing = errors.New("processes serve this database")

// Serve holds a shared lock on a connection of its own. When that connection is lost the lock is taken again, and
// ServingFails tells of what fails.
func (e *postgresEngine) Serve(ctx context.Context) error {
	conn, err := e.lockShared(ctx)
	if err != nil {
		return err
	}
	ctx, e.stopServing = context.WithCancel(ctx)
	e.keeping.Go(func() { e.keepServing(ctx, conn) })
	return nil
}

func (e *postgresEngine) ServingFails() bool { return e.unsaid.Load() }

func (e *postgresEngine) lockShared(ctx context.Context) (*sql.Conn, error) {
	return e.lock(ctx, "select pg_try_advisory_lock_shared($1)", ErrRestoring)
}

// lock takes the lock on a connection of its own, which the caller ends; taken is the error when others have it.
func (e *postgresEngine) lock(ctx context.Context, query string, taken error) (*sql.Conn, error) {
	conn, err := e.lone.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var locked bool
	if err := conn.QueryRowContext(ctx, query, servingLock).Scan(&locked); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if !locked {
		return nil, errors.Join(taken, conn.Close())
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
		conn, err = e.lockShared(ctx)
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

func (e *postgresEngine) LockOutServers(ctx context.Context) (unlock func() error, err error) {
	conn, err := e.lock(ctx, "select pg_try_advisory_lock($1)", ErrServing)
	if err != nil {
		return nil, err
	}
	return func() error { return endSession(conn) }, nil
}

func (e *postgresEngine) Servers(ctx context.Context) (n int, err error) {
	err = e.pool.QueryRowContext(ctx, `select count(*) from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and granted
		and database = (select oid from pg_database where datname = current_database())
		and classid = $1 and objid = $2`, servingLock>>32, servingLock&0xffffffff).Scan(&n)
	return n, err
}

// An SQLite database is restored to another file, so nobody needs to know who serves it.

func (e *sqliteEngine) Serve(context.Context) error          { return nil }
func (e *sqliteEngine) ServingFails() bool                   { return false }
func (e *sqliteEngine) Servers(context.Context) (int, error) { return 0, nil }
func (e *sqliteEngine) LockOutServers(context.Context) (func() error, error) {
	return func() error { return nil }, nil
}
