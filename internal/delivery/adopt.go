package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

// Lookup is Alleviate as far as a person's claim is checked there. A look changes nothing.
type Lookup interface {
	LeadStatus(ctx context.Context, id alleviate.LeadID) (alleviate.LeadStatus, error)
}

// ErrNotOurs: what Alleviate has under the id that was entered is not this lead.
var ErrNotOurs = errors.New("what Alleviate has under this id names another lead of ours, or none")

// Found completes the decision that Alleviate has l under the id there: it looks there, and only
// if Alleviate names our own id of l the decision gets what Alleviate shows and what follows from
// it. Any error means that nothing is known and nothing may be adopted.
func Found(ctx context.Context, b Lookup, l lead.Lead, d lead.Decision, manual bool, now time.Time) (lead.Decision, error) {
	shown, err := b.LeadStatus(ctx, alleviate.LeadID(d.AlleviateID))
	if err != nil {
		return lead.Decision{}, fmt.Errorf("look the lead up at Alleviate: %w", err)
	}
	if shown.PartnerLeadID != alleviate.PartnerLeadID(l.ID) {
		return lead.Decision{}, ErrNotOurs
	}
	d.Event, d.ResultCode, d.Bid = lead.FoundThere, int(shown.Code), shown.Bid.String()
	d.Next, d.NextAt = follow(manual, shown.Code, now, now)
	return d, nil
}
