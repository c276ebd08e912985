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

// preparedTx is a transaction that runs prepared statements. It binds each one once, since the writes of a group
// mostly run the same few.
type preparedTx struct {
	tx    *sql.Tx
	texts statements
	bound map[string]*sql.Stmt
}

func (p preparedTx) find(ctx context.Context, text string) *sql.Stmt {
	if statement, ok := p.bound[text]; ok {
		return statement
	}
	statement := p.texts[text]
	if statement == nil {
		p.texts[text] = nil // prepared before the next group
		return nil
	}
	p.bound[text] = p.tx.StmtContext(ctx, statement)
	return p.bound[text]
}

// ExecContext is that of the transaction.
func (p preparedTx) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if statement := p.find(ctx, text); statement != nil {
		return statement.ExecContext(ctx, args...)
	}
	return p.tx.ExecContext(ctx, text, args...)
}

// QueryContext is that of the transaction.
func (p preparedTx) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if statement := p.find(ctx, text); statement != nil {
		return statement.QueryContext(ctx, args...)
	}
	return p.tx.QueryContext(ctx, text, args...)
}

// QueryRowContext is that of the transaction.
func (p preparedTx) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if statement := p.find(ctx, text); statement != nil {
		return statement.QueryRowContext(ctx, args...)
	}
	return p.tx.QueryRowContext(ctx, text, args...)
}

// preparedPool is a pool of readers that prepares each statement once. Whoever runs a text that cannot be prepared
// gets the error.
type preparedPool struct {
	pool  *sql.DB
	texts sync.Map // of *sql.Stmt
}

func (p *preparedPool) find(ctx context.Context, text string) *sql.Stmt {
	if known, ok := p.texts.Load(text); ok {
		return known.(*sql.Stmt)
	}
	statement, err := p.pool.PrepareContext(ctx, withPlainParameters(text))
	if err != nil {
		return nil
	}
	if first, known := p.texts.LoadOrStore(text, statement); known {
		_ = statement.Close() // another reader was faster
		return first.(*sql.Stmt)
	}
	return statement
}

// ExecContext is that of the pool, which refuses to write.
func (p *preparedPool) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return p.pool.ExecContext(ctx, text, args...)
}

// QueryContext is that of the pool, but a context that ends while it runs does not interrupt it: to watch the
// context takes two goroutines, which cost as much as reading some rows of a file.
func (p *preparedPool) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	ctx = uninterrupted(ctx)
	if statement := p.find(ctx, text); statement != nil {
		return statement.QueryContext(ctx, args...)
	}
	return p.pool.QueryContext(ctx, text, args...)
}

// QueryRowContext is that of the pool, uninterrupted too.
func (p *preparedPool) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	ctx = uninterrupted(ctx)
	if statement := p.find(ctx, text); statement != nil {
		return statement.QueryRowContext(ctx, args...)
	}
	return p.pool.QueryRowContext(ctx, text, args...)
}

// uninterrupted is ctx, unless it has ended already, without its end.
func uninterrupted(ctx context.Context) context.Context {
	if ctx.Err() != nil {
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
