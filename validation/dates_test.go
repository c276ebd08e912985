package validation

import (
	"strings"
	"testing"

	"intake/internal/lead"
)

// The sentences in both languages, in the order in which they are checked.
var (
	sayEmpty   = Text{"Enter your date of birth", "Escriba su fecha de nacimiento"}
	sayMonth   = Text{"Date of birth must include a month", "La fecha de nacimiento debe incluir el mes"}
	sayDay     = Text{"Date of birth must include a day", "La fecha de nacimiento debe incluir el día"}
	sayYear    = Text{"Date of birth must include a year", "La fecha de nacimiento debe incluir el año"}
	sayReal    = Text{"Date of birth must be a real date, like March 14, 1979", "La fecha de nacimiento debe ser real, como 14 de marzo de 1979"}
	sayDigits  = Text{"Year must have 4 digits, like 1979", "El año debe tener 4 dígitos, como 1979"}
	sayPast    = Text{"Date of birth must be in the past", "La fecha de nacimiento debe estar en el pasado"}
	sayAdult   = Text{"You must be 18 or older to use this service", "Debe tener 18 años o más para usar este servicio"}
	sayLiving  = Text{"Check the year of birth", "Revise el año de nacimiento"}
	sayUnknown = Text{"Date of birth has a character that cannot be used. Please type it again", "La fecha de nacimiento tiene un carácter que no se puede usar. Escriba este dato otra vez"}
	sayNothing Text
)

// Today is 14 March 2026.
func TestParse_DatesInThreeBoxes(t *testing.T) {
	for _, c := range []struct {
		month, day, year, want string
		says                   Text
		box                    string
	}{
		{"3", "14", "1979", "1979-03-14", sayNothing, ""},
		{"03", "04", "1979", "1979-03-04", sayNothing, ""},
		{"mar", "14", "1979", "1979-03-14", sayNothing, ""},
		{"Mar.", "14", "1979", "1979-03-14", sayNothing, ""},
		{"March", "14", "1979", "1979-03-14", sayNothing, ""},
		{"MARCH", "14", "1979", "1979-03-14", sayNothing, ""},
		{"marzo", "14", "1979", "1979-03-14", sayNothing, ""},
		{" marzo ", " 14 ", " 1979 ", "1979-03-14", sayNothing, ""},
		{"márzo", "14", "1979", "1979-03-14", sayNothing, ""},
		{"MARZO.", "14", "1979", "1979-03-14", sayNothing, ""},
		{"mar..", "14", "1979", "1979-03-14", sayNothing, ""},
		{"３", "１４", "１９７９", "1979-03-14", sayNothing, ""},
		{"ｍａｒｚｏ", "14", "1979", "1979-03-14", sayNothing, ""},
		{"\u00a03\u00a0", "\u300014", "1979", "1979-03-14", sayNothing, ""},
		{"ene", "1", "1979", "1979-01-01", sayNothing, ""},
		{"enero", "1", "1979", "1979-01-01", sayNothing, ""},
		{"Jan", "1", "1979", "1979-01-01", sayNothing, ""},
		{"febrero", "1", "1979", "1979-02-01", sayNothing, ""},
		{"abr", "1", "1979", "1979-04-01", sayNothing, ""},
		{"May", "1", "1979", "1979-05-01", sayNothing, ""},
		{"mayo", "1", "1979", "1979-05-01", sayNothing, ""},
		{"junio", "1", "1979", "1979-06-01", sayNothing, ""},
		{"jul", "1", "1979", "1979-07-01", sayNothing, ""},
		{"ago", "1", "1979", "1979-08-01", sayNothing, ""},
		{"Sept", "1", "1979", "1979-09-01", sayNothing, ""},
		{"setiembre", "1", "1979", "1979-09-01", sayNothing, ""},
		{"septiembre", "1", "1979", "1979-09-01", sayNothing, ""},
		{"oct", "1", "1979", "1979-10-01", sayNothing, ""},
		{"noviembre", "1", "1979", "1979-11-01", sayNothing, ""},
		{"dic", "31", "1979", "1979-12-31", sayNothing, ""},
		{"2", "29", "2000", "2000-02-29", sayNothing, ""},
		{"3", "14", "2008", "2008-03-14", sayNothing, ""}, // 18 today
		{"3", "15", "1905", "1905-03-15", sayNothing, ""}, // 120, the last day of it
		{"3", "14", "1906", "1906-03-14", sayNothing, ""}, // 120 today

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
		{"3", "14", "0", "", sayDigits, birthYear},
		{"3", "14", "0000", "", sayReal, birthYear},
		{"3", "14", "19790", "", sayDigits, birthYear},
		{"3", "14", "197x", "", sayDigits, birthYear},
		{"13", "32", "x", "", sayReal, birthMonth},
		{"3", "15", "2026", "", sayPast, birthYear},
		{"3", "14", "2027", "", sayPast, birthYear},
		{"3", "14", "9999", "", sayPast, birthYear},
		{"3", "14", "2026", "", sayAdult, birthYear},
		{"3", "15", "2008", "", sayAdult, birthYear},
		{"3", "14", "1905", "", sayLiving, birthYear},
		{"3", "14", "1879", "", sayLiving, birthYear},
		{"3", "14", "79", "", sayDigits, birthYear}, // two digits are read on the desk alone
		{"3", "14", "979", "", sayDigits, birthYear},
		{"3\u200b", "14", "1979", "", sayUnknown, birthMonth},
		{"3", "14\x00", "1979", "", sayUnknown, birthDay},
		{"3", "14", "1979\xff", "", sayUnknown, birthYear},
	} {
		t.Run(c.month+"|"+c.day+"|"+c.year, func(t *testing.T) {
			a, errs := Parse(validForm(map[string]string{birthMonth: c.month, birthDay: c.day, birthYear: c.year}), consumer())
			checkDate(t, a, errs, c.want, c.says, c.box)
		})
	}
}

