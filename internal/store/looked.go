package store

import (
	"context"

	"intake/internal/audit"
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
