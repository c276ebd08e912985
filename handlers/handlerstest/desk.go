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
	"intake/internal/prefill"
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
		dialer, err := prefill.NewReader(DialerSecret)
		if err != nil {
			panic("handlerstest: " + err.Error())
		}
		c.Desk = &desk.Config{Options: o, Leads: s, Drafts: s, Prefill: dialer, PrefillUses: s}
	}
}

// DialerSecret is that of the dialer's tokens.
const DialerSecret = "of the dialer and of the desk 32b"

// Use says whether a token of the dialer is used for the first time.
func (s *Store) Use(_ context.Context, id string, end time.Time) (first bool, err error) {
	defer s.called("Use")()
	if s.FailUse != nil {
		return false, s.FailUse
	}
	_, used := s.PrefillEnds[id]
	s.PrefillEnds[id] = end
	return !used, nil
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
	if s.OnConsent != nil {
		s.OnConsent()
	}
	defer s.called("CompleteConsent")()
	l, key, err := s.byID(id)
	if err := cmp.Or(err, s.Fail, s.FailConsent); err != nil {
		return err
	}
	switch {
	case !l.AwaitsConsent() && sameConsent(s.Records[key], record):
		return nil
	case !l.AwaitsConsent():
		return lead.ErrNotWaiting
	case s.OptsOut:
		l.Status, l.Hold, l.Reason, err = lead.Closed, "", lead.OptedOut, lead.ErrOptedOut
	case !s.clock.Now().Before(l.ReceivedAt.Add(lead.ConsentWait)):
		l.Status, l.Hold, l.Reason, err = lead.Closed, "", string(lead.NoConsent), lead.ErrNotWaiting
	default:
		l.Hold, l.Permission, s.Records[key] = "", record.Permission(), record
	}
	s.Leads[key] = l
	return err
}

func sameConsent(a, b consent.Record) bool {
	return a.Call.ID.Equal(b.Call.ID) && a.Call.Script == b.Call.Script && slices.Equal(a.Acts, b.Acts)
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

// isOpen says whether a draft was not sent, or its lead awaits its consent.
func (s *Store) isOpen(d lead.Draft) bool {
	l, _, err := s.byID(d.Sent.ID)
	return d.Sent.ID == "" || err == nil && l.AwaitsConsent()
}

// DraftsOfAgent are the agent's drafts that were not sent, or whose lead awaits its consent.
func (s *Store) DraftsOfAgent(_ context.Context, key string) ([]lead.Draft, error) {
	defer s.called("DraftsOfAgent")()
	if s.FailFind != nil {
		return nil, s.FailFind
	}
	var found []lead.Draft
	for handle := range s.Drafts {
		if d, err := s.Draft(handle); err == nil && d.Agent == key && s.isOpen(d) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b lead.Draft) int { return b.ExpiresAt.Compare(a.ExpiresAt) })
	return found, nil
}
