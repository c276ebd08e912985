package validation

import (
	"testing"
	"time"

	"intake/internal/lead"
)

var deskDay = lead.Date{Year: 2026, Month: time.November, Day: 22}

// atTheDesk parses one answer as the desk does.
func atTheDesk(box, typed string) (lead.Applicant, Errors) {
	return Parse(NewForm(map[string]string{box: typed}), Options{Today: deskDay, Desk: true, Asked: Desk | DeskMore | DeskSSN})
}

func TestReadBack_SaysAnAnswerAsItIsReadAloud(t *testing.T) {
	for _, tt := range []struct{ field, typed, want string }{
		{"dateOfBirth", "3/14/79", "March 14, 1979, age 47"},
		{"dateOfBirth", "03141979", "March 14, 1979, age 47"},
		{"dateOfBirth", "031479", "March 14, 1979, age 47"},
		{"dateOfBirth", "mar 14 1979", "March 14, 1979, age 47"},
		{"dateOfBirth", "14 mar 79", "March 14, 1979, age 47"},
		{"dateOfBirth", "3-14-1979", "March 14, 1979, age 47"},
		{"dateOfBirth", "3 14 1979", "March 14, 1979, age 47"},
		{"dateOfBirth", "14 de marzo de 1979", "March 14, 1979, age 47"},
		{"dateOfBirth", "1979-03-14", "March 14, 1979, age 47"},
		{"dateOfBirth", "11/22/08", "November 22, 2008, age 18"},
		{"dateOfBirth", "11/23/08", "November 23, 1908, age 117"},
		{"dateOfBirth", "1/1/00", "January 1, 2000, age 26"},
		{"homePhone", "(512) 555.0148", "512-555-0148"},
		{"email", "maria.gonzalez79@gmail.com", "m-a-r-i-a dot g-o-n-z-a-l-e-z-7-9 at gmail.com"},
		{"email", "a_b+c@x-y.org", "a underscore b plus c at x dash y dot o-r-g"},
		{"firstName", "maria", "Maria"},
		{"lastName", "O'BRIEN", "O'Brien"},
		{"lastName", "de la Cruz", "de la Cruz"},
		{"address1", "4120 bluebonnet ln", "4120 Bluebonnet Ln"},
		{"city", "san antonio", "San Antonio"},
		{"state", "tx", "Texas"},
		{"state", "new  york", "New York"},
		{"state", "Tejas", "Texas"},
		{"state", "washington d.c.", "the District of Columbia"},
		{"zipCode", "78745-1234", "Austin, TX"},
		{"zipCode", "00000", ""},
		{"estimatedDebt", "15k", "$15,000"},
		{"monthsAtAddress", "1y 6m", "1 year 6 months"},
		{"monthsAtAddress", "24", "2 years"},
		{"monthsAtAddress", "1", "1 month"},
		{"socialSecurityNumber", "123-45-6789", "valid, ends 6789"},
		{"residenceTypeId", "2", ""},
		{"firstName", "", ""},
		{"nothing", "x", ""},
	} {
		a, _ := atTheDesk(tt.field, tt.typed)
		if got := ReadBack(tt.field, a, deskDay); got != tt.want {
			t.Errorf("%s %q is read back as %q, want %q", tt.field, tt.typed, got, tt.want)
		}
	}
}

func TestDesk_RefusesABirthDateThatIsNone(t *testing.T) {
	for typed, want := range map[string]string{
		"":            "Enter your date of birth",
		"14/3/79":     "Date of birth must be a real date, like March 14, 1979",
		"2/30/1979":   "Date of birth must be a real date, like March 14, 1979",
		"march":       "Date of birth must include a day",
		"3/14":        "Date of birth must include a year",
		"3/14/1879":   "Check the year of birth",
		"3/14/2020":   "You must be 18 or older to use this service",
		"03/14/1979x": "Date of birth must be a real date, like March 14, 1979",
	} {
		_, errs := atTheDesk("dateOfBirth", typed)
		if p, _ := errs.For("dateOfBirth"); p.Message.EN != want || p.Input != "dateOfBirth" {
			t.Errorf("%q: %q in %q, want %q", typed, p.Message.EN, p.Input, want)
		}
	}
}

func TestLocalTime_ComesFromTheZIPCode(t *testing.T) {
	now := time.Date(2026, 11, 22, 17, 30, 0, 0, time.UTC) // a Sunday
	for _, tt := range []struct {
		zip, want, state string
		quiet, known     bool
	}{
		{"78745", "11:30 AM CST", "TX", true, true}, // before noon on a Sunday in Texas
		{"10001", "12:30 PM EST", "NY", false, true},
		{"96701", "7:30 AM HST", "HI", true, true},
		{"00000", "", "", false, false},
		{"09002", "", "", false, false}, // a military address has no zone
		{"787", "", "", false, false},
	} {
		local, state, quiet, known := LocalTime(tt.zip, now)
		got := ""
		if known {
			got = local.Format("3:04 PM MST")
		}
		if got != tt.want || state != tt.state || quiet != tt.quiet || known != tt.known {
			t.Errorf("%s: %q in %q, quiet %t, known %t", tt.zip, got, state, quiet, known)
		}
	}
}
