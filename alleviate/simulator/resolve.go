package simulator

import (
	"context"
	"strings"

	graphql "github.com/graph-gophers/graphql-go"
)

// root resolves the three operations. Source: /api/overview.
type root struct{ s *Server }

type createLeadResponse struct {
	id            string
	code          int
	partnerLeadID *string
	bid           *string
}

func (r *createLeadResponse) ID() graphql.ID         { return graphql.ID(r.id) }
func (r *createLeadResponse) ResultCode() int32      { return int32(r.code) }
func (r *createLeadResponse) Note() *string          { n := note; return &n }
func (r *createLeadResponse) PartnerLeadID() *string { return r.partnerLeadID }
func (r *createLeadResponse) BidValue() *string      { return r.bid }

// CreateLead validates, takes the workflow's time, and makes at most one lead. A lead that it reports is in
// the ledger's file.
func (r *root) CreateLead(ctx context.Context, args struct{ Input leadInput }) (*createLeadResponse, error) {
	s, c, in := r.s, ctx.Value(callKey{}).(*call), &args.Input
	assumed := s.assume.get()
	c.entry.PartnerLeadID = optional(in.LeadId)
	refused := in.check(assumed.InputErrorCode)
	if refused != nil && assumed.FieldChecks == "first" {
		return nil, refused
	}
	if assumed.UnknownArchetype == "error" && s.unknownArchetype(in.Email) {
		c.assumes("unknownArchetype")
		return nil, &refusal{message: "Unknown archetype", code: assumed.InputErrorCode, field: "email"}
	}
	s.wait(s.cfg.Latency)
	var lead Lead
	err := s.book.change(func() (line, error) {
		if first := s.book.byPartner(optional(in.LeadId)); first != nil && assumed.KeyedByLeadID {
			c.assumes("keyedByLeadId")
			lead = *first
			c.created(lead, false)
			return line{Entry: &c.entry}, nil
		}
		lead = s.newLead(c, in, assumed)
		c.created(lead, true)
		return line{Entry: &c.entry, Lead: &lead}, nil
	})
	switch {
	case err != nil:
		return nil, internalError()
	case refused != nil:
		c.assumes("fieldChecks")
		return nil, refused
	}
	return &createLeadResponse{lead.ID, lead.ResultCode, in.LeadId, c.bidOf(lead.Bid)}, nil
}

func (c *call) created(lead Lead, made bool) {
	c.entry.ID, c.entry.ResultCode, c.entry.Done = lead.ID, lead.ResultCode, made
}

// newLead decides the outcome: the archetype's if the address is one, else a duplicate's, else an ordinary one.
func (s *Server) newLead(c *call, in *leadInput, assumed Assumptions) Lead {
	now := s.cfg.Now().UTC()
	lead := Lead{
		ID: newID(), PartnerLeadID: optional(in.LeadId), CreatedAt: now, UpdatedAt: now,
		Email: strings.ToLower(in.Email), Phone: in.HomePhone,
	}
	switch a, ok := archetypeOf(in.Email); {
	case ok:
		lead.ID = orElse(a.ID, lead.ID)
		lead.ResultCode, lead.Bid, lead.Archetype = a.Code, a.Bid, a.Email
		if !a.Documented {
			c.assumes("archetype " + a.Email)
		}
	case assumed.UnknownArchetype == "unqualified" && s.unknownArchetype(in.Email):
		c.assumes("unknownArchetype")
		lead.ResultCode, lead.Archetype = 1018, lead.Email
	default:
		s.judgePerson(c, &lead, assumed)
	}
	c.overrule(&lead)
	return lead
}

func (s *Server) judgePerson(c *call, lead *Lead, assumed Assumptions) {
	first := s.book.original(assumed.DuplicateMatch, lead.Email, lead.Phone)
	switch {
	case first == nil:
		c.assumes("ordinary outcome")
		lead.ResultCode, lead.Bid = ordinaryOutcome(lead.Email)
	case older(first, assumed.PurchaseWindowDays, lead.CreatedAt):
		c.assumes("purchaseWindowDays")
		lead.ResultCode = 1020
	default:
		c.assumes("duplicateMatch")
		lead.ResultCode = 1003
	}
}

func (s *Server) unknownArchetype(email string) bool {
	_, known := archetypeOf(email)
	return underTestDomain(email) && !known
}

type leadStatus struct {
	lead Lead
	bid  *string
}

func (r *leadStatus) ID() graphql.ID         { return graphql.ID(r.lead.ID) }
func (r *leadStatus) ResultCode() int32      { return int32(r.lead.ResultCode) }
func (r *leadStatus) PartnerLeadID() *string { return nonEmpty(r.lead.PartnerLeadID) }
func (r *leadStatus) BidValue() *string      { return r.bid }

// UpdatedAt is the time of the last status change, ISO 8601 with milliseconds: documented.
func (r *leadStatus) UpdatedAt() string {
	return r.lead.UpdatedAt.UTC().Format("2006-01-02T15:04:05.000Z")
}

// GetLeadStatus finds a lead by the MLAS id. The bid is spelled as LeadStatus documents it: $X.XX, or No Bid
// Available, or null for a lead that did not qualify. Source: /api/queries/get-lead-status.
func (r *root) GetLeadStatus(ctx context.Context, args struct{ ID graphql.ID }) (*leadStatus, error) {
	s, c := r.s, ctx.Value(callKey{}).(*call)
	assumed := s.assume.get()
	var found *Lead
	err := s.book.change(func() (line, error) {
		lead := s.book.leads[string(args.ID)]
		if lead == nil && assumed.LookupByLeadID {
			c.assumes("lookupByLeadId")
			lead = s.book.byPartner(string(args.ID))
		}
		if lead == nil {
			return line{Entry: &c.entry}, nil
		}
		looked := s.look(c, *lead, assumed.ProcessingLooks)
		c.entry.PartnerLeadID = looked.PartnerLeadID
		c.created(looked, true)
		found = &looked
		return line{Entry: &c.entry, Lead: &looked}, nil
	})
	switch {
	case err != nil:
		return nil, internalError()
	case c.outcome("unknown") != nil:
		return nil, nil
	case found != nil:
		return &leadStatus{*found, c.bidOf(statusBid(*found))}, nil
	}
	c.assumes("statusUnknown")
	if assumed.StatusUnknown == "error" {
		return nil, &refusal{message: "Lead not found", code: "NOT_FOUND"}
	}
	return nil, nil
}

// look counts a look at a lead that is still processing and ends the processing after enough of them.
func (s *Server) look(c *call, lead Lead, enough int) Lead {
	if c.outcome("code") != nil {
		c.overrule(&lead)
		lead.UpdatedAt = s.cfg.Now().UTC()
		return lead
	}
	if lead.ResultCode != 1000 {
		return lead
	}
	c.assumes("processingLooks")
	lead.Looks++
	if enough > 0 && lead.Looks >= enough {
		lead.ResultCode, lead.Bid = ordinaryOutcome(lead.Email)
		lead.UpdatedAt = s.cfg.Now().UTC()
	}
	return lead
}

func statusBid(lead Lead) string {
	switch {
	case !qualified(lead.ResultCode):
		return ""
	case lead.Bid == "":
		return "No Bid Available"
	case strings.HasPrefix(lead.Bid, "$"):
		return lead.Bid
	}
	return "$" + lead.Bid
}

func optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func internalError() error {
	return &refusal{message: "internal error", code: "INTERNAL_SERVER_ERROR"}
}
