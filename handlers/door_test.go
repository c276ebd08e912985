package handlers

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/views"
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
	if first, again := s.leads[l.SubmissionKey]; again {
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
	s.leads[l.SubmissionKey], s.records[l.SubmissionKey] = l, record
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
	if _, twice := s.drafts[d.Handle.Reveal()]; twice || d.Handle.Reveal() == "" || d.Ticket == "" {
		return errors.New("a draft needs a handle of its own and a ticket")
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

// door is the whole router over a shelf.
type door struct {
	*Handlers
	routes http.Handler
	shelf  *shelf
	log    *bytes.Buffer
	meter  *meter
}

// meter counts for tests.
type meter struct{ blocked []string }

func (*meter) Answered(string, int)       {}
func (*meter) Stored(lead.Status)         {}
func (m *meter) Blocked(directive string) { m.blocked = append(m.blocked, directive) }

func openDoor(t *testing.T, change ...func(*Config)) door {
	t.Helper()
	texts, err := consent.Load(consent.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	public, err := url.Parse("http://localhost:8080")
	if err != nil {
		t.Fatal(err)
	}
	d := door{log: &bytes.Buffer{}, meter: &meter{}}
	cfg := Config{
		Meter: d.meter, Texts: texts, PublicURL: public, Version: "test",
		LimitsOff: true, BotChecksOff: true, FormSecret: []byte("of every process"),
		Site: views.Site{Brand: "Brand", Seller: "Seller LLC", Phone: "(512) 555-0100", Environment: "simulator"},
		Log:  slog.New(slog.NewJSONHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: timeless})),
		Now:  func() time.Time { return noon },
	}
	for _, f := range change {
		f(&cfg)
	}
	d.shelf = newShelf(cfg.Now)
	cfg.Leads, cfg.Drafts, cfg.OptOuts = d.shelf, d.shelf, d.shelf
	d.Handlers = New(cfg)
	if d.routes, err = d.Routes(); err != nil {
		t.Fatal(err)
	}
	return d
}

var noon = time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC)

// ticking is a door with a clock that the test moves.
func ticking(t *testing.T, change ...func(*Config)) (door, *time.Time) {
	now := noon
	return openDoor(t, append(change, func(c *Config) { c.Now = func() time.Time { return now } })...), &now
}

func (d door) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.routes.ServeHTTP(w, r)
	return w
}

func (d door) get(path string) *httptest.ResponseRecorder {
	return d.do(request(http.MethodGet, path, ""))
}

