package frame

import (
	"fmt"
	"strings"
	"time"
)

var monthNames = map[string][]string{
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"es": {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
}

// Date is a day in words.
func Date(language string, year int, month time.Month, day int) string {
	name := monthNames[language][month-time.January]
	if language == "es" {
		return fmt.Sprintf("%d de %s de %d", day, name, year)
	}
	return fmt.Sprintf("%s %d, %d", name, day, year)
}

// DateAndTime is t in words, in its own time zone.
func DateAndTime(language string, t time.Time) string {
	day := Date(language, t.Year(), t.Month(), t.Day())
	if language == "es" {
		return day + t.Format(", 3:04 ") + strings.NewReplacer("AM", "a.m.", "PM", "p.m.").Replace(t.Format("PM MST"))
	}
	return day + t.Format(", 3:04 PM MST")
}
