package health

import (
	"context"
	"log/slog"
	"time"

	"intake/internal/clock"
)

const wholeDay = 24 * time.Hour

// tellSecretAt are the times before the end of the client secret at which it is told. From the third on
// it is a cause of degraded health too.
var tellSecretAt = []time.Duration{30 * wholeDay, 14 * wholeDay, 7 * wholeDay, wholeDay, 0}

const secretIsNear = 7 * wholeDay

// SecretEnd warns before Alleviate's client secret ends, a day that only whoever made it knows.
type SecretEnd struct {
	Day   time.Time // the day's beginning; the zero time is no day: nothing is told
	Log   *slog.Logger
	Clock *clock.Clock
}

func (s SecretEnd) left() time.Duration { return s.Day.Sub(s.Clock.Now()) }

// Days are what is left, a day that has begun counted whole; 0 when it has ended.
func (s SecretEnd) Days() int { return max(0, int((s.left()+wholeDay-1)/wholeDay)) }

// Near says whether it ends within a week, or has ended.
func (s SecretEnd) Near() bool { return !s.Day.IsZero() && s.left() <= secretIsNear }

// Run tells how things stand when it begins and at each of the times, until ctx ends. It looks at the clock
// every hour: a machine that slept tells too.
func (s SecretEnd) Run(ctx context.Context) {
	look := s.Clock.NewTicker(time.Hour)
	defer look.Stop()
	for told := 0; !s.Day.IsZero(); {
		if reached := s.reached(); reached > told {
			told = reached
			s.tell()
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// reached is how many of the times have come.
func (s SecretEnd) reached() (n int) {
	for _, before := range tellSecretAt {
		if s.left() <= before {
			n++
		}
	}
	return n
}

func (s SecretEnd) tell() {
	if s.Days() == 0 {
		s.Log.Error("by its date the client secret has ended: rotate it", "ended", s.Day.Format(time.DateOnly))
		return
	}
	s.Log.Warn("the client secret ends soon: ask for the next one", "ends", s.Day.Format(time.DateOnly), "days", s.Days())
}
