package normalize

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Dollars gives an amount as digits, without currency, grouping and cents: "$15,000.99", "15.000,99",
// "15000 USD", "15k". It does not read "15000,00", "1,5000" or "1.5k": a wrong guess would be off by a
// factor of ten or more.
func Dollars(amount string) string {
	if IsDigits(amount) {
		return amount
	}
	bare := withoutCurrency(strings.ToLower(withoutBlanks(amount)))
	if thousands, ok := strings.CutSuffix(bare, "k"); ok && IsDigits(thousands) {
		return thousands + "000"
	}
	if whole := ungrouped(withoutCents(bare)); IsDigits(whole) {
		return whole
	}
	return amount
}

// The words behind an amount that say what it is for, without blanks.
var (
	perMonth = []string{"/month", "/mo", "/mes", "permonth", "amonth", "eachmonth", "monthly", "almes", "pormes", "mensuales", "mensual"}
	perYear  = []string{"/year", "/yr", "/año", "peryear", "ayear", "eachyear", "yearly", "annually", "alaño", "poraño", "anuales", "anual"}
)

// MonthlyDollars is Dollars for an amount that may say that it is for a month: "$1,200 a month", "1200/mo". An amount for
// a year is not read.
func MonthlyDollars(amount string) string { return dollarsFor(amount, perMonth) }

// YearlyDollars is Dollars for an amount that may say that it is for a year. An amount for a month is not read.
func YearlyDollars(amount string) string { return dollarsFor(amount, perYear) }

func dollarsFor(amount string, period []string) string {
	bare := strings.TrimSuffix(strings.ToLower(withoutBlanks(amount)), ".")
	for _, words := range period {
		if rest, ok := strings.CutSuffix(bare, words); ok {
			if dollars := Dollars(rest); IsDigits(dollars) {
				return dollars
			}
		}
	}
	return Dollars(amount)
}

var twoNumbers = regexp.MustCompile(`(?i)\dk?(?:\s*[-–—−]\s*|\s+(?:to|or|and|a|o|y|hasta)\s+)\$?\s*\d`)

// What WhyNoNumber finds.
const (
	IsRange    = "range"    // two numbers where one is asked for: "10000-15000", "10k to 15k"
	IsNegative = "negative" // "-5", "$ -5"
	IsTooLarge = "large"
)

// WhyNoNumber says what is wrong with an amount or length of time that was refused after Dollars or Months. It is empty for
// what is no number at all.
func WhyNoNumber(s string) string {
	switch {
	case IsDigits(s):
		return IsTooLarge
	case twoNumbers.MatchString(s):
		return IsRange
	case isNegative(s):
		return IsNegative
	}
	return ""
}

func isNegative(s string) bool {
	bare := strings.TrimPrefix(withoutBlanks(s), "$")
	return slices.ContainsFunc([]string{"-", "–", "—", string(minus)}, func(sign string) bool {
		rest, ok := strings.CutPrefix(bare, sign)
		rest = strings.TrimPrefix(rest, "$")
		return ok && rest != "" && '0' <= rest[0] && rest[0] <= '9'
	})
}

// withoutCurrency removes one currency word or sign before the amount, and one after it.
func withoutCurrency(amount string) string {
	for _, before := range []string{"us$", "usd", "$"} {
		if rest, ok := strings.CutPrefix(amount, before); ok {
			amount = rest
			break
		}
	}
	for _, behind := range []string{"$", "usd", "dollars", "dólares", "dolares"} {
		if rest, ok := strings.CutSuffix(amount, behind); ok {
			return rest
		}
	}
	return amount
}

// withoutCents removes a dot and two digits at most, or, where dots group, a comma and one or two.
func withoutCents(amount string) string {
	last := strings.LastIndexAny(amount, ".,")
	if last < 0 || len(amount)-last > 3 {
		return amount
	}
	whole, cents := amount[:last], amount[last+1:]
	dots := strings.Contains(whole, ".")
	switch {
	case cents != "" && !IsDigits(cents):
		return amount
	case amount[last] == '.' && !dots, amount[last] == ',' && dots && cents != "":
		return whole
	}
	return amount
}

// ungrouped removes the commas or dots of an amount grouped in threes; any other it leaves as it is.
func ungrouped(amount string) string {
	mark := ","
	if !strings.Contains(amount, mark) {
		mark = "."
	}
	groups := strings.Split(amount, mark)
	for i, group := range groups {
		if i > 0 && len(group) != 3 || len(groups) > 1 && (len(group) < 1 || len(group) > 3) {
			return amount
		}
	}
	return strings.Join(groups, "")
}

// Months gives a length of time as a number of months: "18", "2 years", "1y 6m",
// "2 años y 6 meses". A number without a unit is months, and then nothing else may follow.
func Months(duration string) string {
	if duration == "" || IsDigits(duration) || !IsDigits(duration[:1]) { // "-3 months" is no length
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

// numbersAndWords splits s into runs of digits and runs of letters. Blanks and punctuation separate them and
// are dropped; any other character is a word by itself.
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
