// Package handlerstest drives the pages as browsers do: all routes with all middleware, over a store in memory.
package handlerstest

import (
	"bytes"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/handoff/handofftest"
	"intake/internal/clock"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/views/apply"
	"intake/views/frame"
)

// App is all pages over a store in memory.
type App struct {
	*handlers.Handlers
	Texts  consent.Texts
	Routes http.Handler
	Store  *Store
	Logged *bytes.Buffer
	Meter  *Meter
}

// Meter counts for tests.
type Meter struct{ Directives, Links []string }

// Answered counts nothing.
func (*Meter) Answered(string, int) {}

// Stored counts nothing.
func (*Meter) Stored(lead.Status) {}

// Linked notes what happened to a link.
func (m *Meter) Linked(event string) { m.Links = append(m.Links, event) }

// Blocked notes the directive.
func (m *Meter) Blocked(directive string) { m.Directives = append(m.Directives, directive) }

// Noon is the time at which the clock of a test stands.
var Noon = time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC)

// Zone is that of the times on staff pages: Noon is 8:05 AM there.
var Zone = time.FixedZone("CST", -6*60*60)

// New is the pages without limits and bot checks, unless change sets others.
func New(t testing.TB, change ...func(*handlers.Config)) App {
	t.Helper()
	texts, err := consent.Load(consent.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	a := App{Texts: texts, Logged: &bytes.Buffer{}, Meter: &Meter{}}
	cfg := handlers.Config{
		Meter: a.Meter, Texts: texts, PublicURL: &url.URL{Scheme: "http", Host: "localhost:8080"}, Version: "test",
		LimitsOff: true, BotChecksOff: true, FormSecret: []byte("of every process"),
		Site:  frame.Site{Brand: "Brand", Seller: "Seller LLC", Phone: "(512) 555-0100", Environment: "simulator"},
		Log:   slog.New(slog.NewJSONHandler(a.Logged, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: timeless})),
		Clock: clock.At(func() time.Time { return Noon }), Zone: Zone,
	}
	for _, f := range change {
		f(&cfg)
	}
	if cfg.Leads == nil {
		Over(newStore(cfg.Clock))(&cfg)
	}
	a.Store = cfg.Leads.(*Store)
	if cfg.HandOffs == nil {
		cfg.HandOffs = &handofftest.HandOffs{Pages: map[string]consent.Page{}, Now: cfg.Clock.Now, Leads: func(id lead.PartnerID) (lead.Lead, error) {
			l, _, err := a.Store.byID(id)
			return l, err
		}}
	}
	a.Handlers = handlers.New(cfg)
	if a.Routes, err = a.Handlers.Routes(); err != nil {
		t.Fatal(err)
	}
	return a
}

// Over puts the pages over the store of another App: a second process of the same database.
func Over(s *Store) func(*handlers.Config) {
	return func(c *handlers.Config) { c.Leads, c.Drafts, c.OptOuts = s, s, s }
}

// NewWithClock is the pages with a clock that the test moves.
func NewWithClock(t *testing.T, change ...func(*handlers.Config)) (App, *time.Time) {
	now := Noon
	set := func(c *handlers.Config) { c.Clock = clock.At(func() time.Time { return now }) } // first: the stores go by it too
	return New(t, append([]func(*handlers.Config){set}, change...)...), &now
}

// NewLimited is the pages with limits, and with a clock.
func NewLimited(t *testing.T, change ...func(*handlers.Config)) (App, *time.Time) {
	return NewWithClock(t, append(change, func(c *handlers.Config) { c.LimitsOff = false })...)
}

// timeless replaces the real time in the log, whose digits could be mistaken for those of a person.
func timeless(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Time(slog.TimeKey, Noon)
	}
	return a
}

// Do answers a request.
func (a App) Do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	a.Routes.ServeHTTP(w, r)
	return w
}

// Get asks for a page without a cookie.
func (a App) Get(path string) *httptest.ResponseRecorder {
	return a.Do(Request(http.MethodGet, path, ""))
}

// Request is a request from one of our own pages.
func Request(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, "http://localhost:8080"+path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

// Handle is one as a draft has it.
const Handle = "2A3B4C5D6ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// Filled is everything that a person says from the first page to the last, and the handle of their
// draft, with some of it changed.
func Filled(changes ...string) url.Values {
	form := url.Values{
		"draft":     {Handle},
		"firstName": {"Maria"}, "lastName": {"O'Brien"},
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

// onCheckPage are the inputs of the check page; all others are those of the steps.
var onCheckPage = []string{"request", "page", "website", "viewport", "consentCredit", "consentTerms", "consentMarketing", "xxTrustedFormCertUrl"}

// Submission is the last POST of somebody who has done all steps with the form's answers and has seen
// the check page.
func (a App) Submission(form url.Values) *http.Request {
	d := lead.Draft{Handle: lead.Keep(form.Get("draft")), Request: 1, ExpiresAt: a.Clock.Now().Add(time.Hour)}
	filled, last := lead.DraftForm{Boxes: lead.Boxes{}, Passed: []int{apply.StepDebt, apply.StepYou, apply.StepHome, apply.StepIncome}}, url.Values{}
	for box := range form {
		switch {
		case box == "draft":
		case slices.Contains(onCheckPage, box):
			last[box] = form[box]
		case box == "socialSecurityNumber":
			d.SSN, d.SSNUntil = lead.Keep(form.Get(box)), d.ExpiresAt
		default:
			filled.Boxes[box] = form.Get(box)
		}
	}
	d.SetForm(filled)
	a.Store.put(d)
	cookie := &http.Cookie{Name: Cookie, Value: d.Handle.Reveal()}
	page := Request(http.MethodGet, "/apply/check", "")
	page.AddCookie(cookie)
	for _, m := range hiddenInput.FindAllStringSubmatch(a.Do(page).Body.String(), -1) {
		if !last.Has(m[1]) {
			last.Set(m[1], html.UnescapeString(m[2]))
		}
	}
	r := Request(http.MethodPost, "/apply/check", last.Encode())
	r.AddCookie(cookie)
	return r
}

// Submit sends the form.
func (a App) Submit(form url.Values) *httptest.ResponseRecorder { return a.Do(a.Submission(form)) }

// Names are filled into the texts that are the same for everybody.
func (a App) Names() consent.Names {
	return consent.Names{Seller: a.Site.Seller, Contact: a.Site.Phone}
}

// HandleOf is that of the draft of the n-th form of a test.
func HandleOf(n int) string {
	const letters = "ABCDEFGHIJKLMNOP"
	handle := []byte(Handle)
	for i := range 6 {
		handle[i] = letters[n>>(4*i)&15]
	}
	return string(handle)
}

// Numbered is the n-th form of a test, with a phone of its own.
func Numbered(n int) url.Values {
	return Filled("draft", HandleOf(n), "homePhone", fmt.Sprintf("512555%04d", n))
}

// NumberedLead is the lead that was stored with the n-th form.
func (a App) NumberedLead(n int) lead.Lead { return a.Store.LeadOf(HandleOf(n)) }

// SubmissionFrom is a submission that comes from an address.
func (a App) SubmissionFrom(address string, form url.Values) *http.Request {
	r := a.Submission(form)
	r.RemoteAddr = address
	return r
}
