package consentlink

import (
	"context"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/handoff"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// LinkToSend is a link that is to be sent now, and the phone that it goes to.
type LinkToSend struct {
	lead.HandOff
	Phone lead.Private[string] // ten digits
}

// LinksToSend takes up to max links that are due to be sent, and keeps each from everybody else for the lease. A link whose lead waits for
// no consent any more is not sent; one whose time is over is, so that the sender fails it.
func (s *Links) LinksToSend(ctx context.Context, max int, lease time.Duration) (links []LinkToSend, err error) {
	defer db.Wrap(&err, "look for links to send")
	now := table.AsStored(s.Now())
	rows, err := db.Write(ctx, s.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) ([]handoff.Row, error) {
		return handoff.Due(ctx, q, max, now, now.Add(lease), s.Engine.SkipLocked())
	})
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		h, _, err := s.withLead(ctx, s.Engine.Reader(), r)
		if err == nil && h.Ended {
			err = s.changeLink(ctx, func(ctx context.Context, q db.Queries) error { return handoff.StopSending(ctx, q, r.ID) })
			if err == nil {
				continue
			}
		}
		var l lead.Lead
		if err == nil {
			l, err = s.find(ctx, r.Lead)
		}
		if err != nil {
			return links, err
		}
		links = append(links, LinkToSend{h, l.Applicant.SendPhone()})
	}
	return links, nil
}

func (s *Links) changeLink(ctx context.Context, change func(context.Context, db.Queries) error) error {
	_, err := db.Write(ctx, s.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		return none, change(ctx, q)
	})
	return err
}

// LinkSent notes that a link was sent, and tells open pages of it.
func (s *Links) LinkSent(ctx context.Context, id string) (err error) {
	defer db.Wrap(&err, "note that a link was sent")
	return s.changeLink(ctx, func(ctx context.Context, q db.Queries) error {
		if err := handoff.Sent(ctx, q, id); err != nil {
			return err
		}
		return s.addLinkEvent(ctx, q, id, lead.LinkSent, "")
	})
}

// LinkFailed notes why a link was not sent, and when it is tried again; the zero time: never. Open pages are told.
func (s *Links) LinkFailed(ctx context.Context, id, reason string, next time.Time) (err error) {
	defer db.Wrap(&err, "note that a link was not sent")
	return s.changeLink(ctx, func(ctx context.Context, q db.Queries) error {
		if err := handoff.Failed(ctx, q, id, reason, table.AsStored(next)); err != nil {
			return err
		}
		return s.addLinkEvent(ctx, q, id, lead.LinkFailed, reason)
	})
}

func (s *Links) addLinkEvent(ctx context.Context, q db.Queries, id string, event lead.Event, reason string) error {
	r, err := handoff.ByID(ctx, q, id)
	if err != nil {
		return err
	}
	l, err := leadtable.Facts(ctx, q, leadtable.SelectFacts, r.Lead)
	if err != nil {
		return err
	}
	return leadtable.AddEvent(ctx, q, r.Lead, leadtable.Event{At: table.AsStored(s.Now()), Event: event, From: l.Status, To: l.Status, Attempt: l.Attempt, Reason: reason})
}
