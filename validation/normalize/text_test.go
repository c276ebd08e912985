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
