package alleviate

import (
	"encoding/json"
	"time"
)

// Exchange is the record of one request, safe to show and to keep: no token, no secret and no
// answer of an applicant is in it. A call that had to renew its token makes two.
type Exchange struct {
	// Operation is the field asked for, such as "createLead".
	Operation string
	// RequestID is ours, sent as X-Request-Id; both requests of one call share it.
	RequestID string
	// Try is 1, 2 for the repeat after a refused token, 0 for a call refused by this package.
	Try int
	// At is when the request ended.
	At time.Time
	// Duration is how long it took, 0 when it never began.
	Duration time.Duration
	// URL is the API's address.
	URL string
	// Query is the GraphQL document.
	Query string
	// Variables are the variables with "***" for every personal value.
	Variables json.RawMessage
	// Sent says whether a byte of the request may have left this machine.
	Sent bool
	// HTTPStatus is 0 when no answer came.
	HTTPStatus int
	// Received counts the bytes of the answer's body.
	Received int
	// Answer is the answer with "***" for what is not known to be harmless; null when it was no
	// GraphQL answer.
	Answer json.RawMessage
	// LeadID is Alleviate's id of the lead, asked for or answered.
	LeadID LeadID
	// PartnerLeadID is the caller's id of the lead, sent or answered.
	PartnerLeadID PartnerLeadID
	// Err is how the request failed, nil when it is done.
	Err *Error
}

func (c *Client) exchange(call call, r reply, token Secret, try int, e *Error) Exchange {
	x := Exchange{
		Operation: call.op, RequestID: r.requestID, Try: try, At: c.now(), Duration: r.duration,
		URL: c.apiURL, Query: call.document, Variables: call.vars.encode(true),
		Sent: r.sent, HTTPStatus: r.status, Received: len(r.body), Answer: json.RawMessage("null"),
		LeadID: call.lead, PartnerLeadID: call.partner, Err: e,
	}
	scrub := scrubber{append(call.vars.private(), token.Reveal())}
	o := r.object()
	if id := o.id("id"); x.LeadID == "" && scrub.showsID(id) {
		x.LeadID = LeadID(id)
	}
	if id := o.id("partnerLeadId"); x.PartnerLeadID == "" && scrub.showsID(id) {
		x.PartnerLeadID = PartnerLeadID(id)
	}
	if r.graphql {
		x.Answer = scrub.answer(r.answer)
	}
	return x
}
