package db

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
)

// statements are the writer's prepared statements by their text; nil is one that is not prepared yet. There are as
// many as the store has queries. Without them the writer spends a third of its time on preparing: 64 callers saved
// 1,350 to 1,660 leads a second instead of 2,080 to 2,650, on two cores shared with others.
type statements map[string]*sql.Stmt

// prepare prepares the new texts. It needs the only connection, so it runs before a transaction and not in one. A
// text that cannot be prepared is dropped, and whoever runs it gets the error.
func (s statements) prepare(ctx context.Context, db *sql.DB) {
	for text, statement := range s {
		if statement != nil {
			continue
		}
		statement, err := db.PrepareContext(ctx, withPlainParameters(text))
		if err != nil {
			delete(s, text)
			continue
		}
		s[text] = statement
	}
}

// in runs the statements in a transaction. It binds each one once, since the writes of a group mostly run the same few.
func (s statements) in(tx *sql.Tx) Queries {
	bound := map[string]*sql.Stmt{}
	return prepared{tx, func(ctx context.Context, text string) *sql.Stmt {
		statement := s[text]
		if statement == nil {
			s[text] = nil // prepared before the next group
			return nil
		}
		if bound[text] == nil {
			bound[text] = tx.StmtContext(ctx, statement)
		}
		return bound[text]
	}}
}

// preparedPool runs statements on a pool of readers, which prepares each once. Whoever runs a text that cannot be
// prepared gets the error.
func preparedPool(pool *sql.DB) Queries {
	var texts sync.Map // of *sql.Stmt
	return prepared{pool, func(ctx context.Context, text string) *sql.Stmt {
		if known, ok := texts.Load(text); ok {
			return known.(*sql.Stmt)
		}
		statement, err := pool.PrepareContext(ctx, withPlainParameters(text))
		if err != nil {
			return nil
		}
		if first, known := texts.LoadOrStore(text, statement); known {
			_ = statement.Close() // another reader was faster
			return first.(*sql.Stmt)
		}
		return statement
	}}
}

// prepared are queries that run as prepared statements, as far as find has one for their text. A context that ends
// while a query runs does not interrupt it: to watch the context takes two goroutines, which cost as much as reading
// some rows of a file.
type prepared struct {
	plain Queries
	find  func(ctx context.Context, text string) *sql.Stmt
}

// ExecContext runs a statement without a result.
func (p prepared) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if statement := p.find(ctx, text); statement != nil {
		return statement.ExecContext(ctx, args...)
	}
	return p.plain.ExecContext(ctx, text, args...)
}

// QueryContext runs a query.
func (p prepared) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	ctx = uninterrupted(ctx)
	if statement := p.find(ctx, text); statement != nil {
		return statement.QueryContext(ctx, args...)
	}
	return p.plain.QueryContext(ctx, text, args...)
}

// QueryRowContext runs a query for one row.
func (p prepared) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	ctx = uninterrupted(ctx)
	if statement := p.find(ctx, text); statement != nil {
		return statement.QueryRowContext(ctx, args...)
	}
	return p.plain.QueryRowContext(ctx, text, args...)
}

// uninterrupted is ctx, unless it has ended already, without its end.
func uninterrupted(ctx context.Context) context.Context {
	if ctx.Err() != nil || ctx.Done() == nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// withPlainParameters is text with a plain "?" for each of its "$1, $2, …", if each comes once and in this
// order: the driver looks up the name of every numbered parameter in a list of all of them.
func withPlainParameters(text string) string {
	var out strings.Builder
	rest, n := text, 0
	for {
		before, after, found := strings.Cut(rest, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		n++
		number := strconv.Itoa(n)
		after, found = strings.CutPrefix(after, number)
		if !found || after != "" && '0' <= after[0] && after[0] <= '9' {
			return text
		}
		out.WriteByte('?')
		rest = after
	}
}
