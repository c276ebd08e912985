package validation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"intake/internal/lead"
)

// The ages that the form takes, in years.
const (
	minAge = 18
	maxAge = 120
)

// dateParts is a date as typed, in pieces; the boxes are where each piece is mended.
type dateParts struct {
	month, day, year          string
	monthBox, dayBox, yearBox string
}

// readDate reads the date of birth from its three boxes, or from the one box of the desk when
// that was on the page and nothing is in the three.
func (f *Field) readDate(form Form, opt Options) (string, fault) {
	month, day, year := form.Value(birthMonth), form.Value(birthDay), form.Value(birthYear)
	if line, ok := form.find(birthBox); ok && month+day+year == "" {
		return f.readDateLine(line, opt)
	}
	p := dateParts{month, day, year, birthMonth, birthDay, birthYear}
	for _, part := range []struct {
		text *string
		box  string
	}{{&p.month, birthMonth}, {&p.day, birthDay}, {&p.year, birthYear}} {
		text, rule := f.tidied(*part.text)
		if rule != "" {
			return "", fault{part.box, dateRule(rule)}
		}
		*part.text = text
	}
	return birthDate(p, opt.Today)
}

func (f *Field) readDateLine(typed string, opt Options) (string, fault) {
	line, rule := f.tidied(typed)
	if rule != "" {
		return "", fault{birthBox, dateRule(rule)}
	}
	p, ok := splitDate(line)
	if !ok {
		return "", fault{birthBox, "realdate"}
	}
	if len(p.year) == 2 {
		p.year = fullYear(p, opt.Today)
	}
	return birthDate(p, opt.Today)
}

// dateRule speaks of a real date where a text would be too long.
func dateRule(rule string) string {
	if rule == "max" {
		return "realdate"
	}
	return rule
}

// birthDate gives the date as YYYY-MM-DD, or the first thing that is wrong with it, in the order
// that the questions would be asked in.
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
	month, day, year := monthNumber(p.month), smallNumber(p.day, 2), smallNumber(p.year, 4)
	born := lead.Date{Year: year, Month: time.Month(month), Day: day}
	switch {
	case month < 1 || month > 12:
		return "", fault{p.monthBox, "realdate"}
	case !(lead.Date{Year: 2000, Month: born.Month, Day: day}).Real(): // 2000 has a 29 February
		return "", fault{p.dayBox, "realdate"}
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

// splitDate finds month, day and year in one line: 3/14/79, 03141979, mar 14 1979, 14 de marzo
// de 1979, 1979-03-14. Where all are numbers the month comes before the day. A piece that is not
// there stays empty; false means that something else is.
func splitDate(line string) (dateParts, bool) {
	p := dateParts{monthBox: birthBox, dayBox: birthBox, yearBox: birthBox}
	words := slices.DeleteFunc(numbersAndWords(strings.ToLower(line)), func(w string) bool {
		return w == "de" || w == "del" || w == "of"
	})
	if len(words) == 1 && allDigits(words[0]) && (len(words[0]) == 6 || len(words[0]) == 8) {
		run := words[0]
		return dateParts{run[:2], run[2:4], run[4:], birthBox, birthBox, birthBox}, true
	}
	for _, take := range []struct {
		fits  func(string) bool
		place *string
	}{{isMonthName, &p.month}, {isYear, &p.year}, {isShort, &p.month}, {isShort, &p.day}, {isShort, &p.year}} {
		i := slices.IndexFunc(words, take.fits)
		if *take.place != "" || i < 0 {
			continue
		}
		*take.place = words[i]
		words = slices.Delete(words, i, i+1)
	}
	return p, len(words) == 0
}

func isMonthName(s string) bool { return !allDigits(s) && monthNumber(s) > 0 }
func isYear(s string) bool      { return allDigits(s) && len(s) == 4 }
func isShort(s string) bool     { return allDigits(s) && len(s) <= 2 }

// fullYear gives a year of two digits its century: the latest that makes the person old enough.
func fullYear(p dateParts, today lead.Date) string {
	born := lead.Date{Month: time.Month(monthNumber(p.month)), Day: smallNumber(p.day, 2)}
	short := smallNumber(p.year, 2)
	for born.Year = today.Year; born.Year > 0; born.Year-- {
		if born.Year%100 == short && born.Age(today) >= minAge {
			return fmt.Sprintf("%04d", born.Year)
		}
	}
	return p.year
}

// monthNumber reads 3, 03, and three or more letters of the English or Spanish name, whatever its
// case, accents and dots; what is no month gives none from 1 to 12.
func monthNumber(month string) int {
	if allDigits(month) {
		return smallNumber(month, 2)
	}
	name := fold(month)
	if len(name) < 3 {
		return 0
	}
	for i, names := range months {
		if slices.ContainsFunc(names, func(full string) bool { return strings.HasPrefix(full, name) }) {
			return i + 1
		}
	}
	return 0
}

// months is the names in English and Spanish, as people spell them.
var months = [12][]string{
	{"january", "enero"},
	{"february", "febrero"},
	{"march", "marzo"},
	{"april", "abril"},
	{"may", "mayo"},
	{"june", "junio"},
	{"july", "julio"},
	{"august", "agosto"},
	{"september", "septiembre", "setiembre"},
	{"october", "octubre"},
	{"november", "noviembre"},
	{"december", "diciembre"},
}

// smallNumber reads a number of at most so many digits, and gives 0 for anything else.
func smallNumber(s string, most int) int {
	if !allDigits(s) || len(s) > most {
		return 0
	}
	n, _ := strconv.Atoi(s) // four digits always fit
	return n
}
