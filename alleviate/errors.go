package alleviate

import (
	"fmt"
	"strings"
	"time"

	"intake/alleviate/internal/entra"
	"intake/alleviate/internal/graphql"
	"intake/alleviate/internal/wire"
)

// Kind says what a failed call proves, and so what its caller may do.
type Kind = entra.Kind

// ErrWrongAddress is in an *Error or *TokenError when the name of a host led to an address that is
// not on the public Internet. Nothing was sent. A host in a private network is called by its address, or with
// Config.PrivateAddresses.
var ErrWrongAddress = wire.ErrWrongAddress

// The kinds of failed calls.
const (
	// Transient means that nothing began, or that the operation is safe to repeat: try again,
	// not before RetryAfter.
	Transient Kind = graphql.Transient
	// Throttled means that Alleviate or its token host asks for silence until RetryAfter.
	Throttled Kind = graphql.Throttled
	// Credentials means that the credential, a permission or our address is refused, or that the
	// host's name leads to an address that we refuse. No lead is at fault and every call will fail
	// alike until a person changes something.
	Credentials Kind = graphql.Credentials
	// Rejected means that the input was refused before anything was done with it. For a refusal by
	// the operation itself that is an assumption, see Config.FieldChecksLast.
	Rejected Kind = graphql.Rejected
	// Ambiguous means that the lead may or may not exist: only CreateLead fails so. Repeating the
	// call may create the lead a second time.
	Ambiguous Kind = graphql.Ambiguous
)

// Error is a failed call. It never holds a body, a value that was sent, a token or a secret, and
// neither does what it wraps: context.Canceled, context.DeadlineExceeded, ErrWrongAddress or a
// *TokenError.
type Error struct {
	// Op is the operation, such as "createLead".
	Op string
	// Kind is what the failure proves.
	Kind Kind
	// Reason tells in a few fixed words how the call ended.
	Reason string
	// HTTPStatus is 0 when no answer came.
	HTTPStatus int
	// Code is GraphQL's extensions.code when it is one word in capitals, else empty.
	Code string
	// RequestID is ours, sent as X-Request-Id.
	RequestID string
	// Fields are the names of the input fields that were refused, as far as the answer tells.
	Fields []string
	// RetryAfter is how long to wait at least, 0 when the answer did not say.
	RetryAfter time.Duration
	// Sent says whether a byte of the request may have left this machine.
	Sent bool
	// Received counts the bytes of the answer's body that could be read.
	Received int
	// Answered says whether Alleviate's GraphQL server answered, whatever it said: then the way
	// there is open, and the failure is no outage.
	Answered bool
	// Blocked says that something between us and Alleviate refused the request, such as a firewall.
	Blocked bool
	// Err is context.Canceled, context.DeadlineExceeded, ErrWrongAddress, a *TokenError, what package debtcore names, or nil.
	Err error
}

func newError(a *graphql.Attempt) *Error {
	e := &Error{
		Op: a.Call.Field, Kind: a.Kind, Reason: a.Reason, HTTPStatus: a.Status, Code: a.Code(), RequestID: a.RequestID, Fields: a.Fields(),
		RetryAfter: a.RetryAfter, Sent: a.Sent, Received: a.Received, Answered: a.Answered(), Blocked: a.Blocked, Err: a.Err,
	}
	if f, ok := a.Err.(*entra.Failure); ok {
		e.Err = (*TokenError)(f)
	}
	return e
}

// Error is one line of fixed words, numbers and names.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "alleviate: %s: %s: %s", e.Op, e.Kind, e.Reason)
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, ", HTTP %d", e.HTTPStatus)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, ", code %s", e.Code)
	}
	if len(e.Fields) > 0 {
		fmt.Fprintf(&b, ", fields %s", strings.Join(e.Fields, " "))
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }
