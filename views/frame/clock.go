package frame

import (
	"fmt"
	"math"
	"time"
)

// Clock is the time at which a staff page is drawn, and the zone in which it shows times.
type Clock struct {
	Now  time.Time
	Zone *time.Location // nil is UTC
}

// Time is a moment to the second, with its date and the abbreviation of the zone.
func (c Clock) Time(at time.Time) string { return c.in(at).Format("Jan 2, 2006, 3:04:05 PM MST") }

// Minute is a moment without its seconds, and without the date when it is of today.
func (c Clock) Minute(at time.Time) string {
	if c.in(at).Format(time.DateOnly) == c.in(c.Now).Format(time.DateOnly) {
		return c.in(at).Format("3:04 PM MST")
	}
	return c.in(at).Format("Jan 2, 3:04 PM MST")
}

// Machine is a moment for programs.
func (c Clock) Machine(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// ZoneName is the abbreviation of the zone now.
func (c Clock) ZoneName() string { return c.in(c.Now).Format("MST") }

func (c Clock) in(at time.Time) time.Time {
	if c.Zone == nil {
		return at.UTC()
	}
	return at.In(c.Zone)
}

// Age is how long ago something was, in the largest unit that says enough.
func (c Clock) Age(at time.Time) string {
	if age := c.Now.Sub(at); age >= time.Minute {
		return length(age)
	}
	return "just now"
}

// Due is how long it is until something is due, or how late it is.
func (c Clock) Due(at time.Time) string {
	switch left := at.Sub(c.Now); {
	case left >= time.Minute:
		return "in " + length(left)
	case left <= -time.Minute:
		return length(-left) + " late"
	}
	return "now"
}

// Until is how long something is still kept, by a chore that runs every hour.
func (c Clock) Until(at time.Time) string {
	if left := at.Sub(c.Now); left >= time.Hour {
		return "in " + length(left)
	}
	return "within the hour"
}

func length(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 48*time.Hour:
		return "1 day"
	}
	return inDays(d.Hours() / 24)
}

// Days in a month and a year, on average.
const (
	daysOfMonth = 365.25 / 12
	daysOfWords = 60 // from here on months say more
)

// inDays is a length of time in days, or in months and years, to the nearest.
func inDays(days float64) string {
	if days < daysOfWords {
		return fmt.Sprintf("%d days", int(days))
	}
	months := int(math.Round(days / daysOfMonth))
	years, months := months/12, months%12
	switch {
	case years == 0:
		return many(months, "month")
	case months == 0:
		return many(years, "year")
	}
	return many(years, "year") + " and " + many(months, "month")
}

func many(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
