package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

// StatusReader reads the status of a lead at Alleviate (getLeadStatus), which changes nothing there.
type StatusReader interface {
	LeadStatus(ctx context.Context, id alleviate.LeadID) (alleviate.LeadStatus, error)
}

// errNotOurs: the lead that Alleviate has under the entered id is not this one.
var errNotOurs = errors.New("what Alleviate has under this id names another lead of ours, or none")

// ConfirmFound checks a person's decision that Alleviate has lead l under d.AlleviateID. It reads that lead's
// status at Alleviate and, only when the answer names our own id of l, returns the decision with the result
// code and the next step. After an error the decision must not be saved.
func ConfirmFound(ctx context.Context, b StatusReader, l lead.Lead, d lead.Decision, path Path, now time.Time) (lead.Decision, error) {
	shown, err := b.LeadStatus(ctx, alleviate.LeadID(d.AlleviateID))
	if err != nil {
		return lead.Decision{}, fmt.Errorf("look the lead up at Alleviate: %w", err)
	}
	if shown.PartnerLeadID != alleviate.PartnerLeadID(l.ID) {
		return lead.Decision{}, errNotOurs
	}
	d.Event, d.ResultCode, d.Bid = lead.FoundThere, int(shown.Code), shown.Bid.String()
	out := path.next(l, lead.Outcome{Reason: d.Reason}, shown.Code, now, now)
	d.Next, d.NextAt, d.Reason = out.Next, out.NextAt, out.Reason
	return d, nil
}
