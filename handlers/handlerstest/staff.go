package handlerstest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/desk"
	"intake/handlers/handoff/handofftest"
	"intake/handlers/leads"
	"intake/handlers/web"
	"intake/internal/coach"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/live"
	"intake/internal/staff"
)

// People who are signed in.
var (
	Ann    = staff.Person{Key: "https://login.example ann", Name: "Ann Agent", Roles: []staff.Role{staff.Agent}}
	Bob    = staff.Person{Key: "https://login.example bob", Name: "Bob Agent", Roles: []staff.Role{staff.Agent}}
	Sue    = staff.Person{Key: "https://login.example sue", Name: "Sue Supervisor", Roles: []staff.Role{staff.Supervisor}}
	Quinn  = staff.Person{Key: "https://login.example quinn", Name: "Quinn Tester", Roles: []staff.Role{staff.QA}}
	Nobody = staff.Person{Key: "https://login.example nobody", Name: "No Role"}
)

// StaffStore keeps leads as staff see them in memory, with the promises of the real store. It also tells of changes.
type StaffStore struct {
	Leads   map[lead.PartnerID]lead.Lead
	Records map[lead.PartnerID]consent.Record
	History map[lead.PartnerID][]leads.Event
	Given   []lead.Disposition
	Asked   []lead.PartnerID // by LookNow
	Looked  []string         // who looked at what, and who searched by what
	Queries []leads.Query
	Rows    []lead.TeamRow
	Since   time.Time // what Team was asked for
	HandOff *handofftest.HandOffs
	Fail    error // of everything

	changes  chan struct{}
	changing sync.Mutex // guards changed
	changed  []lead.PartnerID
}

// Staff is the pages of the staff over a store in memory, whose live hub is not running. There is no sign-in.
func Staff(t testing.TB, change ...func(*leads.Config)) (App, *StaffStore) {
	t.Helper()
	signedIn := func(c *leads.Config) { c.Allowed = func(*http.Request) bool { return true } }
	s, with := withStaffLeads(t, append([]func(*leads.Config){signedIn}, change...)...)
	return New(t, with), s
}

// StaffSite is all that staff use, for whoever signs in: the sign-in, the desk with a box for the Social Security number, and
// the leads.
func StaffSite(t testing.TB, change ...func(*handlers.Config)) (App, *StaffStore) {
	t.Helper()
	s, with := withStaffLeads(t)
	all := []func(*handlers.Config){WithDesk(desk.Options{RecordedCall: true, SSN: true}), WithSignIn(t), with}
	return New(t, append(all, change...)...), s
}

// SignedIn is a person of the development provider as the pages know them.
func SignedIn(id, name string, roles ...staff.Role) staff.Person {
	return staff.Person{Key: "http://localhost:8080/dev-sign-in " + id, Name: name, Roles: roles}
}

func withStaffLeads(t testing.TB, change ...func(*leads.Config)) (*StaffStore, func(*handlers.Config)) {
	t.Helper()
	table, err := coach.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	s := &StaffStore{
		Leads: map[lead.PartnerID]lead.Lead{}, Records: map[lead.PartnerID]consent.Record{}, History: map[lead.PartnerID][]leads.Event{},
		changes: make(chan struct{}, 1),
	}
	s.HandOff = &handofftest.HandOffs{Pages: map[string]consent.Page{}, Leads: func(id lead.PartnerID) (lead.Lead, error) {
		l, ok := s.Leads[id]
		if !ok {
			return l, lead.ErrNotFound
		}
		return l, nil
	}}
	cfg := leads.Config{Leads: s, Calls: s, Finder: s, HandOffs: s.HandOff, Live: live.New(s, slog.New(slog.DiscardHandler)), Coach: table}
	for _, f := range change {
		f(&cfg)
	}
	return s, func(c *handlers.Config) {
		c.StaffLeads, c.HandOffs = &cfg, s.HandOff
		s.HandOff.Now = c.Clock.Now
	}
}

// As answers a request of a person who is signed in.
func (a App) As(p staff.Person, r *http.Request) *httptest.ResponseRecorder {
	return a.Do(web.WithPerson(r, p))
}

