package alleviate

import (
	"context"
	_ "embed"
	"errors"
	"time"
)

// LeadInput is an applicant as createLead takes one. The first eight fields are required by the
// API (documented, /reference/lead-input-schema); an empty or ungiven field is not sent, and the
// API's own answer says what it misses. The rest is optional; the schema page is cut off after
// LoanPurposeID, so more fields may exist.
//
// Money is whole dollars, as the schema page says. An example on /api/mutations/create-lead holds
// amounts that look like cents, so the unit is in doubt; large amounts are sent as they are.
//
// Printing, logging or JSON-encoding a LeadInput shows no answer of the applicant.
type LeadInput struct {
	// FirstName has 1 to 50 characters.
	FirstName Private[string]
	// LastName has 1 to 50 characters.
	LastName Private[string]
	// Email is an e-mail address.
	Email Private[string]
	// HomePhone is ten digits without formatting.
	HomePhone Private[string]
	// Address1 is the street address.
	Address1 Private[string]
	// City has no documented limits.
	City Private[string]
	// State is two letters, such as CA.
	State Private[string]
	// ZipCode is five digits.
	ZipCode Private[string]

	// CellPhone is ten digits.
	CellPhone Private[string]
	// WorkPhone is ten digits.
	WorkPhone Private[string]
	// DateOfBirth is optional in the schema; /getting-started/migration calls it required.
	DateOfBirth Private[Date]
	// SocialSecurityNumber is nine digits without dashes.
	SocialSecurityNumber Private[string]
	// Address2 is the apartment, suite or unit.
	Address2 Private[string]
	// ResidenceTypeID is the housing situation.
	ResidenceTypeID Private[ResidenceTypeID]
	// MonthsAtAddress is the time at the current address, in months.
	MonthsAtAddress Private[int]
	// MonthlyRent is rent or mortgage, in dollars a month.
	MonthlyRent Private[int]
	// IncomeSourceID is the source of income.
	IncomeSourceID Private[IncomeSourceID]
	// PayFrequencyID is how often the applicant is paid.
	PayFrequencyID Private[PayFrequencyID]
	// MonthlyIncome is in dollars.
	MonthlyIncome Private[int]
	// GrossAnnualIncome is in dollars.
	GrossAnnualIncome Private[int]
	// EmployerName has no documented limits.
	EmployerName Private[string]
	// MonthsAtEmployer is the time with the current employer, in months.
	MonthsAtEmployer Private[int]
	// LoanAmount is the amount asked for, in dollars.
	LoanAmount Private[int]
	// LoanPurposeID is the purpose of the loan.
	LoanPurposeID Private[LoanPurposeID]

	// EstimatedDebt is in dollars (seen in examples; the unit is assumed).
	EstimatedDebt Private[int]
	// TermsConsent is seen in examples; what false or absence does is not documented.
	TermsConsent Private[bool]
	// MarketingOptIn is seen in examples; what false or absence does is not documented.
	MarketingOptIn Private[bool]
	// CoApplicant says whether there is a co-applicant (seen in examples).
	CoApplicant Private[bool]
	// SiteURL is the site of origin (seen in examples, there without a scheme).
	SiteURL string
	// ClientIP is the applicant's address (seen in examples).
	ClientIP Private[string]
	// AffiliateAppID is an affiliate's application id (seen in examples).
	AffiliateAppID string
	// PartnerLeadID is sent as leadId and echoed as partnerLeadId.
	PartnerLeadID PartnerLeadID
	// TrustedFormCertificateID is the id, not the address, of a certificate; when given, it is
	// verified while createLead runs (documented, /api/overview).
	TrustedFormCertificateID Private[string]
}

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

// SubmitLeadInput asks for a qualified lead to be handed to the CRM.
type SubmitLeadInput struct {
	// LeadID is Alleviate's id, from CreatedLead.ID.
	LeadID LeadID
	// TrustedFormCertificateID is for partners whose consent is taken after createLead.
	TrustedFormCertificateID Private[string]
	// MobilePhone is the applicant's verified mobile number, ten digits.
	MobilePhone Private[string]
}

// SubmittedLead is submitLead's answer. Look at Code: a refusal is an answer too.
type SubmittedLead struct {
	// LeadID is the lead that was asked for.
	LeadID LeadID
	// Code is the outcome.
	Code SubmitCode
	// CRMRecordID is the record's id in the CRM, to be kept; it may be empty on a refusal.
	CRMRecordID string
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
	p, err := c.do(ctx, c.createLead(in))
	if err != nil {
		return CreatedLead{}, err
	}
	o := p.object()
	return CreatedLead{
		ID:            LeadID(o.id("id")),
		Code:          ResultCode(o.number("resultCode")),
		Note:          o.line("note"),
		PartnerLeadID: PartnerLeadID(o.id("partnerLeadId")),
		Bid:           o.bid("bidValue"),
		Warnings:      p.warnings(),
	}, nil
}

func (c *Client) createLead(in LeadInput) call {
	return call{
		op:       "createLead",
		document: createLeadDocument,
		budget:   c.budgets.Create,
		once:     true,
		vars:     variables{in: in.fields()},
		partner:  in.PartnerLeadID,
		judge: func(o object) string {
			switch echo := PartnerLeadID(o.id("partnerLeadId")); {
			case o.id("id") == "":
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
	p, err := c.do(ctx, c.submitLead(in))
	if err != nil {
		return SubmittedLead{}, err
	}
	o := p.object()
	return SubmittedLead{
		LeadID:        in.LeadID,
		Code:          SubmitCode(o.number("statusCode")),
		CRMRecordID:   o.id("crmRecordId"),
		CRM:           o.line("crm"),
		PartnerLeadID: PartnerLeadID(o.id("partnerLeadId")),
		Warnings:      p.warnings(),
	}, nil
}

func (c *Client) submitLead(in SubmitLeadInput) call {
	return call{
		op:       "submitLead",
		document: submitLeadDocument,
		budget:   c.budgets.Submit,
		vars:     variables{in: in.fields()},
		lead:     in.LeadID,
		judge: func(o object) string {
			switch id := o.id("leadId"); {
			case id != "" && LeadID(id) != in.LeadID:
				return "answer for another lead"
			case o.number("statusCode") == 0:
				return "answer without a status code"
			}
			return ""
		},
	}
}

// LeadStatus looks a lead up by Alleviate's id. Looking changes nothing there. The error is
// ErrUnknownLead when Alleviate does not know the id.
func (c *Client) LeadStatus(ctx context.Context, id LeadID) (LeadStatus, error) {
	p, err := c.do(ctx, c.leadStatus(id))
	if err != nil {
		return LeadStatus{}, err
	}
	if p.payload == nil {
		return LeadStatus{}, ErrUnknownLead
	}
	o := p.object()
	updated, _ := time.Parse(time.RFC3339, o.line("updatedAt")) // the zero time says unreadable
	return LeadStatus{
		ID:            id,
		Code:          ResultCode(o.number("resultCode")),
		UpdatedAt:     updated,
		PartnerLeadID: PartnerLeadID(o.id("partnerLeadId")),
		Bid:           o.bid("bidValue"),
		Warnings:      p.warnings(),
	}, nil
}

func (c *Client) leadStatus(id LeadID) call {
	return call{
		op:       "getLeadStatus",
		document: getLeadStatusDocument,
		budget:   c.budgets.Status,
		vars:     variables{flat: []field{open("id", id)}},
		lead:     id,
		nullable: true,
		judge: func(o object) string {
			if LeadID(o.id("id")) != id {
				return "answer for another lead"
			}
			return ""
		},
	}
}
