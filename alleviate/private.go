package alleviate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"intake/alleviate/internal/wire"
)

const redacted = "***"

// Private holds one answer of a person. Like a Secret it shows as "***" to every printer, logger
// and encoder, wherever the struct around it ends up. The zero value means "not answered" and is
// left out of what is sent; Of(0) and Of(false) are answers and are sent.
//
// The value is inside a function, because fmt follows a pointer to a struct when a verb does not fit.
type Private[T comparable] struct{ value func() T }

// Of wraps an answer.
func Of[T comparable](v T) Private[T] { return Private[T]{func() T { return v }} }

// Given says whether there is an answer.
func (p Private[T]) Given() bool { return p.value != nil }

// Reveal returns the answer, or the zero T when there is none.
func (p Private[T]) Reveal() T {
	if p.value == nil {
		var none T
		return none
	}
	return p.value()
}

// Equal compares the answers, so that go-cmp can.
func (p Private[T]) Equal(q Private[T]) bool {
	if p.value == nil || q.value == nil {
		return p.value == nil && q.value == nil
	}
	return p.value() == q.value()
}

// Format writes "***" for every verb.
func (p Private[T]) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) } // fmt has no way to report it

// LogValue is "***".
func (p Private[T]) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "***", in JSON values and map keys too.
func (p Private[T]) MarshalText() ([]byte, error) { return []byte(redacted), nil }

var errPrivate = errors.New("alleviate: not a value of the expected type")

// UnmarshalJSON reads an answer; null is none. Its error never quotes the value.
func (p *Private[T]) UnmarshalJSON(b []byte) error {
	*p = Private[T]{}
	if wire.IsNull(b) {
		return nil
	}
	var v T
	if json.Unmarshal(b, &v) != nil {
		return errPrivate
	}
	*p = Of(v)
	return nil
}

// Date is a day of the calendar without a time zone. Alleviate takes it as YYYY-MM-DD
// (documented, /reference/lead-input-schema).
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

var errDate = errors.New("alleviate: not a date of the form YYYY-MM-DD")

// ParseDate reads YYYY-MM-DD and refuses days that do not exist. Its error never quotes s.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, errDate // err would quote a date of birth
	}
	y, m, d := t.Date()
	return Date{y, m, d}, nil
}

// String is the date as YYYY-MM-DD.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Real says whether the calendar has this day.
func (d Date) Real() bool {
	y, m, day := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Date()
	return 0 < d.Year && d.Year < 10000 && Date{y, m, day} == d
}