// GetAs asks for a page.
func (a App) GetAs(p staff.Person, path string) *httptest.ResponseRecorder {
	return a.As(p, Request(http.MethodGet, path, ""))
}

// PostAs sends a form.
func (a App) PostAs(p staff.Person, path string, form url.Values) *httptest.ResponseRecorder {
	return a.As(p, Request(http.MethodPost, path, form.Encode()))
}

// Fragment is the request as htmx makes it.
func Fragment(r *http.Request) *http.Request {
	r.Header.Set("HX-Request", "true")
	return r
}

// IDOf is the id of the n-th lead of a test.
func IDOf(n int) lead.PartnerID {
	return lead.PartnerID(fmt.Sprintf("2A3B4C5D%d", n%8+2) + []string{"K7PM3XRT", "Q4WC9DHF", "T2VX8JRP"}[n%3] + "ABCDEFGH")
}

// Put stores a lead that the person has typed a minute ago, as changed.
func (s *StaffStore) Put(n int, typed staff.Person, change func(*lead.Lead)) lead.Lead {
	l := lead.Lead{
		ID: IDOf(n), Language: "en", Agent: lead.Agent{Key: typed.Key, Name: typed.Name}, Status: lead.Received,
		ReceivedAt: Noon.Add(-time.Minute), ChangedAt: Noon.Add(-time.Minute), Permission: lead.Permission{Terms: true, CreditCheck: true},
	}
	for _, a := range l.Applicant.Answers() {
		text := map[string]string{
			"firstName": "Maria", "lastName": "Gonzalez", "dateOfBirth": "1979-03-14", "email": "maria.gonzalez79@example.com", "homePhone": "5125550148",
			"address1": "4120 Bluebonnet Ln", "city": "Austin", "state": "TX", "zipCode": "78745", "estimatedDebt": "15000", "socialSecurityNumber": "219099999",
		}[a.Name]
		if text != "" && a.Set(text) != nil {
			panic("handlerstest: the made-up answers are not of their form")
		}
	}
	if change != nil {
		change(&l)
	}
	s.Leads[l.ID] = l
	return l
}

// Facts returns a lead without its answers.
func (s *StaffStore) Facts(_ context.Context, id lead.PartnerID) (lead.Lead, error) {
	l, ok := s.Leads[id]
	if !ok {
		return lead.Lead{}, lead.ErrNotFound
	}
	l.Applicant = lead.Applicant{}
	return l, s.Fail
}

// Open returns everything about a lead.
func (s *StaffStore) Open(_ context.Context, id lead.PartnerID, by leads.Reader) (leads.Case, error) {
	l, ok := s.Leads[id]
	if !ok || s.Fail != nil {
		return leads.Case{}, lead.ErrNotFound
	}
	s.Looked = append(s.Looked, by.Name+" at "+string(id))
	return leads.Case{
		Lead: l, History: s.History[id], Consent: s.Records[id],
		Acts: []leads.Act{{At: Noon.Add(-30 * time.Second), Who: "Sue Supervisor", Action: "view lead"}},
		Due:  leads.Due{SSN: Noon.Add(3 * time.Hour), Answers: Noon.Add(29 * 24 * time.Hour), Evidence: Noon.AddDate(5, 0, 0)},
	}, nil
}

// LatestOfAgent lists the leads of an agent.
func (s *StaffStore) LatestOfAgent(_ context.Context, key string, n int) ([]lead.Summary, error) {
	return s.summaries(n, func(l lead.Lead) bool { return l.Agent.Key == key }), s.Fail
}

func (s *StaffStore) summaries(n int, wanted func(lead.Lead) bool) (list []lead.Summary) {
	for _, l := range s.Leads {
		if wanted(l) {
			list = append(list, s.summaryOf(l))
		}
	}
	slices.SortFunc(list, func(a, b lead.Summary) int { return b.ReceivedAt.Compare(a.ReceivedAt) })
	return list[:min(n, len(list))]
}

// summaryOf has the last disposition too.
func (s *StaffStore) summaryOf(l lead.Lead) lead.Summary {
	summary := l.Summary()
	for _, d := range s.Given {
		if d.Lead == l.ID {
			summary.Disposition = d.Kind
		}
	}
	return summary
}

