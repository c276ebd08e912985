package handlerstest

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"intake/internal/clock"
	"intake/internal/consent"
	"intake/internal/lead"
)

// Store keeps leads, drafts, pages and opt-outs in memory, with the promises of the real store that the
// pages rely on. The Fail fields make it fail.
type Store struct {
	mu    sync.Mutex
	clock *clock.Clock

	Leads   map[string]lead.Lead // by draft and request
	Records map[string]consent.Record
	Drafts  map[string]lead.Draft // by handle
	Pages   map[string]KeptPage   // by id
	OptOuts []lead.OptOut
	Calls   []string // of the interfaces, in their order

	Slow      time.Duration // of the readiness check, in a bubble
	Fail      error         // of every write
	FailPages error         // of keeping a page
	FailFind  error         // of finding a draft
	FailSave  error         // of saving a lead
	OnSave    func()        // when a lead is about to be saved

	FailConsent error       // of completing a consent
	OnConsent   func()      // when a consent is about to be completed
	OptsOut     bool        // the person has opted out since the lead was received
	Stale       *lead.Draft // what finding a draft returns, as a read beside a write does

	PrefillEnds map[string]time.Time // of the dialer's tokens that were used, by id
	FailUse     error                // of using one
}

// KeptPage is a page that was shown with a draft.
type KeptPage struct {
	Draft string
	consent.Page
}

func newStore(c *clock.Clock) *Store {
	return &Store{
		clock: c, Leads: map[string]lead.Lead{}, Records: map[string]consent.Record{},
		Drafts: map[string]lead.Draft{}, Pages: map[string]KeptPage{}, PrefillEnds: map[string]time.Time{},
	}
}

func (s *Store) called(name string) func() {
	s.mu.Lock()
	s.Calls = append(s.Calls, name)
	return s.mu.Unlock
}

// Save saves a lead.
func (s *Store) Save(_ context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error) {
	if s.OnSave != nil {
		s.OnSave()
	}
	defer s.called("Save")()
	if err := errors.Join(s.Fail, s.FailSave); err != nil {
		return lead.Receipt{}, err
	}
	key := requestKey(l.Draft.Reveal(), l.Request)
	if first, again := s.Leads[key]; again {
		receipt := lead.Receipt{ID: first.ID, Handle: first.Handle.Reveal(), ReceivedAt: first.ReceivedAt, Again: true}
		if !sameAnswers(first.Applicant, l.Applicant) {
			return receipt, lead.ErrChanged
		}
		return receipt, nil
	}
	if record.PageID != "" && s.Pages[record.PageID].Draft != l.Draft.Reveal() {
		return lead.Receipt{}, lead.ErrNoPage
	}
	l.Handle = lead.Keep(handleOf(l.ID))
	if d, ok := s.Drafts[l.Draft.Reveal()]; ok {
		d.Sent, d.SSN, d.SSNUntil = lead.Receipt{ID: l.ID, Handle: l.Handle.Reveal(), ReceivedAt: l.ReceivedAt}, lead.Private[string]{}, time.Time{}
		d.Changed = d.Version > l.DraftVersion
		s.Drafts[l.Draft.Reveal()] = d
	}
	s.Leads[key], s.Records[key] = l, record
	return lead.Receipt{ID: l.ID, Handle: l.Handle.Reveal(), ReceivedAt: l.ReceivedAt}, nil
}

func requestKey(draft string, request int) string { return draft + "." + strconv.Itoa(request) }

