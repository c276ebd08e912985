package handlers

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/views/apply"
	"intake/views/frame"
)

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
		Site: frame.Site{Brand: "Brand", Seller: "Seller LLC", Phone: "(512) 555-0100", Environment: "simulator"},
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

const aHandle = "2A3B4C5D6ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// filled is everything that a person says from the first page to the last, with the handle of their
// draft; a test changes one thing.
func filled(changes ...string) url.Values {
	form := url.Values{
		"draft":     {aHandle},
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

// onLastPage are the inputs of the check page; all others are those of the steps.
var onLastPage = []string{"request", "page", "website", "viewport", "consentCredit", "consentTerms", "consentMarketing", "xxTrustedFormCertUrl"}

// finishing is the last POST of somebody who has done all steps with the form's answers and has seen
// the check page.
func (d door) finishing(form url.Values) *http.Request {
	draft := lead.Draft{
		Handle: lead.Keep(form.Get("draft")), Request: 1, ShownAt: d.readStamp(form.Get(shownInput)), ExpiresAt: d.Now().Add(time.Hour),
	}
	last := url.Values{requestInput: {d.requestToken(draft)}}
	amend(&draft, func(a answers) {
		for step := apply.StepDebt; step < checkStep; step++ {
			a.pass(step)
		}
		for box := range form {
			switch {
			case box == "draft", box == shownInput:
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

// timeless keeps the digits of the real time out of the log, where a test looks for those of a person.
func timeless(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Time(slog.TimeKey, noon)
	}
	return a
}
