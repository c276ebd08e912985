package store

import (
	"context"
	"fmt"
	"time"

	"intake/internal/store/db"
)

const oldestUnsent = "select min(received_at) from lead where status = 'received' and hold = ''"

// OldestUnsent is when the lead arrived that has waited longest to be sent; the zero time when none
// waits. Leads on hold wait for a person and do not count.
func (s *Store) OldestUnsent(ctx context.Context) (time.Time, error) {
	var at time.Time
	if err := s.engine.Reader().QueryRowContext(ctx, oldestUnsent).Scan(millis{&at}); err != nil {
		return time.Time{}, fmt.Errorf("find the oldest unsent lead: %w", db.Clean(err))
	}
	return at, nil
}
