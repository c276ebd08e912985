package apply

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
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

// phoneNumber writes ten digits as people read them.
func phoneNumber(digits string) string {
	if len(digits) != 10 {
		return digits
	}
	return "(" + digits[:3] + ") " + digits[3:6] + "-" + digits[6:]
}

var monthNames = map[string][]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"es": {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
}

// date is a day in words.
func date(language string, d lead.Date) string {
	if !d.Real() {
		return ""
	}
	month := monthNames[language][d.Month-time.January]
	if language == "es" {
		return fmt.Sprintf("%d de %s de %d", d.Day, month, d.Year)
	}
	return fmt.Sprintf("%s %d, %d", month, d.Day, d.Year)
}

// dateAndTime is t in words, in its own time zone.
func dateAndTime(language string, t time.Time) string {
	day := date(language, lead.DateOf(t))
	if language == "es" {
		return day + t.Format(", 15:04 MST")
	}
	return day + t.Format(", 3:04 PM MST")
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
