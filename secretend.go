package main

import (
	"context"
	"log/slog"
	"time"
)

// day is a date as settings have it: 2027-03-31. It begins at midnight UTC.
type day struct{ time.Time }

func (d *day) UnmarshalText(text []byte) (err error) {
	d.Time, err = time.Parse(time.DateOnly, string(text))
	return err
}

func (d day) String() string { return d.Format(time.DateOnly) }

const wholeDay = 24 * time.Hour

// tellSecretAt are the times before the end of the client secret at which it is told. From the third on
// it is a cause of degraded health too.
var tellSecretAt = []time.Duration{30 * wholeDay, 14 * wholeDay, 7 * wholeDay, wholeDay, 0}

const secretIsNear = 7 * wholeDay

// secretEnd warns before the client secret ends, a day that only whoever made it knows. The zero day is
// no day: nothing is told.
type secretEnd struct {
	day day
	log *slog.Logger
	now func() time.Time
}

func (s secretEnd) left() time.Duration { return s.day.Sub(s.now()) }

// days are what is left, a day that has begun counted whole; 0 when it has ended.
func (s secretEnd) days() int { return max(0, int((s.left()+wholeDay-1)/wholeDay)) }

// near says whether it ends within a week, or has ended.
func (s secretEnd) near() bool { return !s.day.IsZero() && s.left() <= secretIsNear }

// run tells how things stand when it begins and at each of the times, until ctx ends. It looks at the clock
// every hour: a machine that slept tells too.
func (s secretEnd) run(ctx context.Context) {
	look := time.NewTicker(time.Hour)
	defer look.Stop()
	for told := 0; !s.day.IsZero(); {
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
func (s secretEnd) reached() (n int) {
	for _, before := range tellSecretAt {
		if s.left() <= before {
			n++
		}
	}
	return n
}

func (s secretEnd) tell() {
	if s.days() == 0 {
		s.log.Error("by its date the client secret has ended: rotate it", "ended", s.day.String())
		return
	}
	s.log.Warn("the client secret ends soon: ask for the next one", "ends", s.day.String(), "days", s.days())
}
