package entra

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every printer shows of a Secret.
const redacted = "***"

// Secret is a value that must reach the token endpoint and nobody else. No printer, logger or
// encoder shows it: the value is behind a pointer, so that reflection inside a struct prints an
// address at most, and every formatting method answers "***". The zero value is the empty secret.
//
// A Secret is never stored or sent by encoding its struct; whoever needs the value says Reveal.
type Secret struct{ v *string }

// NewSecret wraps s.
func NewSecret(s string) Secret { return Secret{&s} }

// Reveal returns the value, "" for the zero Secret.
func (s Secret) Reveal() string {
	if s.v == nil {
		return ""
	}
	return *s.v
}

// Equal compares the values, so that go-cmp can.
func (s Secret) Equal(t Secret) bool { return s.Reveal() == t.Reveal() }

// Format writes "***" for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) } // fmt has no way to report it

// LogValue is "***".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "***", in JSON values and map keys too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText takes text as the value, so that a configuration loader can fill a Secret.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
