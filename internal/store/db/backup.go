package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// CopyTo reads on a connection of its own and does not block the writer.
func (e *sqliteEngine) CopyTo(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", fileAddress(e.path)+"mode=ro&_dqs=0&_pragma=busy_timeout(5000)&_pragma=trusted_schema(0)")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "vacuum into $1", path)
	return errors.Join(err, db.Close())
}

// ReadVerified checks every page of the SQLite file at path, to which nobody may write, and calls read when it is
// intact.
func ReadVerified(ctx context.Context, path string, read func(Queries) error) error {
	db, err := sql.Open("sqlite", fileAddress(path)+"mode=ro&immutable=1&_dqs=0&_pragma=trusted_schema(0)")
	if err != nil {
		return err
	}
	var verdict string
	err = db.QueryRowContext(ctx, "pragma integrity_check(1)").Scan(&verdict)
	switch {
	case err == nil && verdict != "ok":
		err = errors.New("SQLite finds it damaged")
	case err == nil:
		err = read(db)
	}
	return errors.Join(explain(path, err), db.Close())
}

// fileAddress is the address of a file, to which settings are appended.
func fileAddress(path string) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + "?"
}
