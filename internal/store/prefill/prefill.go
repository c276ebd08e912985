// Package prefill remembers which tokens of the dialer were used, for all processes.
package prefill

import (
	"context"
	"fmt"
	"time"

	"intake/internal/clock"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Time limits of writes.
const (
	acceptLimit = 5 * time.Second // somebody waits for a page
	expireLimit = 30 * time.Second
)

// expireBatch is how many rows are deleted in a commit, so that nobody waits long behind it.
const expireBatch = 500

// rowStays is how much longer a row stays than its token could be used: the clocks of processes differ, by less than this.
const rowStays = time.Hour

// row is a row of the table.
type row struct {
	id     string
	usedAt time.Time
	end    time.Time
}

var columns = table.Of[row]{
	"id":      func(r *row) any { return &r.id },
	"used_at": func(r *row) any { return table.Millis(&r.usedAt) },
	"ends_at": func(r *row) any { return table.Millis(&r.end) },
}

var insert = table.Named("insert into prefill_use (id, used_at, ends_at) values (:id, :used_at, :ends_at) on conflict (id) do nothing")

const deleteOver = "delete from prefill_use where id in (select id from prefill_use where ends_at <= $1 order by ends_at limit $2)"

// Uses are those of all tokens.
type Uses struct {
	Engine db.Engine
	Clock  *clock.Clock
}

// Use says whether the token with the id, which may be used until end, is used for the first time. That is durable before Use returns, which
// goes on when ctx ends. After an error the token may count as used.
func (u Uses) Use(ctx context.Context, id string, end time.Time) (first bool, err error) {
	r := row{id: id, usedAt: u.Clock.Now(), end: end.Add(rowStays)}
	n, err := db.Write(ctx, u.Engine, acceptLimit, func(ctx context.Context, q db.Queries) (int, error) {
		return table.Affected(columns.Exec(ctx, q, insert, &r))
	})
	if err != nil {
		return false, fmt.Errorf("use a prefill token: %w", err)
	}
	return n == 1, nil
}

// Expire forgets the tokens that are refused for their age by now, in every process. It may be interrupted and run again, also by several
// processes at once.
func (u Uses) Expire(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := db.Write(ctx, u.Engine, expireLimit, func(ctx context.Context, q db.Queries) (int, error) {
			return table.Affected(q.ExecContext(ctx, deleteOver, u.Clock.Now().UnixMilli(), expireBatch))
		})
		if err != nil {
			return fmt.Errorf("expire prefill tokens: %w", err)
		}
		if n < expireBatch {
			return nil
		}
	}
}
