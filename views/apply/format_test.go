package apply

import (
	"slices"
	"strings"
	"testing"
	"time"

	"intake/validation"
	"intake/views/frame"
)

func TestYearsAndMonths_WritesMonthsAsPeopleDo(t *testing.T) {
	for months, want := range map[string]string{"0": "0 months", "1": "1 month", "11": "11 months", "12": "1 year", "13": "1 year 1 month", "54": "4 years 6 months", "much": "much"} {
		if got := yearsAndMonths(frame.Page{Language: "en"}, months); got != want {
			t.Errorf("%s: got %q, want %q", months, got, want)
		}
	}
}

func TestWhy_SaysHowLongTheSSNIsKept(t *testing.T) {
	ssn, _ := validation.ByName("socialSecurityNumber")
	for kept, want := range map[time.Duration][2]string{0: {"24 hours", "24 horas"}, time.Hour: {"1 hour", "1 hora"}, 48 * time.Hour: {"48 hours", "48 horas"}, 72 * time.Hour: {"3 days", "3 días"}} {
		for i, language := range []string{"en", "es"} {
			s := Step{Page: frame.Page{Site: frame.Site{SSNKept: kept}, Language: language}}
			if why := s.why(ssn); !strings.Contains(why, want[i]+" ") {
				t.Errorf("%s: %q does not say %q", kept, why, want[i])
			}
		}
	}
}

// An answer that is in no line would be sent without being shown.
func TestLines_HaveEveryFieldOfTheirStepOnce(t *testing.T) {
	for number := StepDebt; number <= StepIncome; number++ {
		var asked, shown []string
		for _, f := range StepFields(frame.Site{LoanFields: true}, number) {
			if f.Kind != validation.Secret {
				asked = append(asked, f.Name)
			}
		}
		for _, l := range lines[number] {
			shown = append(shown, l.fields...)
		}
		slices.Sort(asked)
		slices.Sort(shown)
		if !slices.Equal(asked, shown) {
			t.Errorf("step %d asks for %q and shows %q", number, asked, shown)
		}
	}
}
