package health

import (
	"context"
	"log/slog"
	"time"

	"intake/internal/clock"
)

const wholeDay = 24 * time.Hour

// warnBefore is how long before the client secret expires a warning is logged. From the third warning on, the
// health is degraded too.
var warnBefore = []time.Duration{30 * wholeDay, 14 * wholeDay, 7 * wholeDay, wholeDay, 0}

const soon = 7 * wholeDay

// SecretExpiry warns before Alleviate's client secret expires. Only a person can know that day.
type SecretExpiry struct {
	Day   time.Time // 00:00 of the day; zero when it is not known: no warning
	Log   *slog.Logger
	Clock *clock.Clock
}

func (s SecretExpiry) remaining() time.Duration { return s.Day.Sub(s.Clock.Now()) }

// DaysLeft counts a day that has begun as a whole one; it is 0 after the secret has expired.
func (s SecretExpiry) DaysLeft() int { return max(0, int((s.remaining()+wholeDay-1)/wholeDay)) }

// IsSoon says whether the secret expires within a week, or has expired.
func (s SecretExpiry) IsSoon() bool { return !s.Day.IsZero() && s.remaining() <= soon }

// Run logs a warning at its start when one is due and at each later one, until ctx ends. It polls the clock
// every hour, so that a suspended machine warns too.
func (s SecretExpiry) Run(ctx context.Context) {
	tick := s.Clock.NewTicker(time.Hour)
	defer tick.Stop()
	for warned := 0; !s.Day.IsZero(); {
		if due := s.warningsDue(); due > warned {
			warned = due
			s.warn()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// warningsDue is how many warnings are due by now.
func (s SecretExpiry) warningsDue() (n int) {
	for _, before := range warnBefore {
		if s.remaining() <= before {
			n++
		}
	}
	return n
}

func (s SecretExpiry) warn() {
	if s.DaysLeft() == 0 {
		s.Log.Error("the client secret has expired by its date: rotate it", "expired", s.Day.Format(time.DateOnly))
		return
	}
	s.Log.Warn("the client secret expires soon: ask for the next one", "expires", s.Day.Format(time.DateOnly), "days", s.DaysLeft())
}
