package validation

import (
	"fmt"
	"io"
	"log/slog"
	"maps"

	"intake/internal/lead"
)

// Form is what a person typed, by the name of the box. It may hold an SSN: no printer, logger or
// encoder shows any of it. The zero value is an empty form. A Form never changes.
type Form struct {
	lookup func(box string) (string, bool) // a function, since reflection prints what it finds in data
}

// NewForm copies typed, whose keys are names of boxes.
func NewForm(typed map[string]string) Form {
	return formWith(maps.Clone(typed))
}

func formWith(typed map[string]string) Form {
	return Form{func(box string) (string, bool) {
		text, ok := typed[box]
		return text, ok
	}}
}

// FormOf is the form that a's answers would be typed as, SSN included: Parse of it gives a again.
// The date of birth is in its three boxes and in the one box of the desk.
func FormOf(a lead.Applicant) Form {
	typed := map[string]string{}
	for _, answer := range a.Answers() {
		if text, ok := answer.Text(); ok {
			typed[answer.Name] = text
		}
	}
	if a.DateOfBirth.Given() {
		born := a.DateOfBirth.Reveal()
		typed[birthBox] = fmt.Sprintf("%02d/%02d/%04d", born.Month, born.Day, born.Year)
		typed[birthMonth] = fmt.Sprint(int(born.Month))
		typed[birthDay] = fmt.Sprint(born.Day)
		typed[birthYear] = fmt.Sprintf("%04d", born.Year)
	}
	return formWith(typed)
}

// Value is what was typed into the box, byte for byte; empty when there is no such box.
func (f Form) Value(box string) string {
	text, _ := f.find(box)
	return text
}

// Checked says whether the check box was checked.
func (f Form) Checked(box string) bool {
	v := f.Value(box)
	return v == "on" || v == "yes"
}

// find also reports whether the page had the box at all.
func (f Form) find(box string) (string, bool) {
	if f.lookup == nil {
		return "", false
	}
	return f.lookup(box)
}

const redacted = "***"

// Format writes "***" for every verb.
func (f Form) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) } // fmt has no way to report it

// LogValue is "***".
func (f Form) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "***", in JSON too.
func (f Form) MarshalText() ([]byte, error) { return []byte(redacted), nil }
