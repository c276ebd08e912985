package db

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
)

// statements are the texts that the writer has run and what they compile to, nil while that is
// still to come; there are as many as this package has Queries. Without them the writer spends a
// third of its time on compiling: 64 callers saved 1,350 to 1,660 leads a second instead of 2,080
// to 2,650, on two cores shared with others.
type statements map[string]*sql.Stmt

// compile prepares the texts that are new. It needs the only connection, so it comes before a
// transaction and not in one. A text that does not compile is dropped: whoever runs it is told.
func (s statements) compile(ctx context.Context, db *sql.DB) {
	for text, statement := range s {
		if statement != nil {
			continue
		}
		statement, err := db.PrepareContext(ctx, unnumbered(text))
		if err != nil {
			delete(s, text)
			continue
		}
		s[text] = statement
	}
}

// compiled runs the statements of one transaction, each of which is bound to it once: the writes of a
// group mostly run the same few.
type compiled struct {
	tx    *sql.Tx
	texts statements
	bound map[string]*sql.Stmt
}

func (c compiled) find(ctx context.Context, text string) *sql.Stmt {
	if statement, ok := c.bound[text]; ok {
		return statement
	}
	statement := c.texts[text]
	if statement == nil {
		c.texts[text] = nil // for the next group
		return nil
	}
	c.bound[text] = c.tx.StmtContext(ctx, statement)
	return c.bound[text]
}

// ExecContext is that of the transaction.
func (c compiled) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if statement := c.find(ctx, text); statement != nil {
		return statement.ExecContext(ctx, args...)
	}
	return c.tx.ExecContext(ctx, text, args...)
}

// QueryContext is that of the transaction.
func (c compiled) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if statement := c.find(ctx, text); statement != nil {
		return statement.QueryContext(ctx, args...)
	}
	return c.tx.QueryContext(ctx, text, args...)
}

// QueryRowContext is that of the transaction.
func (c compiled) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if statement := c.find(ctx, text); statement != nil {
		return statement.QueryRowContext(ctx, args...)
	}
	return c.tx.QueryRowContext(ctx, text, args...)
}

// reading are the texts that readers have run and what they compile to, on any connection of their
// pool. A text that does not compile is told to whoever runs it.
type reading struct {
	pool  *sql.DB
	texts sync.Map // of *sql.Stmt
}

func (r *reading) find(ctx context.Context, text string) *sql.Stmt {
	if known, ok := r.texts.Load(text); ok {
		return known.(*sql.Stmt)
	}
	statement, err := r.pool.PrepareContext(ctx, unnumbered(text))
	if err != nil {
		return nil
	}
	if first, known := r.texts.LoadOrStore(text, statement); known {
		_ = statement.Close() // another reader was faster
		return first.(*sql.Stmt)
	}
	return statement
}

// ExecContext is that of the pool, which refuses to write.
func (r *reading) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return r.pool.ExecContext(ctx, text, args...)
}

// QueryContext is that of the pool.
func (r *reading) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if statement := r.find(ctx, text); statement != nil {
		return statement.QueryContext(ctx, args...)
	}
	return r.pool.QueryContext(ctx, text, args...)
}

// QueryRowContext is that of the pool, but goes on when ctx ends: one row of a file is there sooner than
// the two goroutines are that would watch over it, which took as long as the reading.
func (r *reading) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if ctx.Err() == nil {
		ctx = context.WithoutCancel(ctx)
	}
	if statement := r.find(ctx, text); statement != nil {
		return statement.QueryRowContext(ctx, args...)
	}
	return r.pool.QueryRowContext(ctx, text, args...)
}

// unnumbered is text with a plain "?" for each of its "$1, $2, …", if each comes once and in this
// order: the driver looks up the name of every numbered parameter in a list of all of them.
func unnumbered(text string) string {
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
