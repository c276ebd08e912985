package validation

import (
	"strings"
	"testing"

	"intake/internal/lead"
)

const (
	sayEmpty   = "Enter your date of birth"
	sayMonth   = "Date of birth must include a month"
	sayDay     = "Date of birth must include a day"
	sayYear    = "Date of birth must include a year"
	sayReal    = "Date of birth must be a real date, like March 14, 1979"
	sayPast    = "Date of birth must be in the past"
	sayAdult   = "You must be 18 or older to use this service"
	sayLiving  = "Check the year of birth"
	sayUnknown = "Date of birth has a character that cannot be used. Please type it again"
)

// Today is 14 March 2026.
func TestParse_DatesInThreeBoxes(t *testing.T) {
	for _, c := range []struct{ month, day, year, want, says, box string }{
		{"3", "14", "1979", "1979-03-14", "", ""},
		{"03", "04", "1979", "1979-03-04", "", ""},
		{"mar", "14", "1979", "1979-03-14", "", ""},
		{"Mar.", "14", "1979", "1979-03-14", "", ""},
		{"March", "14", "1979", "1979-03-14", "", ""},
		{"MARCH", "14", "1979", "1979-03-14", "", ""},
		{"marzo", "14", "1979", "1979-03-14", "", ""},
		{" marzo ", " 14 ", " 1979 ", "1979-03-14", "", ""},
		{"ene", "1", "1979", "1979-01-01", "", ""},
		{"enero", "1", "1979", "1979-01-01", "", ""},
		{"Jan", "1", "1979", "1979-01-01", "", ""},
		{"febrero", "1", "1979", "1979-02-01", "", ""},
		{"abr", "1", "1979", "1979-04-01", "", ""},
		{"May", "1", "1979", "1979-05-01", "", ""},
		{"mayo", "1", "1979", "1979-05-01", "", ""},
		{"junio", "1", "1979", "1979-06-01", "", ""},
		{"jul", "1", "1979", "1979-07-01", "", ""},
		{"ago", "1", "1979", "1979-08-01", "", ""},
		{"Sept", "1", "1979", "1979-09-01", "", ""},
		{"setiembre", "1", "1979", "1979-09-01", "", ""},
		{"septiembre", "1", "1979", "1979-09-01", "", ""},
		{"oct", "1", "1979", "1979-10-01", "", ""},
		{"noviembre", "1", "1979", "1979-11-01", "", ""},
		{"dic", "31", "1979", "1979-12-31", "", ""},
		{"2", "29", "2000", "2000-02-29", "", ""},
		{"3", "14", "2008", "2008-03-14", "", ""}, // 18 today
		{"3", "15", "1905", "1905-03-15", "", ""}, // 120, the last day of it
		{"3", "14", "1906", "1906-03-14", "", ""}, // 120 today

		{"", "", "", "", sayEmpty, birthMonth},
		{" ", " ", " ", "", sayEmpty, birthMonth},
		{"", "14", "1979", "", sayMonth, birthMonth},
		{"", "", "1979", "", sayMonth, birthMonth},
		{"3", "", "1979", "", sayDay, birthDay},
		{"3", "", "", "", sayDay, birthDay},
		{"3", "14", "", "", sayYear, birthYear},
		{"", "x", "x", "", sayMonth, birthMonth},

		{"13", "14", "1979", "", sayReal, birthMonth},
		{"0", "14", "1979", "", sayReal, birthMonth},
		{"ma", "14", "1979", "", sayReal, birthMonth},
		{"m", "14", "1979", "", sayReal, birthMonth},
		{"marchy", "14", "1979", "", sayReal, birthMonth},
		{"003", "14", "1979", "", sayReal, birthMonth},
		{"-3", "14", "1979", "", sayReal, birthMonth},
		{strings.Repeat("3", 41), "14", "1979", "", sayReal, birthMonth},
		{"3", "0", "1979", "", sayReal, birthDay},
		{"3", "32", "1979", "", sayReal, birthDay},
		{"4", "31", "1979", "", sayReal, birthDay},
		{"2", "30", "2000", "", sayReal, birthDay},
		{"2", "29", "1979", "", sayReal, birthDay},
		{"2", "29", "1900", "", sayReal, birthDay},
		{"3", "14th", "1979", "", sayReal, birthDay},
		{"3", "14", "0", "", sayReal, birthYear},
		{"3", "14", "0000", "", sayReal, birthYear},
		{"3", "14", "19790", "", sayReal, birthYear},
		{"3", "14", "197x", "", sayReal, birthYear},
		{"13", "32", "x", "", sayReal, birthMonth},
		{"3", "15", "2026", "", sayPast, birthYear},
		{"3", "14", "2027", "", sayPast, birthYear},
		{"3", "14", "9999", "", sayPast, birthYear},
		{"3", "14", "2026", "", sayAdult, birthYear},
		{"3", "15", "2008", "", sayAdult, birthYear},
		{"3", "14", "1905", "", sayLiving, birthYear},
		{"3", "14", "1879", "", sayLiving, birthYear},
		{"3", "14", "79", "", sayLiving, birthYear}, // two digits are read on the desk alone
		{"3\u200b", "14", "1979", "", sayUnknown, birthMonth},
		{"3", "14\x00", "1979", "", sayUnknown, birthDay},
		{"3", "14", "1979\xff", "", sayUnknown, birthYear},
	} {
		t.Run(c.month+"|"+c.day+"|"+c.year, func(t *testing.T) {
			a, errs := Parse(typedWell(map[string]string{birthMonth: c.month, birthDay: c.day, birthYear: c.year}), consumer())
			checkDate(t, a, errs, c.want, c.says, c.box)
		})
	}
}

