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
	// Rejected means that the input was refused before anything was done with it. For a refusal by
	// the operation itself that is an assumption, see Config.FieldChecksLast.
	Rejected Kind = "rejected"
	// Ambiguous means that the lead may or may not exist: only CreateLead fails so. Repeating the
	// call may create the lead a second time.
	Ambiguous Kind = "ambiguous"

	refused Kind = "unauthenticated" // nothing was executed; answered inside do: renew the token and repeat once
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

// classify is the one place that decides what an outcome proves; nil means that the operation is
// done and its payload counts. It judges in a fixed order: did a byte leave, is there a payload that
// speaks for Alleviate, did execution begin, the HTTP status, the GraphQL errors. A payload outranks
// every status and error beside it, because what has been done must never be done again: under a
// status that GraphQL servers do not give it is a doubt. And nothing that shows that execution began
// is taken for a refusal, whatever the status says.
func classify(c call, r reply) *Error {
	switch s := r.status; {
	case s == 0 && !r.sent:
		return r.fail(unbegun(r.err), "not sent: "+r.how())
	case s == 0:
		return r.fail(c.unproven(), "no answer: "+r.how())
	case r.trusted() && r.payload != nil:
		return byPayload(c, r)
	case r.executed():
		return afterExecution(c, r)
	case r.cutOff():
		return r.fail(c.unproven(), "unreadable answer")
	case s == 401, r.only(unauthenticatedCodes):
		return r.fail(refused, "token refused")
	case s == 403 && !r.html, r.only(forbiddenCodes):
		return r.fail(Credentials, "permission refused")
	case s == 403, isInputStatus(s) && !r.graphql:
		return r.blocked()
	case s/100 == 3, s == 404, s == 405, s == 406, s == 410, s == 415:
		return r.fail(Credentials, "address or request refused")
	case s == 429, r.only(rateLimitCodes):
		return r.throttled()
	case s == 503 && r.retryAfter >= 0:
		return r.fail(Transient, "unavailable for a stated time")
	case s/100 == 2 && !r.graphql:
		return r.fail(c.unproven(), "unreadable answer")
	case !r.trusted():
		return r.fail(c.unproven(), "failed on the way or at Alleviate")
	case c.nullable && r.only(notFoundCodes):
		return nil
	case r.allOf(graphqlError.refusesInput):
		return r.fail(Rejected, "refused before execution")
	}
	return r.fail(c.unproven(), "failed without a result")
}

// trusted says whether the body speaks for Alleviate's GraphQL server and not for something in
// between: any 2xx, the media type that only GraphQL servers send, and the statuses that GraphQL
// servers give to refused requests.
func (r reply) trusted() bool { return r.graphql && r.speaksGraphQL() }

func (r reply) speaksGraphQL() bool {
	return r.status/100 == 2 || r.mediaType == graphqlMediaType || isInputStatus(r.status)
}

func isInputStatus(status int) bool { return status == 400 || status == 413 || status == 422 }

// executed says whether the answer shows that execution began, whatever its status and media type: an
// error with a path, which only a resolver's has, or the key data, also with null, which a refused
// request's answer does not have (spec.graphql.org, Response Format).
func (r reply) executed() bool {
	return r.hasData && !r.gateway401() || slices.ContainsFunc(r.errors, graphqlError.hasPath)
}

// gateway401 is a 401 of something else whose body has a field named data that is null. HTTP 401 by
// itself says that nothing was executed, and such a field alone does not speak against it.
func (r reply) gateway401() bool {
	return r.status == 401 && !r.speaksGraphQL() && r.graphql && r.data == nil
}

// cutOff says that more was said than could be read. A page of HTML is no GraphQL answer, however
// it goes on.
func (r reply) cutOff() bool { return r.err != nil && !r.graphql && !r.html }

func byPayload(c call, r reply) *Error {
	if c.judge == nil {
		return nil
	}
	if fault := c.judge(r.object()); fault != "" {
		return r.fail(c.unproven(), fault)
	}
	return nil
}

// afterExecution judges an answer that shows that execution began and has no payload to trust.
func afterExecution(c call, r reply) *Error {
	switch {
	case c.nullable && r.trusted() && r.missing():
		return nil
	case r.status == 401, r.any(unauthenticatedCodes):
		return r.fail(c.unproven(), "token refused while it ran")
	case c.fieldChecksFirst && r.trusted() && r.allOf(graphqlError.aboutInputOfOperation):
		return r.fail(Rejected, "input refused")
	}
	if r.payload != nil {
		return r.fail(c.unproven(), "a result under a status that cannot be trusted")
	}
	return r.fail(c.unproven(), "ran without a result")
}

// missing says that there is nothing under the id asked for: null for it, or an error that says so.
func (r reply) missing() bool {
	return r.null && len(r.errors) == 0 || r.only(notFoundCodes)
}

// blocked is a refusal by something between us and Alleviate, such as a firewall: nothing began.
func (r reply) blocked() *Error {
	e := r.fail(Transient, "blocked before Alleviate")
	e.Blocked = true
	return e
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
		RetryAfter: max(0, r.retryAfter), Sent: r.sent, Received: len(r.body), Answered: r.trusted(),
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
