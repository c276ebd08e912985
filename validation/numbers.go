package validation

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// dollarsAsTyped is an amount once blanks are out: grouped by threes or not at all, then cents.
// A comma or dot with three digits behind it groups. "15000,00" and "1,5000" match nothing: to
// read either would be to guess by a factor of ten or a hundred.
var dollarsAsTyped = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\$?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:\.[0-9]{0,2})?\$?$`)
})

// wholeDollars gives an amount as digits, without "$", grouping and cents.
func wholeDollars(amount string) string {
	found := dollarsAsTyped().FindStringSubmatch(withoutBlanks(amount))
	if found == nil {
		return amount
	}
	return strings.NewReplacer(",", "", ".", "").Replace(found[1])
}

// wholeMonths gives a length of time as a number of months: "18", "2 years", "1y 6m",
// "2 años y 6 meses". A number without a unit is months, and then stands alone.
func wholeMonths(duration string) string {
	if allDigits(duration) {
		return duration
	}
	words := numbersAndWords(strings.ToLower(duration))
	total := int64(0)
	for part := 0; len(words) > 0; part++ {
		if part > 0 && (words[0] == "y" || words[0] == "and") {
			words = words[1:]
		}
		if len(words) < 2 || part == 2 {
			return duration
		}
		n, err := strconv.ParseInt(words[0], 10, 32)
		unit := monthsIn(words[1])
		if err != nil || unit == 0 || part == 1 && unit != 1 {
			return duration
		}
		total += n * unit
		words = words[2:]
	}
	return strconv.FormatInt(total, 10)
}

// monthsIn is 12 for a word that means years, 1 for one that means months, 0 for any other.
func monthsIn(unit string) int64 {
	switch unit {
	case "y", "yr", "yrs", "year", "years", "a", "año", "años", "ano", "anos":
		return 12
	case "m", "mo", "mos", "month", "months", "mes", "meses":
		return 1
	}
	return 0
}

// numbersAndWords cuts s into runs of digits and runs of letters. Blanks and punctuation part
// them and are dropped; any other character is a word of its own.
func numbersAndWords(s string) []string {
	var words []string
	last := ' '
	for _, r := range s {
		kind := kindOf(r)
		switch {
		case kind == ' ':
		case kind == last && kind != '?':
			words[len(words)-1] += string(r)
		default:
			words = append(words, string(r))
		}
		last = kind
	}
	return words
}

func kindOf(r rune) rune {
	switch {
	case '0' <= r && r <= '9':
		return '0'
	case unicode.IsLetter(r), unicode.IsMark(r):
		return 'a'
	case unicode.IsSpace(r), unicode.IsPunct(r):
		return ' '
	}
	return '?'
}

func withoutBlanks(s string) string { return strings.Join(strings.Fields(s), "") }
