package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"
)

const (
	// servingLock is the advisory lock on a PostgreSQL database that every serving process shares and that a restore
	// takes exclusively. The number is the letters of "intake".
	servingLock = 0x696e74616b65

	lockCheckEvery = 2 * time.Second // how often the connection that holds the lock is pinged
)

// ErrRestoring: a restore of this database is running.
var ErrRestoring = errors.New("a restore of this database is running: start again when it has ended")

// ErrServing: processes serve the database, so they cannot be locked out.
var ErrServing = errors.New("processes serve this database: stop them, or say -while-serving")

// Serve holds a shared advisory lock on a connection of its own. When that connection is lost the lock is taken again
// on a new one; until then ServingFails is true.
func (e *postgresEngine) Serve(ctx context.Context) error {
	conn, err := e.lockShared(ctx)
	if err != nil {
		return err
	}
	ctx, e.stopServing = context.WithCancel(ctx)
	e.serving.Go(func() { e.keepLock(ctx, conn) })
	return nil
}

// ServingFails says whether the lock is lost.
func (e *postgresEngine) ServingFails() bool { return e.lockLost.Load() }

func (e *postgresEngine) lockShared(ctx context.Context) (*sql.Conn, error) {
	return e.lock(ctx, "select pg_try_advisory_lock_shared($1)", ErrRestoring)
}

// lock takes the advisory lock on a connection that the caller ends by endSession. When others hold it the error is
// taken.
func (e *postgresEngine) lock(ctx context.Context, query string, taken error) (*sql.Conn, error) {
	conn, err := e.lockPool.Conn(ctx)
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

// keepLock pings the connection that holds the lock, and takes the lock on a new one when it is lost.
func (e *postgresEngine) keepLock(ctx context.Context, conn *sql.Conn) {
	ticker := time.NewTicker(lockCheckEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			_ = endSession(conn) // which releases the lock
			return
		case <-ticker.C:
		}
		if conn != nil && e.isAlive(ctx, conn) {
			continue
		}
		_ = endSession(conn)
		var err error
		conn, err = e.lockShared(ctx)
		e.lockLost.Store(err != nil) // then the next tick tries again
	}
}

func (e *postgresEngine) isAlive(ctx context.Context, conn *sql.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, lockCheckEvery)
	defer cancel()
	return conn.PingContext(ctx) == nil
}

// endSession closes the connection instead of returning it to its pool, where it would keep the lock.
func endSession(conn *sql.Conn) error {
	if conn == nil {
		return nil
	}
	err := conn.Raw(func(any) error { return driver.ErrBadConn })
	if err = errors.Join(err, conn.Close()); errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		return nil // these say that it is closed
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

// An SQLite database is never restored in place, so nobody needs to know who serves it.

func (e *sqliteEngine) Serve(context.Context) error          { return nil }
func (e *sqliteEngine) ServingFails() bool                   { return false }
func (e *sqliteEngine) Servers(context.Context) (int, error) { return 0, nil }
func (e *sqliteEngine) LockOutServers(context.Context) (func() error, error) {
	return func() error { return nil }, nil
}
