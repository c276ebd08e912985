// Package graphql makes one call of a GraphQL API: one attempt within its budget, and what came of it as a
// proof. The only repeat is the one after an answer which proves that nothing was executed because the
// token was refused.
package graphql

import (
	"encoding/json"
	"time"

	"intake/alleviate/internal/entra"
)

// Kind says what a failed call proves.
type Kind = entra.Kind

// The kinds of a failed call.
const (
	Transient   = entra.Transient
	Throttled   = entra.Throttled
	Credentials = entra.Credentials
	Rejected    = Kind("rejected")
	Ambiguous   = Kind("ambiguous")

	refused = Kind("unauthenticated") // nothing was executed: renew the token and repeat once
)

// Repeat says whether an operation may be made a second time when the first may have landed. Each operation
// declares it; one that does not is refused.
type Repeat int

// What an operation declares.
const (
	undeclared   Repeat = iota
	Once                // a second one may do the work twice, so what is not proven is in doubt
	SafeToRepeat        // what is not proven may be tried again
)

// Envelope is what an operation's answer is wrapped in.
type Envelope int

// The envelopes.
const (
	Bare          Envelope = iota // the answer itself
	ErrorsFail                    // {data, errors}: the answer is data, and errors in its place are a failure
	ErrorsAreData                 // {data, errors}: the answer is the envelope, for errors are a part of what was asked for
)

// Call is one operation to be sent.
type Call struct {
	Field     string // of data
	Document  string
	Budget    time.Duration
	Repeat    Repeat
	Envelope  Envelope
	Variables Variables
	Schema    Schema
	// Judge returns "" or what is wrong with the answer; nil takes any.
	Judge func(payload json.RawMessage) string
	// Nullable says that null is an answer: there is no such thing.
	Nullable bool
	// FieldChecksFirst is the assumption that an input error of the operation itself means that nothing was done.
	FieldChecksFirst bool
	// Lead and PartnerLead are the ids that the call is about, for the observer.
	Lead, PartnerLead string
}

// unproven is the kind of an outcome that proves nothing.
func (c Call) unproven() Kind {
	if c.Repeat == SafeToRepeat {
		return Transient
	}
	return Ambiguous
}

// Answer is what counts of an answer.
type Answer struct {
	// Payload is data.<Field>, or what is in its envelope; nil when it is null and may be.
	Payload json.RawMessage
	// Warnings are the errors beside it.
	Warnings []Warning
}

// Warning is an error beside an answer that counts.
type Warning struct {
	Code   string
	Fields []string
}
