package store

import (
	"context"
	"slices"
	"time"

	"intake/internal/store/db"
	"intake/internal/store/table"
)

// batchRows is how many rows share a commit, so that nobody waits long behind it.
const batchRows = 50

// inBatches runs some, each time in a commit of its own, until one returns less than a batch. It calls done with what
// each returned, once that is committed.
func inBatches[R any](ctx context.Context, s *Store, batch int, some func(context.Context, db.Queries) ([]R, error), done func([]R)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := db.Write(ctx, s.engine, courierLimit, some)
		if err != nil {
			return err
		}
		if done(rows); len(rows) < batch {
			return nil
		}
	}
}

// eachInBatches calls act with each of the list, a batch in a commit, and done with the sum of what act returned, once
// that is committed.
func eachInBatches[T any](ctx context.Context, s *Store, list []T, batch int, act func(context.Context, db.Queries, T) (int, error), done func(int)) error {
	for part := range slices.Chunk(list, batch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (sum int, err error) {
			for _, one := range part {
				n, err := act(ctx, q, one)
				if err != nil {
					return 0, err
				}
				sum += n
			}
			return sum, nil
		})
		if err != nil {
			return err
		}
		done(n)
	}
	return nil
}

// eraseRows runs a statement that erases up to $2 rows whose time was over at $1 and returns their ids, until there are
// none. In the same commit it calls also with each id. It returns how many rows that were.
func (s *Store) eraseRows(ctx context.Context, statement string, over time.Time, also ...func(context.Context, db.Queries, string) error) (done int, err error) {
	err = inBatches(ctx, s, batchRows, func(ctx context.Context, q db.Queries) ([]string, error) {
		ids, err := table.Texts(ctx, q, statement, over.UnixMilli(), batchRows)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		for _, act := range also {
			for _, id := range ids {
				if err := act(ctx, q, id); err != nil {
					return nil, err
				}
			}
		}
		return ids, db.MarkUnscrubbed(ctx, q, s.now())
	}, func(ids []string) { done += len(ids) })
	return done, err
}
