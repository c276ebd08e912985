package store

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

// queries is what a unit of work may do with its transaction, and a reader with its pool.
type queries interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// work is one unit of writing: all of it or nothing.
type work func(ctx context.Context, q queries) error

// engine is what differs between SQLite and PostgreSQL.
type engine interface {
	// write runs w in a transaction and returns nil only when it is durable.
	write(ctx context.Context, w work) error
	// reader is where committed rows are read.
	reader() queries
	// lockRow and skipLocked end a select whose rows are about to be changed.
	lockRow() string
	skipLocked() string
	// hasTable says whether there is a table of this name.
	hasTable(ctx context.Context, name string) (bool, error)
	// migrate applies the migrations that are missing.
	migrate(ctx context.Context) error
	// scrub makes overwritten values unreadable in the files too; marked says that there are some
	// for certain. While others must not wait (quiet is false) it may be unable to; then it is
	// false, and tried again later.
	scrub(ctx context.Context, marked, quiet bool) (clean bool, err error)
	// copyTo writes a copy of what is committed into the empty file at path.
	copyTo(ctx context.Context, path string) error
	// manyHosts says whether programs on several hosts can use the database.
	manyHosts() bool
	// lost is closed when nothing may be written any more because the disk lost what was; nil never is.
	lost() <-chan struct{}
	// lostWhy is why, once lost is closed.
	lostWhy() error
	// logStays says whether the database's log is not moved into it as it should be. It never blocks.
	logStays() bool
	close() error
}

// Errors of the store itself; those about leads are in package lead.
var (
	// ErrBusy: more writes are waiting than can be served in time. Nothing was written.
	ErrBusy = errors.New("the store is busy")
	// ErrClosed: Close was called. Nothing was written.
	ErrClosed = errors.New("the store is closed")
)

// clean keeps of a driver's error what is safe to log: its code, and the name of a constraint.
// The drivers' own texts may quote values.
func clean(err error) error {
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
