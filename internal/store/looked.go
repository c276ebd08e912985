package store

import (
	"context"
	"time"

	"intake/internal/audit"
	"intake/internal/store/db"
)

// Looked reads something about a person and writes down who looked, which read says together with what it has read.
// It returns nothing unless the entry is on disk. A look that failed is not written down.
func Looked[T any](ctx context.Context, s *Store, read func(context.Context) (T, audit.Entry, error)) (T, error) {
	var none T
	seen, e, err := read(ctx)
	if err != nil {
		return none, err
	}
	if err := s.AuditLog().Write(ctx, e); err != nil {
		return none, err
	}
	return seen, nil
}

// writeAudited is db.Write with an audit entry in the same commit.
func writeAudited[T any](ctx context.Context, s *Store, limit time.Duration, e audit.Entry, act func(context.Context, db.Queries) (T, error)) (T, error) {
	return db.Write(ctx, s.engine, limit, func(ctx context.Context, q db.Queries) (T, error) {
		result, err := act(ctx, q)
		if err != nil {
			return result, err
		}
		return result, s.AuditLog().Add(ctx, q, e)
	})
}
