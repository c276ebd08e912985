// Package table reads and writes the rows of tables. It knows no table by name.
package table

import (
	"context"
	"database/sql"

	"intake/internal/store/db"
)

// Affected is how many rows a statement changed.
func Affected(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// Each calls act with every row of a query.
func Each(ctx context.Context, q db.Queries, query string, act func(row *sql.Rows) error, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		if err := act(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Texts reads a query with one column of texts.
func Texts(ctx context.Context, q db.Queries, query string, args ...any) (list []string, err error) {
	err = Each(ctx, q, query, func(row *sql.Rows) error {
		var text string
		err := row.Scan(&text)
		list = append(list, text)
		return err
	}, args...)
	return list, err
}
