package db

import (
	"context"
	"slices"
)

// BatchRows is how many rows share a commit, so that nobody waits long behind it.
const BatchRows = 50

// InBatches runs some, each time in a commit of its own, until one returns less than a batch. It calls done with what
// each returned, once that is committed.
func InBatches[R any](ctx context.Context, e Engine, batch int, some func(context.Context, Queries) ([]R, error), done func([]R)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := Write(ctx, e, CourierLimit, some)
		if err != nil {
			return err
		}
		if done(rows); len(rows) < batch {
			return nil
		}
	}
}

// EachInBatches calls act with each of the list, a batch in a commit, and done with the sum of what act returned, once
// that is committed.
func EachInBatches[T any](ctx context.Context, e Engine, list []T, batch int, act func(context.Context, Queries, T) (int, error), done func(int)) error {
	for part := range slices.Chunk(list, batch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := Write(ctx, e, CourierLimit, func(ctx context.Context, q Queries) (sum int, err error) {
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
