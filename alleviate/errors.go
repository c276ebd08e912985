package alleviate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind says what a failed call proves, and so what its caller may do.
type Kind string

const (
	// Transient means that nothing began, or that the operation is safe to repeat: try again,
	// not before RetryAfter.
	Transient Kind = "transient"
	// Throttled means that Alleviate or its token host asks for silence until RetryAfter.
	Throttled Kind = "throttled"
	// Credentials means that the credential, a permission or our address is refused, or that the
	// host's name leads to an address that we refuse. No lead is at fault and every call will fail
	// alike until a person changes something.
	Credentials Kind = "credentials"
	// Rejected means that the input was refused before anything was done with it.
	Rejected Kind = "rejected"
	// Ambiguous means that the lead may or may not exist: only CreateLead fails so. Repeating the
	// call may create the lead a second time.
	Ambiguous Kind = "ambiguous"

	refused Kind = "unauthenticated" // answered inside do: renew the token and repeat once
)

// Error is a failed call. It never holds a body, a value that was sent, a token or a secret, and
// neither does what it wraps: context.Canceled, context.DeadlineExceeded, ErrWrongAddress,
// ErrUnknownLead or a *TokenError.
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
	// Received counts the bytes of the answer's body that came.
	Received int

	cause error
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

// Unwrap returns the cause, if it is one of those that hold nothing secret.
func (e *Error) Unwrap() error { return e.cause }

// classify is the one place that decides what an outcome proves; nil means that the payload
// counts. It judges in a fixed order: did a byte leave, what can be trusted of the body, the HTTP
// status, the GraphQL errors. A payload outranks every status and error beside it, because what
// has been done must never be done again.
func classify(c call, r reply) *Error {
	switch {
	case r.status == 0 && !r.sent:
		return r.fail(unbegun(r.err), "not sent: "+r.how())
	case r.status == 0:
		return r.fail(c.unproven(), "no answer: "+r.how())
	case !r.trusted():
		return byStatus(c, r)
	case r.payload != nil:
		return byPayload(c, r)
	}
	return byErrors(c, r)
}

// trusted says whether the body speaks for Alleviate's GraphQL server and not for something in
// between: any 2xx, the media type that only GraphQL servers send, and the statuses that GraphQL
// servers give to refused requests.
func (r reply) trusted() bool {
	return r.graphql && (r.status/100 == 2 || r.mediaType == graphqlMediaType || isInputStatus(r.status))
}

func isInputStatus(status int) bool { return status == 400 || status == 413 || status == 422 }

func byPayload(c call, r reply) *Error {
	if c.judge == nil {
		return nil
	}
	if fault := c.judge(r.object()); fault != "" {
		return r.fail(c.unproven(), fault)
	}
	return nil
}

// byStatus judges an answer whose body proves nothing.
func byStatus(c call, r reply) *Error {
	switch s := r.status; {
	case s == 401:
		return r.fail(refused, "token refused")
	case s == 403 && r.html:
		return r.fail(Rejected, "blocked before Alleviate")
	case s == 403:
		return r.fail(Credentials, "permission refused")
	case isInputStatus(s):
		return r.fail(Rejected, "input refused")
	case s/100 == 3, s == 404, s == 405, s == 406, s == 410, s == 415:
		return r.fail(Credentials, "address or request refused")
	case s == 429:
		return r.throttled()
	case s == 503 && r.retryAfter >= 0:
		return r.fail(Transient, "unavailable for a stated time")
	case s/100 == 2:
		return r.fail(c.unproven(), "unreadable answer")
	}
	return r.fail(c.unproven(), "failed on the way or at Alleviate")
}

// byErrors judges a trusted answer without a payload.
func byErrors(c call, r reply) *Error {
	switch {
	case r.status == 401, r.any(unauthenticatedCodes):
		return r.fail(refused, "token refused")
	case r.any(forbiddenCodes):
		return r.fail(Credentials, "permission refused")
	case r.status == 429, r.any(rateLimitCodes):
		return r.throttled()
	case r.status/100 != 2 && !isInputStatus(r.status):
		return byStatus(c, r)
	case !r.hasData:
		return r.fail(Rejected, "refused before execution")
	case len(r.errors) > 0 && !slices.ContainsFunc(r.errors, graphqlError.notInput):
		return r.fail(Rejected, "input refused")
	case c.absent != nil && (len(r.errors) == 0 || r.any([]string{"NOT_FOUND"})):
		e := r.fail(Transient, "not found there")
		e.cause = c.absent
		return e
	}
	return r.fail(c.unproven(), "ran without a result")
}

// unbegun is the kind of a request of which nothing was sent.
func unbegun(err error) Kind {
	if errors.Is(err, ErrWrongAddress) {
		return Credentials
	}
	return Transient
}

// unproven is the kind of an outcome that proves nothing.
func (c call) unproven() Kind {
	if c.once {
		return Ambiguous
	}
	return Transient
}

const (
	defaultRetryAfter = time.Minute
	maxRetryAfter     = 15 * time.Minute
	minRetryAfter     = time.Second // "0" after a 429 must not become a tight loop
)

func (r reply) throttled() *Error {
	e := r.fail(Throttled, "too many calls")
	e.RetryAfter = throttle(r.retryAfter)
	return e
}

// throttle is the silence after a 429 with this Retry-After, which is negative when there was none.
func throttle(stated time.Duration) time.Duration {
	if stated < 0 {
		return defaultRetryAfter
	}
	return max(stated, minRetryAfter)
}

// how tells how a connection ended, without the words of the error: those hold addresses.
func (r reply) how() string { return endedBy(r.err) }

func endedBy(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return "out of time"
	case isCertificateError(err):
		return "certificate refused"
	case errors.Is(err, ErrWrongAddress):
		return "the host's name leads to an address that is not public"
	}
	return "connection failed"
}

// fail is an Error with everything that the reply may tell.
func (r reply) fail(k Kind, reason string) *Error {
	e := &Error{
		Op: r.op, Kind: k, Reason: reason, HTTPStatus: r.status, RequestID: r.requestID,
		RetryAfter: max(0, r.retryAfter), Sent: r.sent, Received: len(r.body),
		cause: plainCause(r.err),
	}
	if codes := r.codes(); len(codes) > 0 {
		e.Code = codes[0]
	}
	if k == Rejected {
		e.Fields = r.fields()
	}
	return e
}

// plainCause keeps the errors that callers ask for and drops what is around them.
func plainCause(err error) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, ErrWrongAddress} {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}
