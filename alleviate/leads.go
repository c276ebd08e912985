package alleviate

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"time"

	"intake/alleviate/internal/graphql"
	"intake/alleviate/internal/wire"
)

// CreatedLead is createLead's answer: the lead exists at Alleviate.
type CreatedLead struct {
	// ID is Alleviate's id, never empty.
	ID LeadID
	// Code is the outcome, CodeUnreadable when the answer had none that is a number.
	Code ResultCode
	// Note is a text for people. Every documented example says "Lead processing complete", also
	// for a lead that did not qualify: never decide by it.
	Note string
	// PartnerLeadID is the echo of LeadInput.PartnerLeadID, empty when Alleviate sent none.
	PartnerLeadID PartnerLeadID
	// Bid is the offer for a qualified lead.
	Bid Bid
	// Warnings are the errors that came beside the answer. The lead was created all the same.
	Warnings []Warning
}

// Warning is an error that came beside an answer that counts. Its message is not kept, because
// messages may repeat what was sent.
type Warning struct {
	// Code is extensions.code, or empty.
	Code string
	// Fields are the names of input fields that it is about.
	Fields []string
}

// SubmittedLead is submitLead's answer. Look at Code: a refusal is an answer too.
type SubmittedLead struct {
	// LeadID is the lead that was asked for.
	LeadID LeadID
	// Code is the outcome.
	Code SubmitCode
	// CRMRecordID is the record's id in the CRM, to be kept; it may be empty on a refusal.
	CRMRecordID CRMRecordID
	// CRM names the destination, such as "AFS".
	CRM string
	// PartnerLeadID is the caller's own id (seen in an example), or empty.
	PartnerLeadID PartnerLeadID
	// Warnings are the errors that came beside the answer.
	Warnings []Warning
}

// LeadStatus is getLeadStatus's answer.
type LeadStatus struct {
	// ID is the lead that was asked for.
	ID LeadID
	// Code is the current outcome.
	Code ResultCode
	// UpdatedAt is the last status change, the zero time when the answer's text is no ISO 8601 time.
	UpdatedAt time.Time
	// PartnerLeadID is the id that the lead was sent with, or empty.
	PartnerLeadID PartnerLeadID
	// Bid is the offer for a qualified lead.
	Bid Bid
	// Warnings are the errors that came beside the answer.
	Warnings []Warning
}

// ErrUnknownLead is the error of LeadStatus when Alleviate answers that it has no such lead. It is
// an answer and no failed call. Whether Alleviate gives it as null or as an error is not documented;
// both lead here.
var ErrUnknownLead = errors.New("alleviate: no lead with this id")

var (
	//go:embed operations/create_lead.graphql
	createLeadDocument string
	//go:embed operations/submit_lead.graphql
	submitLeadDocument string
	//go:embed operations/get_lead_status.graphql
	getLeadStatusDocument string
	//go:embed operations/probe.graphql
	probeDocument string
)

// CreateLead sends a lead and waits until Alleviate's workflow has ended. It is one attempt: no
// idempotency key is documented, so a call that may have landed is never repeated here. An error
// of kind Ambiguous means that the lead may exist; every other kind means that it does not.
func (c *Client) CreateLead(ctx context.Context, in LeadInput) (CreatedLead, error) {
	a, err := c.Do(ctx, c.createLead(in))
	if err != nil {
		return CreatedLead{}, err
	}
	o := wire.ReadObject(a.Payload)
	return CreatedLead{
		ID:            LeadID(o.ID("id")),
		Code:          ResultCode(o.Int("resultCode")),
		Note:          o.Line("note"),
		PartnerLeadID: PartnerLeadID(o.ID("partnerLeadId")),
		Bid:           bid(o.Line("bidValue")),
		Warnings:      warnings(a),
	}, nil
}

func (c *Client) createLead(in LeadInput) graphql.Call {
	return graphql.Call{
		Field: "createLead", Document: createLeadDocument, Budget: c.budgets.Create, Repeat: graphql.Once,
		Variables: graphql.Input(in.values()), PartnerLead: string(in.PartnerLeadID),
		Schema: schema, FieldChecksFirst: c.checksFirst,
		Judge: func(payload json.RawMessage) string {
			o := wire.ReadObject(payload)
			switch echo := PartnerLeadID(o.Text("partnerLeadId")); {
			case o.ID("id") == "":
				return "answer without an id"
			case echo != "" && in.PartnerLeadID != "" && echo != in.PartnerLeadID:
				return "answer for another lead"
			}
			return ""
		},
	}
}

// SubmitLead hands a qualified lead to the CRM. Repeating it is safe: Alleviate answers 208 for a
// lead that it has already submitted (documented, /api/mutations/submit-lead).
func (c *Client) SubmitLead(ctx context.Context, in SubmitLeadInput) (SubmittedLead, error) {
	a, err := c.Do(ctx, c.submitLead(in))
	if err != nil {
		return SubmittedLead{}, err
	}
	o := wire.ReadObject(a.Payload)
	return SubmittedLead{
		LeadID:        in.LeadID,
		Code:          SubmitCode(o.Int("statusCode")),
		CRMRecordID:   CRMRecordID(o.ID("crmRecordId")),
		CRM:           o.Line("crm"),
		PartnerLeadID: PartnerLeadID(o.ID("partnerLeadId")),
		Warnings:      warnings(a),
	}, nil
}

func (c *Client) submitLead(in SubmitLeadInput) graphql.Call {
	return graphql.Call{
		Field: "submitLead", Document: submitLeadDocument, Budget: c.budgets.Submit, Repeat: graphql.SafeToRepeat,
		Variables: graphql.Input(in.values()), Lead: string(in.LeadID),
		Schema: schema, FieldChecksFirst: c.checksFirst,
		Judge: func(payload json.RawMessage) string {
			o := wire.ReadObject(payload)
			switch id := LeadID(o.Text("leadId")); {
			case id != "" && id != in.LeadID:
				return "answer for another lead"
			case o.Int("statusCode") == 0:
				return "answer without a status code"
			}
			return ""
		},
	}
}

// LeadStatus looks a lead up by Alleviate's id. Looking changes nothing there. The error is
// ErrUnknownLead when Alleviate does not know the id.
func (c *Client) LeadStatus(ctx context.Context, id LeadID) (LeadStatus, error) {
	a, err := c.Do(ctx, c.leadStatus(id))
	if err != nil {
		return LeadStatus{}, err
	}
	if a.Payload == nil {
		return LeadStatus{}, ErrUnknownLead
	}
	o := wire.ReadObject(a.Payload)
	updated, _ := time.Parse(time.RFC3339, o.Line("updatedAt")) // the zero time says unreadable
	return LeadStatus{
		ID:            id,
		Code:          ResultCode(o.Int("resultCode")),
		UpdatedAt:     updated,
		PartnerLeadID: PartnerLeadID(o.ID("partnerLeadId")),
		Bid:           bid(o.Line("bidValue")),
		Warnings:      warnings(a),
	}, nil
}

func (c *Client) leadStatus(id LeadID) graphql.Call {
	return graphql.Call{
		Field: "getLeadStatus", Document: getLeadStatusDocument, Budget: c.budgets.Status, Repeat: graphql.SafeToRepeat, Nullable: true,
		Variables: graphql.Flat(open("id", id)), Lead: string(id),
		Schema: schema, FieldChecksFirst: c.checksFirst,
		Judge: func(payload json.RawMessage) string {
			if LeadID(wire.ReadObject(payload).Text("id")) != id {
				return "answer for another lead"
			}
			return ""
		},
	}
}
