package validation

import "testing"

func TestPlaceOf_AcceptsAZIPCodeAsTyped(t *testing.T) {
	for typed, want := range map[string]struct {
		city, state, zone string
		known             bool
	}{
		"78745":        {"Austin", "TX", "America/Chicago", true},
		" 78745-1234 ": {"Austin", "TX", "America/Chicago", true},
		"78745 - 1234": {"Austin", "TX", "America/Chicago", true},
		"09002":        {"APO", "AE", "", true},
		"00000":        {},
		"7874":         {},
		"78745\x00":    {},
		"":             {},
	} {
		city, state, known := PlaceOf(typed)
		if got := ZoneOf(typed); city != want.city || state != want.state || known != want.known || got != want.zone {
			t.Errorf("%q is in %q, %q, %q, known: %t", typed, city, state, got, known)
		}
	}
}