func TestParse_DatesInTheOneBoxOfTheDesk(t *testing.T) {
	for _, c := range []struct {
		typed, want string
		says        Text
	}{
		{"3/14/79", "1979-03-14", sayNothing},
		{"３／１４／７９", "1979-03-14", sayNothing},
		{"1 Setiembre 79", "1979-09-01", sayNothing},
		{"Sept. 1, 1979", "1979-09-01", sayNothing},
		{"3/14/1979", "1979-03-14", sayNothing},
		{"03/14/1979", "1979-03-14", sayNothing},
		{"3-14-79", "1979-03-14", sayNothing},
		{"3.14.79", "1979-03-14", sayNothing},
		{"3 14 79", "1979-03-14", sayNothing},
		{" 3 / 14 / 79 ", "1979-03-14", sayNothing},
		{"03141979", "1979-03-14", sayNothing},
		{"031479", "1979-03-14", sayNothing},
		{"1979-03-14", "1979-03-14", sayNothing},
		{"1979/3/14", "1979-03-14", sayNothing},
		{"mar 14 1979", "1979-03-14", sayNothing},
		{"Mar. 14, 1979", "1979-03-14", sayNothing},
		{"March 14, 1979", "1979-03-14", sayNothing},
		{"march 14 79", "1979-03-14", sayNothing},
		{"14 mar 1979", "1979-03-14", sayNothing},
		{"14 mar 79", "1979-03-14", sayNothing},
		{"mar14 1979", "1979-03-14", sayNothing},
		{"14mar1979", "1979-03-14", sayNothing},
		{"14 de marzo de 1979", "1979-03-14", sayNothing},
		{"14 marzo 1979", "1979-03-14", sayNothing},
		{"marzo 14 de 1979", "1979-03-14", sayNothing},
		{"14 de marzo del 79", "1979-03-14", sayNothing},
		{"1 ene 2001", "2001-01-01", sayNothing},
		{"3/14/08", "2008-03-14", sayNothing}, // 18 today
		{"3/15/08", "1908-03-15", sayNothing}, // 18 tomorrow, so a century earlier
		{"12/31/07", "2007-12-31", sayNothing},
		{"1/1/25", "1925-01-01", sayNothing},
		{"1/1/00", "2000-01-01", sayNothing},
		{"2/29/00", "2000-02-29", sayNothing},
		{"2/29/08", "2008-02-29", sayNothing},
		{"3/14/26", "1926-03-14", sayNothing},
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
			a, errs := Parse(validForm(map[string]string{birthMonth: "", birthDay: "", birthYear: "", birthBox: c.typed}), desk())
			box := ""
			if c.says != sayNothing {
				box = birthBox
			}
			checkDate(t, a, errs, c.want, c.says, box)
		})
	}
}

func checkDate(t *testing.T, a lead.Applicant, errs Errors, want string, says Text, box string) {
	t.Helper()
	p, _ := errs.For("dateOfBirth")
	if got := answersOf(a)["dateOfBirth"]; got != want || p.Message != says || p.Input != box {
		t.Errorf("got %q, %q at %q, want %q, %q at %q", got, p.Message, p.Input, want, says, box)
	}
}

func TestParse_SomebodyBornOnALeapDayIsAnAdultOnTheFirstOfMarch(t *testing.T) {
	for _, c := range []struct {
		today lead.Date
		want  Text
	}{
		{lead.Date{Year: 2026, Month: 2, Day: 28}, sayAdult},
		{lead.Date{Year: 2026, Month: 3, Day: 1}, sayNothing},
	} {
		opt := consumer()
		opt.Today = c.today
		_, errs := Parse(validForm(map[string]string{birthMonth: "2", birthDay: "29", birthYear: "2008"}), opt)
		if p, _ := errs.For("dateOfBirth"); p.Message != c.want {
			t.Errorf("on %s: %q, want %q", c.today, p.Message.EN, c.want)
		}
	}
}

func TestParse_RefusesEveryBirthDateWithoutToday(t *testing.T) {
	_, errs := Parse(validForm(nil), Options{})
	if p, _ := errs.For("dateOfBirth"); p.Message != sayPast {
		t.Errorf("says %q", p.Message.EN)
	}
}

func TestParse_PrefersTheThreeBoxesOfADate(t *testing.T) {
	for _, c := range []struct {
		month, line, want string
		says              Text
		box               string
	}{
		{"4", "3/14/79", "1979-04-04", sayNothing, ""},
		{"", "3/14/79", "", sayMonth, birthMonth},
		{"4", "", "1979-04-04", sayNothing, ""},
	} {
		t.Run(c.month+"|"+c.line, func(t *testing.T) {
			a, errs := Parse(validForm(map[string]string{birthMonth: c.month, birthBox: c.line}), desk())
			checkDate(t, a, errs, c.want, c.says, c.box)
		})
	}
}
