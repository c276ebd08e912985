package normalize

import (
	"slices"
	"strconv"
	"strings"
)

// SplitDate finds month, day and year in one line: 3/14/79, 03141979, mar 14 1979, 14 de marzo de 1979,
// 1979-03-14. If all are numbers the month comes before the day. A part that is missing is empty; false
// means that the line has something else.
func SplitDate(line string) (month, day, year string, ok bool) {
	words := slices.DeleteFunc(numbersAndWords(strings.ToLower(line)), func(w string) bool {
		return w == "de" || w == "del" || w == "of"
	})
	if len(words) == 1 && IsDigits(words[0]) && (len(words[0]) == 6 || len(words[0]) == 8) {
		run := words[0]
		return run[:2], run[2:4], run[4:], true
	}
	for _, part := range []struct {
		fits func(string) bool
		text *string
	}{{isMonthName, &month}, {isYear, &year}, {isShort, &month}, {isShort, &day}, {isShort, &year}} {
		i := slices.IndexFunc(words, part.fits)
		if *part.text != "" || i < 0 {
			continue
		}
		*part.text = words[i]
		words = slices.Delete(words, i, i+1)
	}
	return month, day, year, len(words) == 0
}

func isMonthName(s string) bool { return !IsDigits(s) && Month(s) > 0 }
func isYear(s string) bool      { return IsDigits(s) && len(s) == 4 }
func isShort(s string) bool     { return IsDigits(s) && len(s) <= 2 }

// Month reads 3, 03, and three or more letters of the English or Spanish name, whatever its case, accents
// and dots. What is no month gives a number that is not from 1 to 12.
func Month(month string) int {
	if IsDigits(month) {
		return Number(month, 2)
	}
	name := Fold(month)
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

// months are the names in English and Spanish, as people spell them.
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

// Number reads a number of at most so many digits, and gives 0 for anything else.
func Number(s string, digits int) int {
	if !IsDigits(s) || len(s) > digits {
		return 0
	}
	n, _ := strconv.Atoi(s) // four digits always fit
	return n
}
