package normalize

import (
	"strings"
	"testing"
)

func TestText_LimitsTheBytesBeforeAnythingElse(t *testing.T) {
	for _, c := range []struct {
		story, typed string
		want         [2]string
	}{
		{"as many bytes as are accepted", strings.Repeat("a", 10) + strings.Repeat(" ", MaxBytes-10), [2]string{strings.Repeat("a", 10), ""}},
		{"one more, though blank", strings.Repeat("a", 10) + strings.Repeat(" ", MaxBytes-9), [2]string{"", "max"}},
		{"more, and not UTF-8", strings.Repeat("\xff", MaxBytes+1), [2]string{"", "max"}},
	} {
		t.Run(c.story, func(t *testing.T) {
			text, rule := Text(c.typed, 10)
			if got := [2]string{text, rule}; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestStreet_IsWrittenAsThePostDoes(t *testing.T) {
	for typed, want := range map[string]string{
		"4120 bluebonnet ln":   "4120 Bluebonnet Ln",
		"4120 BLUEBONNET LN":   "4120 Bluebonnet Ln",
		"123 nw 5th st apt 4b": "123 NW 5th St Apt 4B",
		"123 NW 5TH ST":        "123 NW 5th St",
		"1 n. main st.":        "1 N. Main St.",
		"po box 12":            "PO Box 12",
		"12 st mary's rd":      "12 St Mary's Rd",
		"7 o'connor ave":       "7 O'Connor Ave",
		"221b baker-street":    "221B Baker-Street",
		"us hwy 290 w":         "US Hwy 290 W",
		"calle 13 núm. 4":      "Calle 13 Núm. 4",
		"4120 McDonald Ln":     "4120 McDonald Ln",
		"":                     "",
		"#4 22nd ave":          "#4 22nd Ave",
	} {
		got := Street(typed)
		if got != want || Street(got) != got {
			t.Errorf("%q is written %q, want %q", typed, got, want)
		}
	}
}
