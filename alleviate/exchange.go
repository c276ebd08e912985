package alleviate

import (
	"encoding/json"
	"time"

	"intake/alleviate/internal/graphql"
)

// Exchange is the record of one request, safe to show and to keep: no token, no secret and, unless
// Config.WholeExchanges asks for it, no answer of an applicant is in it. A call that had to renew its token makes two.
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
	// Answer is the answer; null when it was no GraphQL answer. Of what is not known to be harmless there is
	// "***", its length and a keyed hash, which tells equal texts of one client from different ones.
	Answer json.RawMessage
	// LeadID is Alleviate's id of the lead, asked for or answered.
	LeadID LeadID
	// PartnerLeadID is the caller's id of the lead, sent or answered.
	PartnerLeadID PartnerLeadID
	// Err is how the request failed, nil when it is done.
	Err *Error
	// WholeRequest and WholeAnswer are the bodies, empty unless Config.WholeExchanges asks for them.
	WholeRequest, WholeAnswer string
}

func (cfg Config) observer() func(*graphql.Attempt) {
	if cfg.Observe == nil {
		return nil
	}
	return func(a *graphql.Attempt) {
		x := Exchange{
			Operation: a.Call.Field, RequestID: a.RequestID, Try: a.Try, At: a.At, Duration: a.Duration,
			URL: cfg.Environment.APIURL, Query: a.Call.Document, Variables: a.Call.Variables.Shown(),
			Sent: a.Sent, HTTPStatus: a.Status, Received: a.Received, Answer: a.Shown(),
			LeadID: LeadID(orDefault(a.Call.Lead, a.ID("id"))), PartnerLeadID: PartnerLeadID(orDefault(a.Call.PartnerLead, a.ID("partnerLeadId"))),
		}
		if a.Kind != "" {
			x.Err = newError(a)
		}
		if cfg.WholeExchanges {
			x.WholeRequest, x.WholeAnswer = a.Whole()
		}
		cfg.Observe(x)
	}
}
