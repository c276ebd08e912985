package places

import (
	"testing"
	"time"
)

func TestCallingHours_AreThoseOfTheStateAndTheWeekday(t *testing.T) {
	const layout = "Mon 15:04"
	for _, tt := range []struct {
		state, local string
		allowed      bool
	}{
		{"TX", "Mon 08:59", false},
		{"TX", "Mon 09:00", true},
		{"TX", "Sat 20:59", true},
		{"TX", "Sat 21:00", false},
		{"TX", "Sun 11:59", false},
		{"TX", "Sun 12:00", true},
		{"TX", "Sun 21:00", false},
		{"CA", "Sun 08:00", true},
		{"CA", "Mon 07:59", false},
		{"CA", "Fri 20:59", true},
		{"CA", "Fri 21:00", false},
		{"", "Fri 00:00", false},
	} {
		clock, err := time.Parse("15:04", tt.local[4:])
		if err != nil {
			t.Fatal(err)
		}
		local := time.Date(2026, 11, 22, clock.Hour(), clock.Minute(), 0, 0, time.UTC) // a Sunday
		for local.Format(layout) != tt.local {
			local = local.AddDate(0, 0, 1)
		}
		if got := CallingHours(tt.state, local.Weekday()).Allow(local); got != tt.allowed {
			t.Errorf("%q on %s: allowed is %t", tt.state, tt.local, got)
		}
	}
}
