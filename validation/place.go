package validation

import (
	"time"

	"intake/internal/places"
	"intake/validation/normalize"
)

// PlaceOf gives city and state of a ZIP code as typed, to fill in what the person has not typed;
// false when the code is unknown. The state is one that the form offers.
func PlaceOf(zip string) (city, state string, known bool) {
	place, known := placeOf(zip)
	return place.City, place.State, known
}

// ZoneOf is the time zone of a ZIP code by its name in the IANA database, such as
// "America/Chicago"; empty where it is not known.
func ZoneOf(zip string) string {
	place, _ := placeOf(zip)
	return place.Zone
}

func placeOf(typed string) (places.Place, bool) {
	zip, rule := normalize.Text(typed, maxNumber)
	if rule != "" {
		return places.Place{}, false
	}
	return places.Of(normalize.ZIP(zip))
}

// LocalTime is the time where a ZIP code is, its state, and whether the hours are such that nobody may be called
// there; false when the place or its time zone is unknown.
func LocalTime(zip string, now time.Time) (local time.Time, state string, quiet, known bool) {
	place, _ := placeOf(zip)
	zone, err := time.LoadLocation(place.Zone)
	if err != nil || place.Zone == "" {
		return time.Time{}, "", false, false
	}
	local = now.In(zone)
	return local, place.State, !places.CallingHours(place.State, local.Weekday()).Allow(local), true
}