// LookNow notes that it was asked for.
func (s *StaffStore) LookNow(_ context.Context, id lead.PartnerID, _ lead.Agent) error {
	l := s.Leads[id]
	switch {
	case s.Fail != nil:
		return s.Fail
	case !l.LeaseUntil.IsZero():
		return lead.ErrCalling
	case !l.MayLook():
		return lead.ErrNoLook
	}
	s.Asked = append(s.Asked, id)
	return nil
}

// Dispose stores a disposition.
func (s *StaffStore) Dispose(_ context.Context, d lead.Disposition) error {
	if err := d.Check(); err != nil {
		return err
	}
	if !s.Leads[d.Lead].ErasedAt.IsZero() {
		return lead.ErrErased
	}
	if s.Fail == nil {
		s.Given = append(s.Given, d)
	}
	return s.Fail
}

// Dispositions lists those of a lead.
func (s *StaffStore) Dispositions(_ context.Context, id lead.PartnerID) (list []lead.Disposition, err error) {
	for _, d := range s.Given {
		if d.Lead == id {
			list = append(list, d)
		}
	}
	return list, s.Fail
}

// CallBacks lists the call backs, the first due first.
func (s *StaffStore) CallBacks(_ context.Context, key string, page lead.Page, by leads.Reader) (list []lead.CallBackDue, err error) {
	s.Looked = append(s.Looked, by.Name+" at the call backs")
	for _, d := range s.Given {
		due := lead.CallBackDue{Disposition: d, ZipCode: s.Leads[d.Lead].Applicant.ZipCode}
		if d.Kind == lead.CallBack && (key == "" || d.By.Key == key) && isBehind(due.Cursor(), page.After) {
			list = append(list, due)
		}
	}
	slices.SortFunc(list, func(a, b lead.CallBackDue) int {
		return cmp.Or(a.CallBackAt.Compare(b.CallBackAt), cmp.Compare(a.Lead, b.Lead))
	})
	return list[:min(page.Size, len(list))], s.Fail
}

func isBehind(c, after lead.Cursor) bool {
	return cmp.Or(c.At.Compare(after.At), cmp.Compare(c.ID, after.ID)) > 0
}

// Search finds leads by one of the answers.
func (s *StaffStore) Search(_ context.Context, q leads.Query, by leads.Reader) ([]lead.Summary, error) {
	s.Queries = append(s.Queries, q)
	s.Looked = append(s.Looked, by.Name+" by "+q.Kind())
	list := s.summaries(20, func(l lead.Lead) bool {
		return q.Reference != "" && l.ID.Reference() == q.Reference || q.Phone.Given() && l.Applicant.HomePhone.Equal(q.Phone) || q.Email.Given() && l.Applicant.Email.Equal(q.Email)
	})
	for i := range list {
		list[i].SamePhone, list[i].SameEmail = q.Phone.Given(), q.Email.Given()
	}
	return list, s.Fail
}

// Team returns the rows.
func (s *StaffStore) Team(_ context.Context, since time.Time) ([]lead.TeamRow, error) {
	s.Since = since
	return s.Rows, s.Fail
}

// Subscribe is the only subscription.
func (s *StaffStore) Subscribe(context.Context) (live.Subscription, error) { return s, nil }

// AgentOf is who typed a lead.
func (s *StaffStore) AgentOf(_ context.Context, id lead.PartnerID) (string, error) {
	return s.Leads[id].Agent.Key, nil
}

// Ready receives after Change.
func (s *StaffStore) Ready() <-chan struct{} { return s.changes }

// Take returns what was changed.
func (s *StaffStore) Take() live.News {
	s.changing.Lock()
	defer s.changing.Unlock()
	return live.News{Leads: s.changed}
}

// Close does nothing.
func (s *StaffStore) Close() {}

// Change tells that leads have changed.
func (s *StaffStore) Change(ids ...lead.PartnerID) {
	s.changing.Lock()
	s.changed = ids
	s.changing.Unlock()
	s.changes <- struct{}{}
}
