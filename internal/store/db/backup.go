package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

func (e *sqliteEngine) CopyTo(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", fileAddress(e.path)+"mode=ro&_dqs=0&_pragma=busy_timeout(5000)&_pragma=trusted_schema(0)")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "vacuum into $1", path)
	return errors.Join(err, db.Close())
}

// ReadWhole reads the SQLite file at path, which nobody writes to, from its first page to its last, and lets act read
// from it when it is whole.
func ReadWhole(ctx context.Context, path string, act func(Queries) error) error {
	db, err := sql.Open("sqlite", fileAddress(path)+"mode=ro&immutable=1&_dqs=0&_pragma=trusted_schema(0)")
	if err != nil {
		return err
	}
	if err = checkWhole(ctx, db); err == nil {
		err = act(db)
	}
	return errors.Join(inWords(path, err), db.Close())
}

func checkWhole(ctx context.Context, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "pragma integrity_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return errors.New("SQLite finds it damaged")
	}
	return nil
}

// fileAddress is the start of SQLite's address of a file.
func fileAddress(path string) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + "?"
}
