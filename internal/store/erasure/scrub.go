package erasure

import (
	"context"
	"database/sql"
	"time"

	"intake/internal/store/db"
	"intake/internal/store/registry"
	"intake/internal/store/table"
)

// Scrub makes overwritten values unreadable in the files of the database, as each Erase does. With
// quiet it does so however long everybody else has to wait. It also does what an earlier run began and
// did not finish, and returns since when there are some that it could not get at.
func (s *Eraser) Scrub(ctx context.Context, quiet bool) (since time.Time, err error) {
	defer db.Wrap(&err, "make erased values unreadable in the files")
	var marks int64
	err = s.Engine.Reader().QueryRowContext(ctx, "select unscrubbed, unscrubbed_since from stamp where id = 1").Scan(&marks, table.Millis(&since))
	if err != nil {
		return time.Time{}, err
	}
	if since.IsZero() {
		since = s.Now()
	}
	scrubbed, err := s.Engine.Scrub(ctx, registry.ToScrub(registry.Tables, marks > 0 || quiet), quiet)
	if err != nil || !scrubbed {
		return since, err
	}
	if marks == 0 {
		return time.Time{}, nil
	}
	_, err = db.Write(ctx, s.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) { // unless more came meanwhile
		return q.ExecContext(ctx, "update stamp set unscrubbed = 0, unscrubbed_since = null where id = 1 and unscrubbed = $1", marks)
	})
	return time.Time{}, err
}
