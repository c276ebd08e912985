package lead

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every printer shows of a Private value.
const redacted = "***"

// Private holds personal data. No printer, logger or encoder shows it: the
// value is behind a function, which reflection cannot look into (behind a pointer fmt would follow
// it to a struct), and every formatting method answers "***". The zero value means "not answered".
//
// A Private is never stored or sent by encoding its struct; whoever needs the value calls Reveal.
type Private[T comparable] struct{ value func() T }

// Keep wraps v.
func Keep[T comparable](v T) Private[T] { return Private[T]{func() T { return v }} }

// Given says whether there is a value.
func (p Private[T]) Given() bool { return p.value != nil }

// Reveal returns the value, or the zero T when there is none.
func (p Private[T]) Reveal() T {
	if p.value == nil {
		var none T
		return none
	}
	return p.value()
}

// Equal compares the values, so that go-cmp can.
func (p Private[T]) Equal(q Private[T]) bool {
	if p.value == nil || q.value == nil {
		return p.value == nil && q.value == nil
	}
	return p.value() == q.value()
}

// Format writes "***" for every verb.
func (p Private[T]) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) } // fmt has no way to report it

// LogValue is "***".
func (p Private[T]) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "***", in JSON values and map keys too.
func (p Private[T]) MarshalText() ([]byte, error) { return []byte(redacted), nil }
