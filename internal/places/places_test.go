package places

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOf_FindsThePlaceOfAZIPCode(t *testing.T) {
	for zip, want := range map[string]Place{
		"78745": {"Austin", "TX", "America/Chicago"},
		"00501": {"Holtsville", "NY", "America/New_York"},
		"99950": {"Ketchikan", "AK", "America/Juneau"},
		"85001": {"Phoenix", "AZ", "America/Phoenix"},
		"20001": {"Washington", "DC", "America/New_York"},
		"00901": {"San Juan", "PR", "America/Puerto_Rico"},
		"96910": {"Hagatna", "GU", "Pacific/Guam"},
		"96799": {"Pago Pago", "AS", "Pacific/Pago_Pago"},
		"09002": {"APO", "AE", ""},
		"34025": {"DPO", "AA", ""},
	} {
		got, known := Of(zip)
		if diff := cmp.Diff(want, got); diff != "" || !known {
			t.Errorf("%s, known: %t (-want +got):\n%s", zip, known, diff)
		}
	}
}

func TestOf_IsFalseForAnUnknownZIPCode(t *testing.T) {
	for _, zip := range []string{
		"", "0", "00000", "99999", "zip", "7874", "787456", "78745,", "78745,Austin", "\x00", "ABCDE", "９９９５０",
		"96941", "96960", "96940", // Micronesia, the Marshall Islands, Palau
	} {
		if place, known := Of(zip); known || place != (Place{}) {
			t.Errorf("Of(%q) = %v, %t", zip, place, known)
		}
	}
}

func TestTable_IsSortedAndComplete(t *testing.T) {
	if !slices.IsSorted(lines()) {
		t.Error("the codes are not in order: the search misses some")
	}
	states := map[string]int{}
	for _, line := range lines() {
		if strings.Count(line, ",") != 3 || len(line) < len("00501,A,NY,") || strings.Trim(line[:5], "0123456789") != "" || line[5] != ',' {
			t.Fatalf("not a line of the table: %q", line)
		}
		place, known := read(line)
		if known && (strings.TrimSpace(place.City) != place.City || place.City == "" || len(place.State) != 2) {
			t.Errorf("%q is read as %v", line, place)
		}
		states[place.State]++
		if _, err := time.LoadLocation(place.Zone); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	delete(states, "") // not taken
	if len(lines()) < 42_000 || len(states) != 59 {
		t.Errorf("%d codes in %d states", len(lines()), len(states))
	}
}
