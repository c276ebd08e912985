package apply

import (
	"intake/internal/lead"
	"strconv"
	"strings"
	"time"

	"intake/internal/consent"
	"intake/validation"
	"intake/views/frame"
)

// withButton is t with the label of the button that sends.
func withButton(p frame.Page, t validation.Text) string {
	return strings.ReplaceAll(p.T(t), "{button}", consent.Button(p.Language))
}

// withDigits is t with the last digits of a number.
func withDigits(p frame.Page, t validation.Text, digits string) string {
	return strings.ReplaceAll(p.T(t), "{digits}", digits)
}

// spaced makes a screen reader say digit by digit.
func spaced(digits string) string { return strings.Join(strings.Split(digits, ""), " ") }

// withCommas writes digits in groups of three, with commas in both languages as in the US.
func withCommas(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// PhoneNumber writes ten digits as people read them.
func PhoneNumber(digits string) string {
	if len(digits) != 10 {
		return digits
	}
	return "(" + digits[:3] + ") " + digits[3:6] + "-" + digits[6:]
}

// dayInWords is a real day; nothing for another.
func dayInWords(language string, d lead.Date) string {
	if !d.Real() {
		return ""
	}
	return frame.Date(language, d.Year, d.Month, d.Day)
}

// yearsAndMonths is a number of months as people say it.
func yearsAndMonths(p frame.Page, months string) string {
	n, err := strconv.Atoi(months)
	if err != nil {
		return months
	}
	var words []string
	if years := n / 12; years > 0 {
		words = append(words, counted(p, years, oneYear, manyYears))
	}
	if rest := n % 12; rest > 0 || n == 0 {
		words = append(words, counted(p, rest, oneMonth, manyMonths))
	}
	return strings.Join(words, " ")
}

// hoursOrDays is up to 48 hours in hours, and more in days.
func hoursOrDays(p frame.Page, d time.Duration) string {
	if n := int(d.Hours()); n <= 48 {
		return counted(p, n, oneHour, manyHours)
	}
	return counted(p, int(d.Hours())/24, oneDay, manyDays)
}

func counted(p frame.Page, n int, one, many validation.Text) string {
	if n == 1 {
		return "1 " + p.T(one)
	}
	return strconv.Itoa(n) + " " + p.T(many)
}
