package db

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Time limits of writes. They count from the call and hold whatever becomes of its context.
const (
	AcceptLimit   = 5 * time.Second  // a visitor is waiting
	CourierLimit  = 30 * time.Second // the shortest lease is 40 s
	ClaimLimit    = 5 * time.Second  // the lease runs already
	DecisionLimit = 30 * time.Second // a person decided, and a server may be writing all the time
)

// Write runs act in one transaction, durable once Write returns without an error, as WithLimit says.
func Write[T any](ctx context.Context, e Engine, limit time.Duration, act func(context.Context, Queries) (T, error)) (T, error) {
	var result, none T
	err := WithLimit(ctx, limit, func(ctx context.Context) error {
		return e.Write(ctx, func(ctx context.Context, q Queries) (err error) {
			result, err = act(ctx, q)
			return err
		})
	})
	if err != nil {
		return none, err // result may still be in the writer's hands
	}
	return result, nil
}

// WithLimit gives a write this much time. It does not stop when ctx does: a lead must not be lost, nor a claim left
// behind, because somebody went away. After an error the work may still have been done.
func WithLimit(ctx context.Context, limit time.Duration, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	err := write(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("the database took longer than %s; the change may be made all the same: %w", limit, err)
	}
	return Clean(err)
}
