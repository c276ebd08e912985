package lead

import (
	"fmt"
	"time"
)

// Date is a day of the calendar without a time zone, such as a date of birth.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads "2006-01-02" and refuses days that do not exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("not a date of the form YYYY-MM-DD")
	}
	return DateOf(t), nil
}

// DateOf is the day of t in t's time zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// String is the date as YYYY-MM-DD, the form that Alleviate accepts.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Real says whether the calendar has this day.
func (d Date) Real() bool {
	t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	return d.Year > 0 && DateOf(t) == d
}

// After says whether d is later than e.
func (d Date) After(e Date) bool {
	if d.Year != e.Year {
		return d.Year > e.Year
	}
	if d.Month != e.Month {
		return d.Month > e.Month
	}
	return d.Day > e.Day
}

// Age is the age on a day of somebody born on d. Somebody born on February 29 has the birthday on March 1 of
// a common year.
func (d Date) Age(on Date) int {
	age := on.Year - d.Year
	if (Date{on.Year, d.Month, d.Day}).After(on) {
		age--
	}
	return age
}
