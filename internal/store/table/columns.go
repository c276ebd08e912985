package table

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"intake/internal/store/db"
)

// Of maps the name of each column to its field in R, from which it is written and into which it is read.
type Of[R any] map[string]func(*R) any

// Statement is SQL whose parameters are named after columns, as :status is.
type Statement struct {
	Text  string   // with $1, $2, … in their place
	names []string // of $1, $2, …
}

var parameter = regexp.MustCompile(`([^:]):([a-z_0-9]+)`)

// Named compiles SQL with named parameters.
func Named(text string) Statement {
	var s Statement
	s.Text = parameter.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2:]
		i := slices.Index(s.names, name)
		if i < 0 {
			i, s.names = len(s.names), append(s.names, name)
		}
		return match[:1] + "$" + strconv.Itoa(i+1)
	})
	return s
}

// Args are the parameters of s, from r.
func (c Of[R]) Args(s Statement, r *R) []any {
	args := make([]any, len(s.names))
	for i, name := range s.names {
		args[i] = c[name](r)
	}
	return args
}

// Exec runs s with the parameters from r.
func (c Of[R]) Exec(ctx context.Context, q db.Queries, s Statement, r *R) (sql.Result, error) {
	return q.ExecContext(ctx, s.Text, c.Args(s, r)...)
}

// All reads every row of a query. What its columns are called says where they go.
func (c Of[R]) All(ctx context.Context, q db.Queries, query string, args ...any) ([]R, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var list []R
	dest := make([]any, len(names))
	for rows.Next() {
		var r R
		for i, name := range names {
			place, known := c[name]
			if !known {
				return nil, fmt.Errorf("no field reads the column %s", name)
			}
			dest[i] = place(&r)
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// One reads the first row of a query, or is sql.ErrNoRows.
func (c Of[R]) One(ctx context.Context, q db.Queries, query string, args ...any) (r R, err error) {
	list, err := c.All(ctx, q, query, args...)
	if err == nil && len(list) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return r, err
	}
	return list[0], nil
}
