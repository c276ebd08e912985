package handlers

import (
	"context"
	"errors"
	"regexp"
	"sync"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
)

// shelf keeps leads, drafts, pages and opt-outs in memory, and what the store promises of them.
type shelf struct {
	mu      sync.Mutex
	now     func() time.Time
	leads   map[string]lead.Lead // by submission key
	records map[string]consent.Record
	drafts  map[string]lead.Draft // by handle
	pages   map[string]keptPage
	optOuts []lead.OptOut

	fail, failPages error    // of every write, of keeping a page
	calls           []string // of the interfaces of this package, in their order
}

type keptPage struct {
	draft string
	consent.Page
}

func newShelf(now func() time.Time) *shelf {
	return &shelf{
		now: now, leads: map[string]lead.Lead{}, records: map[string]consent.Record{},
		drafts: map[string]lead.Draft{}, pages: map[string]keptPage{},
	}
}

func (s *shelf) called(name string) func() {
	s.mu.Lock()
	s.calls = append(s.calls, name)
	return s.mu.Unlock
}

func (s *shelf) Save(_ context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error) {
	defer s.called("Save")()
	if s.fail != nil {
		return lead.Receipt{}, s.fail
	}
	if first, again := s.leads[l.SubmissionKey.Reveal()]; again {
		receipt := lead.Receipt{Handle: first.Handle.Reveal(), ReceivedAt: first.ReceivedAt}
		if !sameAnswers(first.Applicant, l.Applicant) {
			return receipt, lead.ErrChanged
		}
		return receipt, nil
	}
	receipt := lead.Receipt{Handle: l.Handle.Reveal(), ReceivedAt: l.ReceivedAt}
	if err := s.send(l.Draft.Reveal(), record.PageID, receipt); err != nil {
		return lead.Receipt{}, err
	}
	s.leads[l.SubmissionKey.Reveal()], s.records[l.SubmissionKey.Reveal()] = l, record
	return receipt, nil
}

// send marks a draft as sent, with the page that was shown with it.
func (s *shelf) send(draft, page string, receipt lead.Receipt) error {
	if page != "" && (draft == "" || s.pages[page].draft != draft) {
		return lead.ErrNoPage
	}
	if d, ok := s.drafts[draft]; ok {
		d.Sent, d.Changed, d.SSN, d.SSNUntil = receipt, false, lead.Private[string]{}, time.Time{}
		s.drafts[draft] = d
	}
	return nil
}

func sameAnswers(a, b lead.Applicant) bool {
	for i, answer := range a.Answers() {
		was, wasGiven := answer.Text()
		is, isGiven := b.Answers()[i].Text()
		if was != is || wasGiven != isGiven {
			return false
		}
	}
	return true
}

func (s *shelf) FindByHandle(_ context.Context, handle string) (lead.Lead, error) {
	defer s.called("FindByHandle")()
	for _, l := range s.leads {
		if l.Handle.Reveal() == handle {
			return l, nil
		}
	}
	return lead.Lead{}, lead.ErrNotFound
}

func (s *shelf) Ready(context.Context) error { return s.fail }

func (s *shelf) StartDraft(_ context.Context, d lead.Draft) error {
	defer s.called("StartDraft")()
	if _, twice := s.drafts[d.Handle.Reveal()]; twice || d.Handle.Reveal() == "" || d.Request < 1 {
		return errors.New("a draft needs a handle of its own and the number of its request")
	}
	if s.fail != nil {
		return s.fail
	}
	d.StartedAt = s.now()
	s.drafts[d.Handle.Reveal()] = s.settled(d, lead.Draft{})
	return nil
}

func (s *shelf) FindDraft(ctx context.Context, handle string) (lead.Draft, error) {
	if ctx.Err() != nil {
		return lead.Draft{}, ctx.Err()
	}
	defer s.called("FindDraft")()
	return s.draft(handle)
}

func (s *shelf) draft(handle string) (lead.Draft, error) {
	d, ok := s.drafts[handle]
	if !ok || !s.now().Before(d.ExpiresAt) {
		return lead.Draft{}, lead.ErrNotFound
	}
	if !s.now().Before(d.SSNUntil) {
		d.SSN, d.SSNUntil = lead.Private[string]{}, time.Time{}
	}
	return d, nil
}

// ChangeDraft calls change twice, as the store may do.
func (s *shelf) ChangeDraft(_ context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error) {
	defer s.called("ChangeDraft")()
	d, err := s.draft(handle)
	if err != nil {
		return lead.Draft{}, err
	}
	if s.fail != nil {
		return lead.Draft{}, s.fail
	}
	inVain, next := d, d
	change(&inVain)
	change(&next)
	s.drafts[handle] = s.settled(next, d)
	return s.drafts[handle], nil
}

func (s *shelf) settled(d, before lead.Draft) lead.Draft {
	d.ExpiresAt = s.now().Add(lead.DraftKept)
	if d.SSN.Given() && !d.SSN.Equal(before.SSN) {
		d.SSNUntil = s.now().Add(lead.DraftSSNKept)
	}
	if before.Sent.Handle != "" && (!d.Typed.Equal(before.Typed) || d.SSN.Given() && !d.SSN.Equal(before.SSN)) {
		d.Changed = true
	}
	return d
}

var pageIDForm = regexp.MustCompile(`^[0-9A-Za-z]{16,64}$`)

func (s *shelf) KeepPage(_ context.Context, draft string, p consent.Page) error {
	defer s.called("KeepPage")()
	if _, twice := s.pages[p.ID]; twice || !pageIDForm.MatchString(p.ID) {
		return errors.New("a page needs an id of its own")
	}
	if s.fail != nil || s.failPages != nil {
		return errors.Join(s.fail, s.failPages)
	}
	if _, err := s.draft(draft); err != nil {
		return err
	}
	s.pages[p.ID] = keptPage{draft, p}
	return nil
}

func (s *shelf) OptOut(_ context.Context, o lead.OptOut) ([]lead.PartnerID, error) {
	defer s.called("OptOut")()
	if s.fail != nil {
		return nil, s.fail
	}
	if o.Phone.Given() == o.Email.Given() {
		return nil, errors.New("either a phone or an address")
	}
	s.optOuts = append(s.optOuts, o)
	return nil, nil
}

// change puts every stored lead into another state.
func (s *shelf) change(f func(*lead.Lead)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, l := range s.leads {
		f(&l)
		s.leads[key] = l
	}
}

func (s *shelf) only(t *testing.T) (lead.Lead, consent.Record) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.leads) != 1 {
		t.Fatalf("there are %d leads, want one", len(s.leads))
	}
	for key, l := range s.leads {
		return l, s.records[key]
	}
	return lead.Lead{}, consent.Record{}
}