// request is one of our own pages' requests.
func request(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, "http://localhost:8080"+path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

const aKey = "2A3B4C5D6ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// filled is everything that a person says from the first page to the last; a test changes one thing.
func filled(changes ...string) url.Values {
	form := url.Values{
		"submissionKey": {aKey},
		"firstName":     {"Maria"}, "lastName": {"O'Brien"},
		"dateOfBirth-month": {"3"}, "dateOfBirth-day": {"14"}, "dateOfBirth-year": {"1979"},
		"email": {"maria@example.com"}, "homePhone": {"(512) 555-0148"},
		"address1": {"4120 Bluebonnet Ln"}, "city": {"Austin"}, "state": {"TX"}, "zipCode": {"78745"},
		"consentCredit": {"yes"}, "consentTerms": {"yes"},
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return form
}

// onLastPage are the inputs of the check page; all others are those of the steps.
var onLastPage = []string{"submissionKey", "page", "website", "viewport", "consentCredit", "consentTerms", "consentMarketing", "xxTrustedFormCertUrl"}

// finishing is the last POST of somebody who has done all steps with the form's answers and has seen
// the check page.
func (d door) finishing(form url.Values) *http.Request {
	draft := lead.Draft{Handle: lead.Keep(lead.NewHandle()), Ticket: form.Get("submissionKey"), ExpiresAt: d.Now().Add(time.Hour)}
	last := url.Values{}
	amend(&draft, func(a answers) {
		for step := views.StepDebt; step < checkStep; step++ {
			a.pass(step)
		}
		for box := range form {
			switch {
			case slices.Contains(onLastPage, box):
				last[box] = form[box]
			case box == ssnBox:
				draft.SSN, draft.SSNUntil = lead.Keep(form.Get(box)), draft.ExpiresAt
			default:
				a[box] = form.Get(box)
			}
		}
	})
	page := rand.Text()
	d.shelf.mu.Lock()
	d.shelf.drafts[draft.Handle.Reveal()] = draft
	d.shelf.pages[page] = keptPage{draft: draft.Handle.Reveal()}
	d.shelf.mu.Unlock()
	last.Set("page", d.proveShown(page, "en", draft))
	r := request(http.MethodPost, "/apply/check", last.Encode())
	r.AddCookie(&http.Cookie{Name: draftCookie, Value: draft.Handle.Reveal()})
	return r
}

func (d door) post(form url.Values) *httptest.ResponseRecorder { return d.do(d.finishing(form)) }

// visitor is a browser that keeps cookies.
type visitor struct {
	t       *testing.T
	d       door
	cookies map[string]string
	header  http.Header
	place   string // of the last page, where its forms lead and its language is seen
	page    *httptest.ResponseRecorder
}

func (d door) visit(t *testing.T) *visitor {
	return &visitor{t: t, d: d, cookies: map[string]string{}, header: http.Header{}}
}

// again is another tab of the same browser.
func (v *visitor) again() *visitor {
	tab := *v
	return &tab
}

func (v *visitor) exchange(r *http.Request) *httptest.ResponseRecorder {
	v.t.Helper()
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for name, values := range v.header {
		r.Header[name] = values
	}
	got := v.d.do(r)
	for _, cookie := range got.Result().Cookies() {
		if !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" || cookie.SameSite != http.SameSiteLaxMode {
			v.t.Errorf("the cookie %v is not one that only our own pages get", cookie)
		}
		v.cookies[cookie.Name] = cookie.Value
	}
	return got
}

// open shows the page under the path, wherever it leads.
func (v *visitor) open(path string) *visitor {
	v.t.Helper()
	for range 5 {
		v.place, _, _ = strings.Cut(path, "?")
		if v.page = v.exchange(request(http.MethodGet, path, "")); v.page.Code != http.StatusSeeOther {
			return v
		}
		path = v.page.Header().Get("Location")
	}
	v.t.Fatalf("%s leads round in circles", path)
	return v
}

// form is the hidden inputs of the page, with the pairs of input and text.
func (v *visitor) form(pairs ...string) url.Values {
	values := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(v.page.Body.String(), -1) {
		values.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)"(?: value="([^"]*)")?`)

// press sends the page's form without following where it leads.
func (v *visitor) press(pairs ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	path := v.place
	if path == "/" || path == "/es/" {
		path += "apply/debt"
	}
	return v.exchange(request(http.MethodPost, path, v.form(pairs...).Encode()))
}

// send sends the page's form and goes on to where it leads.
func (v *visitor) send(pairs ...string) *visitor {
	v.t.Helper()
	got := v.press(pairs...)
	if got.Code == http.StatusSeeOther {
		return v.open(got.Header().Get("Location"))
	}
	v.page = got
	return v
}

// at wants the visitor to be on the page with the status.
func (v *visitor) at(path string, status int) *visitor {
	v.t.Helper()
	if v.place != path || v.page.Code != status {
		v.t.Fatalf("the visitor is on %s with %d, want %s with %d:\n%s", v.place, v.page.Code, path, status, v.d.log)
	}
	return v
}

func (v *visitor) sees(words ...string) *visitor {
	v.t.Helper()
	for _, w := range words {
		if !strings.Contains(v.page.Body.String(), w) {
			v.t.Errorf("%s does not say %q", v.place, w)
		}
	}
	return v
}

func (v *visitor) seesNot(words ...string) *visitor {
	v.t.Helper()
	for _, w := range words {
		if strings.Contains(v.page.Body.String(), w) {
			v.t.Errorf("%s says %q", v.place, w)
		}
	}
	return v
}

// value is what stands in a box, escaped as in the page.
func (v *visitor) value(box, want string) *visitor {
	v.t.Helper()
	tag := regexp.MustCompile(`<input[^>]* name="` + regexp.QuoteMeta(box) + `"[^>]*>`).FindString(v.page.Body.String())
	if tag == "" {
		v.t.Fatalf("%s has no box %s", v.place, box)
	}
	got := ""
	if m := regexp.MustCompile(` value="([^"]*)"`).FindStringSubmatch(tag); m != nil {
		got = html.UnescapeString(m[1])
	}
	if got != want {
		v.t.Errorf("in %s stands %q, want %q", box, got, want)
	}
	return v
}

// draft is the visitor's draft as the store has it.
func (v *visitor) draft() lead.Draft {
	v.t.Helper()
	d, err := v.d.shelf.draft(v.cookies[draftCookie])
	if err != nil {
		v.t.Fatalf("the visitor has no draft: %v", err)
	}
	return d
}

// Answers to the steps.
var (
	aboutMaria = []string{
		"firstName", "Maria", "lastName", "O'Brien", "dateOfBirth-month", "marzo", "dateOfBirth-day", "14", "dateOfBirth-year", "1979",
		"email", "maria@example.com", "homePhone", "(512) 555-0148", "cellPhone", "",
	}
	homeOfMaria = []string{"zipCode", "78745", "address1", "4120 Bluebonnet Ln", "address2", "", "city", "Austin", "state", "TX"}
	noIncome    = []string{"skip", "yes"}
	agreed      = []string{"consentCredit", "yes", "consentTerms", "yes"}
)

// upTo fills in the steps before the path.
func (v *visitor) upTo(path string) *visitor {
	v.t.Helper()
	prefix := ""
	if strings.HasPrefix(path, "/es/") {
		prefix = "/es"
	}
	v.open(prefix + "/")
	for _, answers := range [][]string{{"estimatedDebt", "15,000"}, aboutMaria, homeOfMaria, noIncome} {
		if v.place == path {
			return v
		}
		v.send(answers...)
	}
	return v.at(path, http.StatusOK)
}

func with(pairs []string, changes ...string) []string { return append(slices.Clone(pairs), changes...) }

// timeless keeps the digits of the real time out of the log, where a test looks for those of a person.
func timeless(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Time(slog.TimeKey, noon)
	}
	return a
}
