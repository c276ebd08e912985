package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"intake/internal/store/db"
)

// columns maps the name of each column to its field in R, from which it is written and into which it is read.
type columns[R any] map[string]func(*R) any

// statement is SQL whose parameters are named after columns, as :status is.
type statement struct {
	text  string   // with $1, $2, … in their place
	names []string // of $1, $2, …
}

var parameter = regexp.MustCompile(`([^:]):([a-z_0-9]+)`)

// named compiles SQL with named parameters.
func named(text string) statement {
	var s statement
	s.text = parameter.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2:]
		i := slices.Index(s.names, name)
		if i < 0 {
			i, s.names = len(s.names), append(s.names, name)
		}
		return match[:1] + "$" + strconv.Itoa(i+1)
	})
	return s
}

// args are the parameters of s, from r.
func (c columns[R]) args(s statement, r *R) []any {
	args := make([]any, len(s.names))
	for i, name := range s.names {
		args[i] = c[name](r)
	}
	return args
}

// all reads every row of a query. What its columns are called says where they go.
func (c columns[R]) all(ctx context.Context, q db.Queries, query string, args ...any) ([]R, error) {
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

// one reads the first row of a query, or is sql.ErrNoRows.
func (c columns[R]) one(ctx context.Context, q db.Queries, query string, args ...any) (r R, err error) {
	list, err := c.all(ctx, q, query, args...)
	if err == nil && len(list) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return r, err
	}
	return list[0], nil
}

// millis stores a time as milliseconds since 1970, and the zero time as null.
type millis struct{ at *time.Time }

// Value is what goes to the database.
func (m millis) Value() (driver.Value, error) {
	if m.at.IsZero() {
		return nil, nil
	}
	return m.at.UnixMilli(), nil
}

// Scan reads what Value wrote, as UTC.
func (m millis) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m.at = time.Time{}
	case int64:
		*m.at = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", v)
	}
	return nil
}

// flag stores a bool as 0 or 1.
type flag struct{ on *bool }

// Value is what goes to the database.
func (f flag) Value() (driver.Value, error) {
	if *f.on {
		return int64(1), nil
	}
	return int64(0), nil
}

// Scan reads what Value wrote.
func (f flag) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a flag is stored as %T", v)
	}
	*f.on = n == 1
	return nil
}

// stored is t as the database gives it back.
func stored(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}
