package views

import (
	"testing"
	"time"

	"intake/views/frame"
)

func TestClock_ShowsEveryTimeInItsZoneByTheAbbreviation(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	winter := time.Date(2026, time.January, 10, 3, 4, 5, 0, time.UTC)
	c := frame.Clock{Now: winter, Zone: zone}
	summer := time.Date(2026, time.July, 10, 3, 4, 5, 0, time.UTC)
	for got, want := range map[string]string{
		c.Time(winter): "Jan 9, 2026, 10:04:05 PM EST", c.Minute(winter.Add(-time.Hour)): "9:04 PM EST", c.Minute(summer): "Jul 9, 11:04 PM EDT",
		c.ZoneName(): "EST", c.Machine(winter): "2026-01-10T03:04:05Z", (frame.Clock{Now: winter}).Minute(winter): "3:04 AM UTC",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestClock_SaysHowLongAgoAndHowLate(t *testing.T) {
	c := frame.Clock{Now: noon}
	for ago, want := range map[time.Duration]string{
		59 * time.Second: "just now", time.Minute: "1 min", 119 * time.Minute: "1 h", 25 * time.Hour: "1 day", 49 * time.Hour: "2 days", -time.Hour: "just now",
	} {
		if got := c.Age(noon.Add(-ago)); got != want {
			t.Errorf("%s ago: %q, want %q", ago, got, want)
		}
	}
	for in, want := range map[time.Duration]string{
		0: "now", 59 * time.Second: "now", -59 * time.Second: "now", time.Minute: "in 1 min", 90 * time.Minute: "in 1 h", -40 * time.Minute: "40 min late", -50 * time.Hour: "2 days late",
	} {
		if got := c.Due(noon.Add(in)); got != want {
			t.Errorf("in %s: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[time.Duration]string{-time.Hour: "within the hour", 59 * time.Minute: "within the hour", 3 * time.Hour: "in 3 h", 72 * time.Hour: "in 3 days"} {
		if got := c.Until(noon.Add(in)); got != want {
			t.Errorf("until %s: %q, want %q", in, got, want)
		}
	}
}
