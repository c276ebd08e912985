package simulator

import (
	"context"

	graphql "github.com/graph-gophers/graphql-go"
)

type submitLeadInput struct {
	LeadId                   graphql.ID
	TrustedformCertificateID *string
	MobilePhone              *string
}

type submitLeadResponse struct {
	leadID        string
	status        int
	crmRecordID   string
	partnerLeadID string
}

func (r *submitLeadResponse) LeadID() graphql.ID     { return graphql.ID(r.leadID) }
func (r *submitLeadResponse) StatusCode() int32      { return int32(r.status) }
func (r *submitLeadResponse) CrmRecordId() *string   { return nonEmpty(r.crmRecordID) }
func (r *submitLeadResponse) PartnerLeadID() *string { return nonEmpty(r.partnerLeadID) }

// Crm names the CRM that holds the record; the name is seen in an example, its absence without record assumed.
func (r *submitLeadResponse) Crm() *string {
	if r.crmRecordID == "" {
		return nil
	}
	return nonEmpty("AFS")
}

// SubmitLead hands a lead to the pretended CRM once: 200, and 208 with the same record ever after. Refusals
// are ordinary answers with another statusCode. Source: /api/mutations/submit-lead.
func (r *root) SubmitLead(ctx context.Context, args struct{ Input submitLeadInput }) (*submitLeadResponse, error) {
	s, c, in := r.s, ctx.Value(callKey{}).(*call), args.Input
	assumed := s.assume.get()
	if in.MobilePhone != nil && !tenDigits.MatchString(*in.MobilePhone) {
		return nil, &refusal{message: "mobilePhone must be 10 digits", code: assumed.InputErrorCode, field: "mobilePhone"}
	}
	response := &submitLeadResponse{leadID: string(in.LeadId)}
	err := s.book.change(func() (line, error) {
		known := s.book.leads[string(in.LeadId)]
		if known == nil {
			c.assumes("submitUnknown")
			response.status = assumed.SubmitUnknown
			return c.submitted(response, nil), nil
		}
		lead := *known
		response.partnerLeadID = lead.PartnerLeadID
		response.status = judgeSubmit(c, lead, in, assumed)
		if response.status/100 != 2 {
			return c.submitted(response, nil), nil
		}
		lead.CRMRecordID = orElse(lead.CRMRecordID, randomHex(6)[:11])
		response.crmRecordID = lead.CRMRecordID
		return c.submitted(response, &lead), nil
	})
	switch {
	case err != nil:
		return nil, internalError()
	case response.status < 0:
		return nil, &refusal{message: "Lead not found", code: "NOT_FOUND"}
	}
	return response, nil
}

// judgeSubmit returns the statusCode, documented for 200, 208, 400 and 422 and assumed for the rest.
func judgeSubmit(c *call, lead Lead, in submitLeadInput, assumed Assumptions) int {
	if forced := c.outcome("submit"); forced != nil {
		return forced.number()
	}
	switch {
	case !qualified(lead.ResultCode):
		c.assumes("submitUnqualified")
		return assumed.SubmitUnqualified
	case lead.CRMRecordID != "":
		return 208
	case assumed.AutomaticCRM:
		c.assumes("automaticCrm")
		return 208
	case assumed.SubmitNeedsCertificate && optional(in.TrustedformCertificateID) == "":
		c.assumes("submitNeedsCertificate")
		return 400
	case assumed.CertificateFails && in.TrustedformCertificateID != nil:
		c.assumes("certificateFails")
		return 422
	}
	return 200
}

// submitted notes the result in the entry; a lead that was submitted is recorded with it.
func (c *call) submitted(r *submitLeadResponse, lead *Lead) line {
	c.entry.ID, c.entry.PartnerLeadID = r.leadID, r.partnerLeadID
	c.entry.ResultCode, c.entry.Done = r.status, lead != nil
	return line{Entry: &c.entry, Lead: lead}
}
