package validation

import (
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
