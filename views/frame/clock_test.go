package frame

import (
	"testing"
	"time"
)

func TestUntil_SaysMonthsAndYearsInWords(t *testing.T) {
	now := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	for days, want := range map[int]string{
		1: "in 1 day", 29: "in 29 days", 59: "in 59 days", 61: "in 2 months", 364: "in 1 year", 396: "in 1 year and 1 month", 700: "in 1 year and 11 months", 1824: "in 5 years",
	} {
		if got := (Clock{Now: now}).Until(now.AddDate(0, 0, days)); got != want {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
}
