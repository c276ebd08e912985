package web

import (
	"strings"
	"time"

	"intake/validation"
)

// ZoneOf is the time zone of a ZIP code as it was typed; of one that is not known, UTC.
func ZoneOf(zip string) *time.Location {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, zip)
	zone, err := time.LoadLocation(validation.ZoneOf(digits[:min(len(digits), 5)]))
	if err != nil {
		return time.UTC
	}
	return zone
}
