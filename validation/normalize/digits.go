package normalize

import (
	"strings"
	"unicode"
)

// Phone removes what people put between the digits of a phone number, and the country code 1. An extension
// stays, so that the number is refused and not called without it.
func Phone(phone string) string {
	if len(phone) == 10 && IsDigits(phone) {
		return phone
	}
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) || r == minus {
			return -1
		}
		return r
	}, phone)
	if rest, ok := strings.CutPrefix(digits, "+1"); ok && len(rest) == 10 {
		return rest
	}
	if rest, ok := strings.CutPrefix(digits, "1"); ok && len(rest) == 10 {
		return rest
	}
	return digits
}

// SSN removes the blanks, dashes and dots of a Social Security number.
func SSN(ssn string) string { return strings.Map(dropSeparator, ssn) }

// ZIP removes blanks, dashes and dots, and the last four digits of a ZIP+4.
func ZIP(zip string) string {
	digits := strings.Map(dropSeparator, zip)
	if len(digits) == 9 && IsDigits(digits) {
		return digits[:5]
	}
	return digits
}

const minus = '−' // looks like a dash and is none

func dropSeparator(r rune) rune {
	if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == minus || r == '.' {
		return -1
	}
	return r
}

// IsDigits says whether s is one or more of 0 to 9.
func IsDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