// handleOf is a handle that does not show the id.
func handleOf(id lead.PartnerID) string {
	letters := []byte(id)
	slices.Reverse(letters)
	return "H" + string(letters)
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

// FindByHandle finds a lead.
func (s *Store) FindByHandle(_ context.Context, handle string) (lead.Lead, error) {
	defer s.called("FindByHandle")()
	for _, l := range s.Leads {
		if l.Handle.Reveal() == handle {
			l.Applicant = lead.Applicant{} // as the real store, which unseals no answer for a status page
			return l, nil
		}
	}
	return lead.Lead{}, lead.ErrNotFound
}

// Consent finds the record of a lead.
func (s *Store) Consent(_ context.Context, id lead.PartnerID) (consent.Record, error) {
	defer s.called("Consent")()
	for key, l := range s.Leads {
		if l.ID == id {
			return s.Records[key], nil
		}
	}
	return consent.Record{}, lead.ErrNotFound
}

// Ready fails when every write does.
func (s *Store) Ready(context.Context) error {
	time.Sleep(s.Slow)
	defer s.called("Ready")()
	return s.Fail
}

// StartDraft saves a new draft.
func (s *Store) StartDraft(_ context.Context, d lead.Draft) error {
	defer s.called("StartDraft")()
	if _, twice := s.Drafts[d.Handle.Reveal()]; twice || d.Handle.Reveal() == "" || d.Request < 1 {
		return errors.New("a draft needs a handle of its own and the number of its request")
	}
	if s.Fail != nil {
		return s.Fail
	}
	d.StartedAt = s.clock.Now()
	s.Drafts[d.Handle.Reveal()] = s.withDates(d, lead.Draft{})
	return nil
}

// FindDraft finds a draft.
func (s *Store) FindDraft(ctx context.Context, handle string) (lead.Draft, error) {
	if ctx.Err() != nil {
		return lead.Draft{}, ctx.Err()
	}
	defer s.called("FindDraft")()
	switch {
	case s.FailFind != nil:
		return lead.Draft{}, s.FailFind
	case s.Stale != nil:
		return *s.Stale, nil
	}
	return s.Draft(handle)
}

// Draft is the draft as it is stored, or lead.ErrNotFound.
func (s *Store) Draft(handle string) (lead.Draft, error) {
	d, ok := s.Drafts[handle]
	if !ok || !s.clock.Now().Before(d.ExpiresAt) {
		return lead.Draft{}, lead.ErrNotFound
	}
	if !s.clock.Now().Before(d.SSNUntil) {
		d.SSN, d.SSNUntil = lead.Private[string]{}, time.Time{}
	}
	return d, nil
}

// ChangeDraft calls change twice, as the store may do.
func (s *Store) ChangeDraft(_ context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error) {
	defer s.called("ChangeDraft")()
	d, err := s.Draft(handle)
	if err != nil {
		return lead.Draft{}, err
	}
	if s.Fail != nil {
		return lead.Draft{}, s.Fail
	}
	first, next := d, d
	change(&first)
	change(&next)
	s.Drafts[handle] = s.withDates(next, d)
	return s.Drafts[handle], nil
}

func (s *Store) withDates(d, before lead.Draft) lead.Draft {
	d.ExpiresAt = s.clock.Now().Add(lead.DraftKept)
	if d.SSN.Given() && !d.SSN.Equal(before.SSN) {
		d.SSNUntil = s.clock.Now().Add(lead.DraftSSNKept)
	}
	if !d.ReturnUntil.Equal(before.ReturnUntil) {
		d.Return = lead.Keep(rand.Text())
	}
	d.Version, d.Sent = before.Version, before.Sent
	if !d.Typed.Equal(before.Typed) || d.SSN.Given() && !d.SSN.Equal(before.SSN) {
		d.Version++
	}
	d.Changed = before.Changed || before.Sent.Handle != "" && (d.Version > before.Version || d.Request > before.Request)
	return d
}

// FindByReturn finds the draft of a return link.
func (s *Store) FindByReturn(_ context.Context, token string) (lead.Draft, error) {
	defer s.called("FindByReturn")()
	d, err := s.byReturn(token)
	d.Handle = lead.Private[string]{}
	return d, err
}

func (s *Store) byReturn(token string) (lead.Draft, error) {
	if s.FailFind != nil {
		return lead.Draft{}, s.FailFind
	}
	for handle := range s.Drafts {
		d, err := s.Draft(handle)
		if err == nil && d.Return.Given() && d.Return.Reveal() == token && s.clock.Now().Before(d.ReturnUntil) {
			d.SSN, d.SSNUntil = lead.Private[string]{}, time.Time{}
			return d, nil
		}
	}
	return lead.Draft{}, lead.ErrNotFound
}

// MoveDraft gives the draft of a return link another handle.
func (s *Store) MoveDraft(_ context.Context, token, handle string) (lead.Draft, error) {
	defer s.called("MoveDraft")()
	d, err := s.byReturn(token)
	if err == nil {
		err = s.Fail
	}
	if err != nil || d.Sent.Handle != "" {
		return d, err
	}
	delete(s.Drafts, d.Handle.Reveal())
	d.Handle, d.ExpiresAt = lead.Keep(handle), s.clock.Now().Add(lead.DraftKept)
	s.Drafts[handle] = d
	return d, nil
}

// DropDraft erases a draft.
func (s *Store) DropDraft(_ context.Context, handle string) error {
	defer s.called("DropDraft")()
	if s.Fail != nil {
		return s.Fail
	}
	delete(s.Drafts, handle)
	return nil
}

var pageIDPattern = regexp.MustCompile(`^[0-9A-Za-z]{16,64}$`)

// KeepPage keeps a page.
func (s *Store) KeepPage(_ context.Context, draft string, p consent.Page) error {
	defer s.called("KeepPage")()
	if _, twice := s.Pages[p.ID]; twice || !pageIDPattern.MatchString(p.ID) {
		return errors.New("a page needs an id of its own")
	}
	if s.Fail != nil || s.FailPages != nil {
		return errors.Join(s.Fail, s.FailPages)
	}
	if _, err := s.Draft(draft); err != nil {
		return err
	}
	s.Pages[p.ID] = KeptPage{draft, p}
	return nil
}

// OptOut notes an opt-out.
func (s *Store) OptOut(_ context.Context, o lead.OptOut) ([]lead.PartnerID, error) {
	defer s.called("OptOut")()
	if s.Fail != nil {
		return nil, s.Fail
	}
	if o.Phone.Given() == o.Email.Given() {
		return nil, errors.New("either a phone or an address")
	}
	s.OptOuts = append(s.OptOuts, o)
	return nil, nil
}

// ChangeLeads puts every stored lead into another state.
func (s *Store) ChangeLeads(change func(*lead.Lead)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, l := range s.Leads {
		change(&l)
		s.Leads[key] = l
	}
}

// ChangeRecords changes every stored consent record.
func (s *Store) ChangeRecords(change func(*consent.Record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, r := range s.Records {
		r.Acts = slices.Clone(r.Acts)
		change(&r)
		s.Records[key] = r
	}
}

// OnlyLead is the one lead that is stored, and its record.
func (s *Store) OnlyLead(t *testing.T) (lead.Lead, consent.Record) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.Leads) != 1 {
		t.Fatalf("there are %d leads, want one", len(s.Leads))
	}
	for key, l := range s.Leads {
		return l, s.Records[key]
	}
	return lead.Lead{}, consent.Record{}
}

// LeadOf is the lead of the draft's first request; the zero lead when there is none.
func (s *Store) LeadOf(draft string) lead.Lead {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Leads[requestKey(draft, 1)]
}

// put stores a draft as it is.
func (s *Store) put(d lead.Draft) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Drafts[d.Handle.Reveal()] = d
}
