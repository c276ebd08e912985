package db

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"intake/internal/store/db/watch"
)

const (
	postgresConns    = 10
	postgresLifetime = 30 * time.Minute // so that connections follow a server whose address changes
	statementLimit   = "10000"          // milliseconds; migrations and Scrub have no limit
)

// postgresEngine commits each write on its own, without group commit: on PostgreSQL one error aborts a whole
// transaction.
type postgresEngine struct {
	pool      *sql.DB
	unlimited *sql.DB // one connection without a statement timeout
	lockPool  *sql.DB // one connection, which holds the advisory lock
	listener  *pgx.ConnConfig
	notifier  watch.Notifier

	stopServing context.CancelFunc // nil: Serve was not called
	serving     sync.WaitGroup
	lockLost    atomic.Bool
}

// OpenPostgres connects to a PostgreSQL database. environment is the one that the store is opened for.
func OpenPostgres(ctx context.Context, url, environment string) (Engine, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the address of the PostgreSQL database cannot be read") // err may quote it, password and all
	}
	config.RuntimeParams["synchronous_commit"] = "on"
	unlimited := stdlib.OpenDB(*config)
	unlimited.SetMaxOpenConns(1)
	limited := config.Copy()
	limited.RuntimeParams["statement_timeout"] = statementLimit
	e := &postgresEngine{pool: stdlib.OpenDB(*limited), unlimited: unlimited, lockPool: stdlib.OpenDB(*limited), listener: config}
	e.lockPool.SetMaxOpenConns(1)
	e.pool.SetMaxOpenConns(postgresConns)
	e.pool.SetMaxIdleConns(postgresConns)
	e.pool.SetConnMaxLifetime(postgresLifetime)
	e.notifier.Start(e.pool)
	if err := e.check(ctx, environment); err != nil {
		return nil, errors.Join(Clean(err), e.Close())
	}
	return e, nil
}

// check reads back the settings that durability depends on. Only the environment "simulator" may use a server without
// fsync, so that tests are fast.
func (e *postgresEngine) check(ctx context.Context, environment string) error {
	must := []setting{{"synchronous_commit", "on"}, {"statement_timeout", "10s"}, {"server_encoding", "UTF8"}}
	if environment != "simulator" {
		must = append(must, setting{"fsync", "on"}, setting{"full_page_writes", "on"})
	}
	return checkSettings(ctx, e.pool, "PostgreSQL", "show ", must)
}

func (e *postgresEngine) Write(ctx context.Context, w Work) error {
	defer e.notifier.Wrote() // also after an error: others may wait for the end of this transaction
	tx, err := e.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := w(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// WriteRow commits with the statement, since no transaction is open.
func (e *postgresEngine) WriteRow(ctx context.Context, statement string, args []any, dest ...any) error {
	defer e.notifier.Wrote()
	return e.pool.QueryRowContext(ctx, statement, args...).Scan(dest...)
}

func (e *postgresEngine) Reader() Queries    { return e.pool }
func (e *postgresEngine) LockRow() string    { return " for update" }
func (e *postgresEngine) SkipLocked() string { return " for update skip locked" }

func (e *postgresEngine) HasTable(ctx context.Context, name string) (bool, error) {
	var n int
	err := e.pool.QueryRowContext(ctx,
		"select count(*) from information_schema.tables where table_schema = current_schema() and table_name = $1", name).Scan(&n)
	return n > 0, err
}

func (e *postgresEngine) CopyTo(context.Context, string) error {
	return errors.New("a PostgreSQL database is backed up with its own tools: pg_dump, or a base backup and the log for any moment in time")
}

// A PostgreSQL server ends itself when an fsync fails, and recovers from its log at the next start.
func (e *postgresEngine) Writable() context.Context { return context.Background() }
func (e *postgresEngine) ManyHosts() bool           { return true }
func (e *postgresEngine) CheckpointStuck() bool     { return false }

func (e *postgresEngine) Close() error {
	if e.stopServing != nil {
		e.stopServing()
		e.serving.Wait()
	}
	e.notifier.Close()
	return errors.Join(e.pool.Close(), e.unlimited.Close(), e.lockPool.Close())
}
