package validation

import (
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/validation/normalize"
)

// The ages that the form accepts, in years.
const (
	minAge = 18
	maxAge = 120
)

// dateParts is a date as typed, in parts, and the box in which each part is corrected.
type dateParts struct {
	month, day, year          string
	monthBox, dayBox, yearBox string
}

// readDate reads the date of birth from its three boxes, or, when nothing is in them, from the one box of the desk.
func (f *Field) readDate(form Form, opt Options) (string, fault) {
	month, day, year := form.Value(birthMonth), form.Value(birthDay), form.Value(birthYear)
	if line, ok := form.find(birthBox); (ok || opt.Desk) && month+day+year == "" {
		return f.readDateLine(line, opt)
	}
	p := dateParts{month, day, year, birthMonth, birthDay, birthYear}
	for _, part := range []struct {
		text *string
		box  string
	}{{&p.month, birthMonth}, {&p.day, birthDay}, {&p.year, birthYear}} {
		text, rule := f.clean(*part.text)
		if rule != "" {
			return "", fault{part.box, dateRule(rule)}
		}
		*part.text = text
	}
	return birthDate(p, opt.Today)
}

func (f *Field) readDateLine(typed string, opt Options) (string, fault) {
	line, rule := f.clean(typed)
	if rule != "" {
		return "", fault{birthBox, dateRule(rule)}
	}
	month, day, year, ok := normalize.SplitDate(line)
	if !ok {
		return "", fault{birthBox, "realdate"}
	}
	p := dateParts{month, day, year, birthBox, birthBox, birthBox}
	if len(p.year) == 2 {
		p.year = fullYear(p, opt.Today)
	}
	return birthDate(p, opt.Today)
}

// dateRule is the rule about real dates instead of one about the length of a text.
func dateRule(rule string) string {
	if rule == normalize.TooLong {
		return "realdate"
	}
	return rule
}

// birthDate returns the date as YYYY-MM-DD, or its first fault in the order of month, day and year.
func birthDate(p dateParts, today lead.Date) (string, fault) {
	switch {
	case p.month == "" && p.day == "" && p.year == "":
		return "", fault{p.monthBox, "required"}
	case p.month == "":
		return "", fault{p.monthBox, "month"}
	case p.day == "":
		return "", fault{p.dayBox, "day"}
	case p.year == "":
		return "", fault{p.yearBox, "year"}
	}
	month, day, year := normalize.Month(p.month), normalize.Number(p.day, 2), normalize.Number(p.year, 4)
	born := lead.Date{Year: year, Month: time.Month(month), Day: day}
	switch {
	case month < 1 || month > 12:
		return "", fault{p.monthBox, "realdate"}
	case !(lead.Date{Year: 2000, Month: born.Month, Day: day}).Real(): // 2000 has a 29 February
		return "", fault{p.dayBox, "realdate"}
	case len(p.year) != 4 || !normalize.IsDigits(p.year):
		return "", fault{p.yearBox, "fullyear"}
	case year < 1:
		return "", fault{p.yearBox, "realdate"}
	case !born.Real():
		return "", fault{p.dayBox, "realdate"}
	case born.After(today):
		return "", fault{p.yearBox, "past"}
	case born.Age(today) < minAge:
		return "", fault{p.yearBox, "adult"}
	case born.Age(today) > maxAge:
		return "", fault{p.yearBox, "living"}
	}
	return born.String(), fault{}
}

// fullYear completes a year of two digits with the latest century that makes the person an adult.
func fullYear(p dateParts, today lead.Date) string {
	born := lead.Date{Month: time.Month(normalize.Month(p.month)), Day: normalize.Number(p.day, 2)}
	short := normalize.Number(p.year, 2)
	for born.Year = today.Year; born.Year > 0; born.Year-- {
		if born.Year%100 == short && born.Age(today) >= minAge {
			return fmt.Sprintf("%04d", born.Year)
		}
	}
	return p.year
}
