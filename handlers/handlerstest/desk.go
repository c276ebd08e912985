package handlerstest

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/desk"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/staff"
)

// More people who are signed in.
var (
	Dana = staff.Person{Key: "https://login.example|dana", Name: "Dana", Roles: []staff.Role{staff.Agent}}
	Omar = staff.Person{Key: "https://login.example|omar", Name: "Omar", Roles: []staff.Role{staff.Agent}}
)

// WithDesk puts the desk beside the consumers' pages.
func WithDesk(o desk.Options) func(*handlers.Config) {
	return func(c *handlers.Config) {
		s := newStore(c.Clock)
		Over(s)(c)
		c.DeskLeads, c.DeskDrafts, c.Desk = s, s, o
	}
}

// VisitAs is a new visitor who is signed in.
func (a App) VisitAs(t *testing.T, p staff.Person) *Visitor {
	v := a.Visit(t)
	v.Person = &p
	return v
}

// Find finds a lead.
func (s *Store) Find(_ context.Context, id lead.PartnerID) (lead.Lead, error) {
	defer s.called("Find")()
	l, _, err := s.byID(id)
	return l, err
}

func (s *Store) byID(id lead.PartnerID) (l lead.Lead, key string, err error) {
	for key, l := range s.Leads {
		if l.ID == id {
			return l, key, nil
		}
	}
	return lead.Lead{}, "", lead.ErrNotFound
}

// CompleteConsent replaces the record of a lead that waits for it.
func (s *Store) CompleteConsent(_ context.Context, id lead.PartnerID, record consent.Record, _ lead.Agent) error {
	defer s.called("CompleteConsent")()
	l, key, err := s.byID(id)
	if err := cmp.Or(err, s.Fail); err != nil {
		return err
	}
	l.Hold, l.Permission = "", record.Permission()
	s.Leads[key], s.Records[key] = l, record
	return nil
}

// LeadsLike are the leads of one of the phones or of the email.
func (s *Store) LeadsLike(_ context.Context, phones []string, email string, since time.Time) ([]lead.Summary, error) {
	defer s.called("LeadsLike")()
	if s.FailFind != nil {
		return nil, s.FailFind
	}
	var found []lead.Summary
	for _, l := range s.Leads {
		summary := l.Summary()
		for _, phone := range []lead.Private[string]{l.Applicant.HomePhone, l.Applicant.CellPhone, l.Applicant.WorkPhone} {
			summary.SamePhone = summary.SamePhone || phone.Given() && slices.Contains(phones, phone.Reveal())
		}
		summary.SameEmail = email != "" && l.Applicant.Email.Reveal() == email
		if (summary.SamePhone || summary.SameEmail) && !l.ReceivedAt.Before(since) {
			found = append(found, summary)
		}
	}
	slices.SortFunc(found, func(a, b lead.Summary) int { return b.ReceivedAt.Compare(a.ReceivedAt) })
	return found, nil
}

// DraftsOfAgent are the agent's drafts that were not sent.
func (s *Store) DraftsOfAgent(_ context.Context, key string) ([]lead.Draft, error) {
	defer s.called("DraftsOfAgent")()
	if s.FailFind != nil {
		return nil, s.FailFind
	}
	var found []lead.Draft
	for handle := range s.Drafts {
		if d, err := s.Draft(handle); err == nil && d.Agent == key && d.Sent.Handle == "" {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b lead.Draft) int { return b.ExpiresAt.Compare(a.ExpiresAt) })
	return found, nil
}
