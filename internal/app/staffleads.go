package app

import (
	"context"
	"slices"
	"time"

	"intake/handlers/leads"
	"intake/internal/audit"
	"intake/internal/coach"
	"intake/internal/lead"
	"intake/internal/links"
	"intake/internal/live"
	"intake/internal/store"
	"intake/internal/store/erasure"
	"intake/internal/store/feed"
)

// newStaffLeads is the settings of the pages on which staff follow leads, with the words of the result coach checked. The hub
// must be run.
func newStaffLeads(s staffLeads, handOffs links.Links, hub *live.Hub) (*leads.Config, error) {
	words, err := coach.BuiltIn()
	if err != nil {
		return nil, err
	}
	return &leads.Config{Leads: s, Calls: s, Finder: s, HandOffs: handOffs, SendsLinks: handOffs.AreSent(), Live: hub, Coach: words}, nil
}

// staffLeads is the store as the staff's pages need it.
type staffLeads struct {
	*store.Store
	keep erasure.Retention
	wake func() // the courier
}

// Open reads everything about a lead and writes down who looked.
func (s staffLeads) Open(ctx context.Context, id lead.PartnerID, by leads.Reader) (leads.Case, error) {
	return store.Looked(ctx, s.Store, func(ctx context.Context) (leads.Case, audit.Entry, error) {
		c, err := s.read(ctx, id)
		entry := audit.Entry{Who: by.Name, Action: "view lead", Lead: string(id), RequestID: by.RequestID}
		for _, answer := range c.Lead.Applicant.Answers() {
			if _, given := answer.Text(); given {
				entry.Fields = append(entry.Fields, answer.Name)
			}
		}
		return c, entry, err
	})
}

func (s staffLeads) read(ctx context.Context, id lead.PartnerID) (c leads.Case, err error) {
	if c.Lead, err = s.Store.Find(ctx, id); err != nil {
		return c, err
	}
	if c.Consent, err = s.Store.Consent(ctx, id); err != nil {
		return c, err
	}
	history, err := s.Store.History(ctx, id)
	if err != nil {
		return c, err
	}
	for _, e := range history {
		c.History = append(c.History, leads.Event{
			At: e.At, Event: e.Event, Attempt: e.Attempt, Late: e.Late, Reason: e.Reason, By: e.By,
			AlleviateID: e.AlleviateID, ResultCode: e.ResultCode, Bid: e.Bid, SubmitStatus: e.SubmitStatus, CRM: e.CRM,
		})
	}
	acts, err := s.Store.AuditLog().Of(ctx, string(id))
	if err != nil {
		return c, err
	}
	for _, a := range acts {
		c.Acts = append(c.Acts, leads.Act{At: a.At, Who: a.Who, Action: a.Action, Reason: a.Reason})
	}
	c.Due = s.due(c)
	return c, nil
}

// due is when what is there is erased.
func (s staffLeads) due(c leads.Case) leads.Due {
	var due leads.Due
	ssn, answers, evidence := s.keep.Due(c.Lead)
	if c.Lead.Applicant.SocialSecurityNumber.Given() {
		due.SSN = ssn
	}
	if c.Lead.ErasedAt.IsZero() {
		due.Answers = answers
	}
	if c.Consent.PersonName.Given() {
		due.Evidence = evidence
	}
	return due
}

// LookNow has the status of a lead read at once, by this process when it can.
func (s staffLeads) LookNow(ctx context.Context, id lead.PartnerID, by lead.Agent) error {
	err := s.Store.LookNow(ctx, id, by)
	if err == nil {
		s.wake()
	}
	return err
}

// CallBacks lists call backs and writes down who looked. The ZIP codes are opened, which say what time it is where the callers are.
func (s staffLeads) CallBacks(ctx context.Context, key string, page lead.Page, by leads.Reader) ([]lead.CallBackDue, error) {
	return store.Looked(ctx, s.Store, func(ctx context.Context) ([]lead.CallBackDue, audit.Entry, error) {
		list, err := s.Store.CallBacks(ctx, key, page)
		return list, audit.Entry{Who: by.Name, Action: "list call backs", Fields: []string{"zipCode"}, RequestID: by.RequestID}, err
	})
}

// found is how many leads a search returns.
const found = 20

// Search finds leads and writes down who searched by what kind of thing, never what it was.
func (s staffLeads) Search(ctx context.Context, q leads.Query, by leads.Reader) ([]lead.Summary, error) {
	return store.Looked(ctx, s.Store, func(ctx context.Context) ([]lead.Summary, audit.Entry, error) {
		list, err := s.search(ctx, q)
		return list, audit.Entry{Who: by.Name, Action: "search by " + q.Kind(), RequestID: by.RequestID}, err
	})
}

func (s staffLeads) search(ctx context.Context, q leads.Query) ([]lead.Summary, error) {
	if q.Reference == "" {
		var phones []string
		if q.Phone.Given() {
			phones = append(phones, q.Phone.Reveal())
		}
		return s.LeadsLike(ctx, phones, q.Email.Reveal(), time.UnixMilli(0))
	}
	list, err := s.Store.ByReference(ctx, q.Reference)
	slices.Reverse(list) // newest first
	return list[:min(found, len(list))], err
}

// changedLeads is the change feed of the store for open pages.
type changedLeads struct{ store *store.Store }

// Subscribe tells of all changes from now on.
func (c changedLeads) Subscribe(ctx context.Context) (live.Subscription, error) {
	subscription, err := c.store.Subscribe(ctx)
	if err != nil {
		return nil, err
	}
	return leadIDs{subscription}, nil
}

// AgentOf is the key of the agent who typed a lead.
func (c changedLeads) AgentOf(ctx context.Context, id lead.PartnerID) (string, error) {
	l, err := c.store.Facts(ctx, id)
	return l.Agent.Key, err
}

// leadIDs tells which leads have changed. An error of the feed is not passed on: it tells the changes later.
type leadIDs struct{ *feed.Subscription }

// Take returns each lead that has changed since the last call once.
func (l leadIDs) Take() live.News {
	news := l.Subscription.Take()
	told := live.News{Missed: news.Missed}
	seen := map[lead.PartnerID]bool{}
	for _, change := range news.Changes {
		if !seen[change.Lead] {
			seen[change.Lead] = true
			told.Leads = append(told.Leads, change.Lead)
		}
	}
	return told
}
