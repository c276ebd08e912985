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

// Queries runs SQL, in the transaction of a unit of work or on the pool of readers.
type Queries interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Work is what one transaction does. It may be run more than once before it is committed.
type Work func(ctx context.Context, q Queries) error

// RowWriter is an Engine that can make a whole transaction of one statement, in one round trip.
type RowWriter interface {
	// WriteRow runs a statement and reads the one row of its result. It returns nil only when what the statement wrote
	// is durable.
	WriteRow(ctx context.Context, statement string, args []any, dest ...any) error
}

// Engine is a database: what differs between SQLite and PostgreSQL.
type Engine interface {
	// Write runs w in a transaction and returns nil only when it is durable.
	Write(ctx context.Context, w Work) error
	// Reader reads committed rows.
	Reader() Queries
	// LockRow ends a select whose rows are about to be changed. SkipLocked does too, and leaves out rows that another
	// transaction changes.
	LockRow() string
	SkipLocked() string
	// CommitOrder is how rows that have an xid and a seq are read in an order in which no row is committed behind the reader.
	CommitOrder() CommitOrder
	// Watch calls wake soon after each commit, also of another process, until ctx ends or an error ends it. It may call
	// without need.
	Watch(ctx context.Context, wake func()) error
	// HasTable says whether there is a table of this name.
	HasTable(ctx context.Context, name string) (bool, error)
	// Migrate applies the migrations that are missing.
	Migrate(ctx context.Context) error
	// Scrub makes overwritten values of the tables unreadable in the files too. With quiet others may wait; without,
	// it may have to leave some for later, and clean is false.
	Scrub(ctx context.Context, tables []string, quiet bool) (clean bool, err error)
	// CopyTo writes a copy of what is committed into the empty file at path.
	CopyTo(ctx context.Context, path string) error
	// ManyHosts says whether processes on several hosts can use the database.
	ManyHosts() bool
	// Writable ends when nothing is written any more until the next start. Its cause is ErrLost or ErrFileGone.
	Writable() context.Context
	// CheckpointStuck says whether the write-ahead log cannot be moved into the database. It never blocks.
	CheckpointStuck() bool
	// Serve shows others that this process serves the database, until ctx ends or Close. It is ErrRestoring while a
	// restore locks servers out.
	Serve(ctx context.Context) error
	// ServingFails says whether others cannot see that this process serves. It never blocks.
	ServingFails() bool
	// Servers counts the processes that serve the database.
	Servers(ctx context.Context) (int, error)
	// LockOutServers keeps every process from serving until unlock is called. It is ErrServing when one serves.
	LockOutServers(ctx context.Context) (unlock func() error, err error)
	// Close waits for writes that have begun.
	Close() error
}

// CommitOrder are parts of queries about a table t.
type CommitOrder struct {
	// After is the condition of rows behind the position that two parameters name.
	After func(xid, seq string) string
	// Ahead is the condition of rows that no transaction of this server can have committed; empty where there are none.
	Ahead string
	// Forwards and Backwards are lists of columns to order by.
	Forwards, Backwards string
}

var (
	// ErrBusy: too many writes are waiting. Nothing was written.
	ErrBusy = errors.New("the store is busy")
	// ErrClosed: Close was called. Nothing was written.
	ErrClosed = errors.New("the store is closed")
)

// Clean replaces a driver's error, whose text may quote values, by what is safe to log: its code and the name of a
// constraint.
func Clean(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Errorf("postgres says %s %s", pg.Code, pg.ConstraintName)
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return fmt.Errorf("sqlite says %d", lite.Code())
	}
	if connect, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("PostgreSQL cannot be reached: %w", connectProblem(connect.Unwrap()))
	}
	return err
}

// Wrap says in *err, if there is one, what could not be done: defer Wrap(&err, "find lead %s", id). It cleans the error.
func Wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), Clean(*err))
	}
}

// connectProblem says why no connection was made. The driver's own text quotes user, database and host, and part of
// the password when the address is not well formed.
func connectProblem(err error) error {
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
