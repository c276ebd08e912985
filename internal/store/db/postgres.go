package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	postgresConns    = 10
	postgresLifetime = 30 * time.Minute // so that connections follow a moved server
	statementLimit   = "10000"          // milliseconds; not for migrations
)

// postgresEngine commits each write on its own: there one error aborts a whole transaction.
type postgresEngine struct {
	pool *sql.DB
	slow *sql.DB // without a time limit, for migrations
	lone *sql.DB // for the lock of who serves

	stopServing context.CancelFunc // nil: Serving was not called
	keeping     sync.WaitGroup
	unsaid      atomic.Bool // the lock is lost
}

func OpenPostgres(ctx context.Context, url, environment string) (Engine, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the address of the PostgreSQL database cannot be read") // err may quote it, password and all
	}
	config.RuntimeParams["synchronous_commit"] = "on"
	slow := stdlib.OpenDB(*config)
	slow.SetMaxOpenConns(1)
	limited := config.Copy()
	limited.RuntimeParams["statement_timeout"] = statementLimit
	e := &postgresEngine{pool: stdlib.OpenDB(*limited), slow: slow, lone: stdlib.OpenDB(*limited)}
	e.lone.SetMaxOpenConns(1)
	e.pool.SetMaxOpenConns(postgresConns)
	e.pool.SetMaxIdleConns(postgresConns)
	e.pool.SetConnMaxLifetime(postgresLifetime)
	if err := e.check(ctx, environment); err != nil {
		return nil, errors.Join(Clean(err), e.Close())
	}
	return e, nil
}

// check reads the settings back that durability depends on. The simulator alone may run on a
// server without fsync, for the speed of tests.
func (e *postgresEngine) check(ctx context.Context, environment string) error {
	wants := []setting{{"synchronous_commit", "on"}, {"statement_timeout", "10s"}, {"server_encoding", "UTF8"}}
	if environment != "simulator" {
		wants = append(wants, setting{"fsync", "on"}, setting{"full_page_writes", "on"})
	}
	for _, s := range wants {
		var got string
		if err := e.pool.QueryRowContext(ctx, "select current_setting($1)", s.name).Scan(&got); err != nil {
			return err
		}
		if got != s.want {
			return fmt.Errorf("PostgreSQL's %s is %s, it must be %s", s.name, got, s.want)
		}
	}
	return nil
}

func (e *postgresEngine) Write(ctx context.Context, w Work) error {
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

// lost is the server's own care: it ends itself when an fsync fails, and goes by its log at the next start.
func (e *postgresEngine) Lost() <-chan struct{} { return nil }
func (e *postgresEngine) ManyHosts() bool       { return true }
func (e *postgresEngine) LostWhy() error        { return nil }
func (e *postgresEngine) LogStays() bool        { return false }

func (e *postgresEngine) Close() error {
	if e.stopServing != nil {
		e.stopServing()
		e.keeping.Wait()
	}
	return errors.Join(e.pool.Close(), e.slow.Close(), e.lone.Close())
}