func TestParse_DatesInTheOneBoxOfTheDesk(t *testing.T) {
	for _, c := range []struct{ typed, want, says string }{
		{"3/14/79", "1979-03-14", ""},
		{"3/14/1979", "1979-03-14", ""},
		{"03/14/1979", "1979-03-14", ""},
		{"3-14-79", "1979-03-14", ""},
		{"3.14.79", "1979-03-14", ""},
		{"3 14 79", "1979-03-14", ""},
		{" 3 / 14 / 79 ", "1979-03-14", ""},
		{"03141979", "1979-03-14", ""},
		{"031479", "1979-03-14", ""},
		{"1979-03-14", "1979-03-14", ""},
		{"1979/3/14", "1979-03-14", ""},
		{"mar 14 1979", "1979-03-14", ""},
		{"Mar. 14, 1979", "1979-03-14", ""},
		{"March 14, 1979", "1979-03-14", ""},
		{"march 14 79", "1979-03-14", ""},
		{"14 mar 1979", "1979-03-14", ""},
		{"14 mar 79", "1979-03-14", ""},
		{"mar14 1979", "1979-03-14", ""},
		{"14mar1979", "1979-03-14", ""},
		{"14 de marzo de 1979", "1979-03-14", ""},
		{"14 marzo 1979", "1979-03-14", ""},
		{"marzo 14 de 1979", "1979-03-14", ""},
		{"14 de marzo del 79", "1979-03-14", ""},
		{"1 ene 2001", "2001-01-01", ""},
		{"3/14/08", "2008-03-14", ""}, // 18 today
		{"3/15/08", "1908-03-15", ""}, // 18 tomorrow, so a century earlier
		{"12/31/07", "2007-12-31", ""},
		{"1/1/25", "1925-01-01", ""},
		{"1/1/00", "2000-01-01", ""},
		{"2/29/00", "2000-02-29", ""},
		{"2/29/08", "2008-02-29", ""},
		{"3/14/26", "1926-03-14", ""},
		{"", "", sayEmpty},
		{"  ", "", sayEmpty},
		{"3/14", "", sayYear},
		{"mar 14", "", sayYear},
		{"march 1979", "", sayDay},
		{"3/1979", "", sayDay},
		{"march", "", sayDay},
		{"3", "", sayDay},
		{"1979", "", sayMonth},
		{"14/3/79", "", sayReal}, // the month is first; nobody guesses
		{"79/3/14", "", sayReal},
		{"2/29/79", "", sayReal},
		{"2/29/07", "", sayReal},
		{"13/01/1979", "", sayReal},
		{"14031979", "", sayReal},
		{"3141979", "", sayReal},
		{"3/14/979", "", sayReal},
		{"3/14/19790", "", sayReal},
		{"3/14/79/5", "", sayReal},
		{"mar mar 79", "", sayReal},
		{"1979 3 1979", "", sayReal},
		{"foo 14 1979", "", sayReal},
		{"$3/14/79", "", sayReal},
		{"yesterday", "", sayReal},
		{"foo", "", sayReal},
		{"/", "", sayEmpty},
		{strings.Repeat("3/", 30), "", sayReal},
		{"3/14/2027", "", sayPast},
		{"3/15/2008", "", sayAdult},
		{"3/14/1905", "", sayLiving},
		{"3/14/79\u202e", "", sayUnknown},
	} {
		t.Run(c.typed, func(t *testing.T) {
			a, errs := Parse(typedWell(map[string]string{birthMonth: "", birthDay: "", birthYear: "", birthBox: c.typed}), desk())
			box := ""
			if c.says != "" {
				box = birthBox
			}
			checkDate(t, a, errs, c.want, c.says, box)
		})
	}
}

func checkDate(t *testing.T, a lead.Applicant, errs Errors, want, says, box string) {
	t.Helper()
	p, _ := errs.For("dateOfBirth")
	if got := answersOf(a)["dateOfBirth"]; got != want || p.Message.EN != says || p.Input != box {
		t.Errorf("got %q, %q at %q, want %q, %q at %q", got, p.Message.EN, p.Input, want, says, box)
	}
}

func TestParse_WhoIsBornOnALeapDayComesOfAgeOnTheFirstOfMarch(t *testing.T) {
	for _, c := range []struct {
		today lead.Date
		want  string
	}{
		{lead.Date{Year: 2026, Month: 2, Day: 28}, sayAdult},
		{lead.Date{Year: 2026, Month: 3, Day: 1}, ""},
	} {
		opt := consumer()
		opt.Today = c.today
		_, errs := Parse(typedWell(map[string]string{birthMonth: "2", birthDay: "29", birthYear: "2008"}), opt)
		if p, _ := errs.For("dateOfBirth"); p.Message.EN != c.want {
			t.Errorf("on %s: %q, want %q", c.today, p.Message.EN, c.want)
		}
	}
}

func TestParse_WithoutADayNobodyIsBornYet(t *testing.T) {
	_, errs := Parse(typedWell(nil), Options{})
	if p, _ := errs.For("dateOfBirth"); p.Message.EN != sayPast {
		t.Errorf("says %q", p.Message.EN)
	}
}

func TestParse_TheThreeBoxesOfADateComeBeforeTheOne(t *testing.T) {
	for _, c := range []struct{ month, line, want, says, box string }{
		{"4", "3/14/79", "1979-04-04", "", ""},
		{"", "3/14/79", "", sayMonth, birthMonth},
		{"4", "", "1979-04-04", "", ""},
	} {
		t.Run(c.month+"|"+c.line, func(t *testing.T) {
			a, errs := Parse(typedWell(map[string]string{birthMonth: c.month, birthBox: c.line}), desk())
			checkDate(t, a, errs, c.want, c.says, c.box)
		})
	}
}
