package alleviate

import (
	"fmt"
	"strings"
	"time"

	"intake/alleviate/internal/entra"
)

// Secret is a value that must reach the token endpoint and nobody else. NewSecret wraps it and Reveal returns it;
// every printer, logger and encoder shows "***". UnmarshalText reads it, so that a configuration loader can fill
// one in. The zero value is the empty secret.
type Secret = entra.Secret

// NewSecret wraps s.
func NewSecret(s string) Secret { return entra.NewSecret(s) }

// Claims is what an access token says of itself, read without checking its signature: good for a person who looks
// for the cause of a refusal, never for a decision. Audience is the API that it is for, Tenant the directory that
// issued it, Roles are the application permissions, such as "Lead.Write", and IssuedAt is by the issuer's clock. All
// are empty when the token is no JWT.
type Claims = entra.Claims

// TokenState is what may be known of the token: never the token itself.
type TokenState struct {
	// Scope is what tokens are asked for.
	Scope string
	// Fetched, Expires and NextRenewal are times of the token at hand, zero when there is none.
	// While fetching fails, NextRenewal is the next try.
	Fetched, Expires, NextRenewal time.Time
	// Secret is "current" or "next": the one that worked last. "next" asks a person to finish
	// the rotation.
	Secret string
	// Failing is the class of the last failure, empty after a success. The token at hand may be good for
	// minutes yet.
	Failing Kind
	// LastError is the word of the last failure, empty after a success: an OAuth error such as
	// "invalid_client", or a few fixed words of this package.
	LastError string
	// RefusedSecret says which secret the last failure was about: "current", "next", "both" or none.
	RefusedSecret string
	// Claims is what the token at hand says of itself.
	Claims Claims
	// FetchesToday counts the requests for tokens of all scopes since midnight UTC.
	FetchesToday int
}

// TokenError is a token request that failed. It copies what is safe to show out of the answer and
// never holds the request, the body, a description or the library's own error.
type TokenError struct {
	// Kind is Transient, Throttled or Credentials.
	Kind Kind
	// Reason tells in a few fixed words how the request ended.
	Reason string
	// Code is the OAuth error word, such as "invalid_client", or empty.
	Code string
	// HTTPStatus is 0 when no answer came.
	HTTPStatus int
	// RetryAfter is how long no token will be asked for.
	RetryAfter time.Duration
	// Cause and Remedy are what Alleviate's docs say of Code, empty for codes that they do not name.
	Cause, Remedy string
	// Secret says which secret was refused: "current", "next" or "both"; empty when none was.
	Secret string
	// AADSTS are Microsoft's numbers for the failure. They are for the log and for support, not
	// for decisions, as Microsoft asks (learn.microsoft.com/entra/identity-platform/reference-error-codes).
	AADSTS []int
	// TraceID and CorrelationID are Microsoft's, for support.
	TraceID, CorrelationID string
	// Err is context.Canceled, context.DeadlineExceeded, ErrWrongAddress or nil.
	Err error
}

// Error is one line of fixed words and numbers.
func (e *TokenError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "alleviate: token: %s: %s", e.Kind, e.Reason)
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, ", HTTP %d", e.HTTPStatus)
	}
	if e.Secret != "" {
		fmt.Fprintf(&b, ", %s secret", e.Secret)
	}
	if e.Cause != "" {
		fmt.Fprintf(&b, ": %s; %s", e.Cause, e.Remedy)
	}
	return b.String()
}

// Unwrap returns Err.
func (e *TokenError) Unwrap() error { return e.Err }
