package graphql

import (
	"time"
)

// Attempt is one request and what came of it: what an error and an exchange are made of.
type Attempt struct {
	Call      Call
	RequestID string
	Try       int // 0 when the call was refused before a token was asked for
	At        time.Time
	Duration  time.Duration // 0 when it never began

	// Kind is what a failure proves, "" when the operation is done.
	Kind    Kind
	Reason  string
	Blocked bool  // something between us and the API refused the request
	Err     error // one that holds nothing secret

	Sent       bool // a byte of the request may have left
	Status     int  // 0 when no answer began
	RetryAfter time.Duration
	Received   int // bytes of the answer's body

	answer
	mediaType string
	html      bool
	stated    time.Duration // Retry-After, negative when not stated
	lost      error         // how the request failed; never shown, it holds addresses
	body      []byte
	show      shower
}

// Answered says whether the API's GraphQL server answered, whatever it said.
func (a *Attempt) Answered() bool { return a.trusted() }

// Code is the first error code, "" when there is none that may be shown.
func (a *Attempt) Code() string {
	for _, p := range append(a.errors, a.inside...) {
		if code := a.show.code(p); code != "" {
			return code
		}
	}
	return ""
}

// Fields are the names of the input fields that were refused, as far as the answer tells.
func (a *Attempt) Fields() []string {
	switch {
	case a.Kind != Rejected:
		return nil
	case a.Try == 0:
		return a.Call.Variables.bad
	}
	return fieldsOf(append(a.errors, a.inside...))
}

// result is what counts of the answer.
func (a *Attempt) result() Answer {
	r := Answer{Payload: a.payload}
	if a.Call.Envelope == ErrorsFail {
		r.Payload = a.inEnvelope()
	}
	for _, p := range a.errors {
		r.Warnings = append(r.Warnings, Warning{a.show.code(p), p.fields})
	}
	return r
}

// fail notes what the attempt proves.
func (a *Attempt) fail(k Kind, reason string) {
	a.Kind, a.Reason, a.RetryAfter = k, reason, max(0, a.stated)
}
