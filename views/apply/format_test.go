package apply

import (
	"strings"
	"testing"
	"time"

	"intake/views/frame"
)

func TestYearsAndMonths_WritesMonthsAsPeopleDo(t *testing.T) {
	for months, want := range map[string]string{"0": "0 months", "1": "1 month", "11": "11 months", "12": "1 year", "13": "1 year 1 month", "54": "4 years 6 months", "much": "much"} {
		if got := yearsAndMonths(frame.Page{Language: "en"}, months); got != want {
			t.Errorf("%s: got %q, want %q", months, got, want)
		}
	}
}

func TestSSNWhy_SaysHowLong(t *testing.T) {
	for kept, want := range map[time.Duration][2]string{0: {"24 hours", "24 horas"}, time.Hour: {"1 hour", "1 hora"}, 48 * time.Hour: {"48 hours", "48 horas"}, 72 * time.Hour: {"3 days", "3 días"}} {
		for i, language := range []string{"en", "es"} {
			p := frame.Page{Site: frame.Site{SSNKept: kept}, Language: language}
			if why := ssnWhy(p); !strings.Contains(why, want[i]+" ") {
				t.Errorf("%s: %q does not say %q", kept, why, want[i])
			}
		}
	}
}
