// Package db is the database under the store: SQLite, with one writer that commits in groups, or PostgreSQL. It
// knows the tables, by their migrations, and no query about leads. Write returns nil only when the work is durable.
package db

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Queries is what a unit of work may do with its transaction, and a reader with its pool.
type Queries interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Work is one unit of writing: all of it or nothing.
type Work func(ctx context.Context, q Queries) error

// Engine is what differs between SQLite and PostgreSQL.
type Engine interface {
	// Write runs w in a transaction and returns nil only when it is durable.
	Write(ctx context.Context, w Work) error
	// Reader is where committed rows are read.
	Reader() Queries
	// LockRow and SkipLocked end a select whose rows are about to be changed.
	LockRow() string
	SkipLocked() string
	// HasTable says whether there is a table of this name.
	HasTable(ctx context.Context, name string) (bool, error)
	// Migrate applies the migrations that are missing.
	Migrate(ctx context.Context) error
	// Scrub makes overwritten values unreadable in the files too; marked says that there are some
	// for certain. While others must not wait (quiet is false) it may be unable to; then it is
	// false, and tried again later. tables are those whose values are overwritten.
	Scrub(ctx context.Context, tables []string, marked, quiet bool) (clean bool, err error)
	// CopyTo writes a copy of what is committed into the empty file at path.
	CopyTo(ctx context.Context, path string) error
	// ManyHosts says whether programs on several hosts can use the database.
	ManyHosts() bool
	// Lost is closed when nothing may be written any more because the disk lost what was; nil never is.
	Lost() <-chan struct{}
	// LostWhy is why, once lost is closed.
	LostWhy() error
	// LogStays says whether the database's log is not moved into it as it should be. It never blocks.
	LogStays() bool
	// Serve tells others that this process serves the database, until ctx ends or Close; ErrRestoring when it may not.
	Serve(ctx context.Context) error
	// ServingFails says whether others cannot see that this process serves. It never blocks.
	ServingFails() bool
	// Servers counts the processes that serve the database.
	Servers(ctx context.Context) (int, error)
	// LockOutServers keeps every process from serving until unlock is called; ErrServing when one serves.
	LockOutServers(ctx context.Context) (unlock func() error, err error)
	Close() error
}

// Errors of the store itself; those about leads are in package lead.
var (
	// ErrBusy: more writes are waiting than can be served in time. Nothing was written.
	ErrBusy = errors.New("the store is busy")
	// ErrClosed: Close was called. Nothing was written.
	ErrClosed = errors.New("the store is closed")
)

// Clean keeps of a driver's error what is safe to log: its code, and the name of a constraint.
// The drivers' own texts may quote values.
func Clean(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("postgres says %s %s", pg.Code, pg.ConstraintName)
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return fmt.Errorf("sqlite says %d", lite.Code())
	}
	if connect, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("PostgreSQL cannot be reached: %w", whyNot(connect.Unwrap()))
	}
	return err
}

// whyNot is why no connection was made, in words of ours or of the system. The driver's own quote user,
// database and host, and where the address was misread a part of the password stands there.
func whyNot(err error) error {
	for _, stopped := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, stopped) {
			return stopped
		}
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return errors.New("the name of its host leads nowhere")
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return errors.New("no answer in time")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return errors.New("its certificate is not trusted, or is for another host")
	}
	return errors.New("it does not speak as expected; compare sslmode with what the server offers")
}
