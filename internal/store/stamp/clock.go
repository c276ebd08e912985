package stamp

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"intake/internal/store/db"
)

// simulator is the stamp of the one environment whose clock can be moved.
const simulator = "simulator"

// MoveClock moves the clock of the database forward and returns how far ahead it is then. It refuses every
// environment but the simulator, and moves no clock back: what has happened would lie in the future.
func (s *Stamp) MoveClock(ctx context.Context, forward time.Duration) (ahead time.Duration, err error) {
	defer db.Wrap(&err, "move the clock")
	if forward <= 0 {
		return 0, errors.New("the clock can only be moved forward")
	}
	milliseconds, err := db.Write(ctx, s.Engine, db.DecisionLimit, func(ctx context.Context, q db.Queries) (ms int64, err error) {
		err = q.QueryRowContext(ctx, "update stamp set clock_ahead = clock_ahead + $1 where id = 1 and environment = $2 returning clock_ahead",
			forward.Milliseconds(), simulator).Scan(&ms)
		return ms, err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errors.New("only the clock of the simulator environment can be moved")
	}
	return time.Duration(milliseconds) * time.Millisecond, err
}
