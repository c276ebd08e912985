package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/static"
	"intake/views"
)

// shelf is a Leads in memory that keeps the store's promises.
type shelf struct {
	mu      sync.Mutex
	leads   map[string]lead.Lead // by submission key
	records map[string]consent.Record
	fail    error
}

func newShelf() *shelf {
	return &shelf{leads: map[string]lead.Lead{}, records: map[string]consent.Record{}}
}

func (s *shelf) Save(_ context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return lead.Receipt{}, s.fail
	}
	first, again := s.leads[l.SubmissionKey]
	if !again {
		s.leads[l.SubmissionKey], s.records[l.SubmissionKey] = l, record
		return lead.Receipt{Handle: l.Handle.Reveal(), ReceivedAt: l.ReceivedAt}, nil
	}
	receipt := lead.Receipt{Handle: first.Handle.Reveal(), ReceivedAt: first.ReceivedAt}
	for i, answer := range first.Applicant.Answers() {
		was, wasGiven := answer.Text()
		is, isGiven := l.Applicant.Answers()[i].Text()
		if was != is || wasGiven != isGiven {
			return receipt, lead.ErrChanged
		}
	}
	return receipt, nil
}

func (s *shelf) FindByHandle(_ context.Context, handle string) (lead.Lead, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.leads {
		if l.Handle.Reveal() == handle {
			return l, nil
		}
	}
	return lead.Lead{}, lead.ErrNotFound
}

func (s *shelf) Ready(context.Context) error { return s.fail }

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
}

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
	d := door{shelf: newShelf(), log: &bytes.Buffer{}}
	cfg := Config{
		Leads: d.shelf, Texts: texts, PublicURL: public, Version: "test",
		LimitsOff: true, BotChecksOff: true,
		Site: views.Site{Brand: "Brand", Seller: "Seller LLC", Phone: "(512) 555-0100", Environment: "simulator"},
		Log:  slog.New(slog.NewJSONHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:  func() time.Time { return time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC) },
	}
	for _, f := range change {
		f(&cfg)
	}
	d.Handlers = New(cfg)
	if d.routes, err = d.Routes(); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d door) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.routes.ServeHTTP(w, r)
	return w
}

func (d door) get(path string) *httptest.ResponseRecorder {
	return d.do(httptest.NewRequest(http.MethodGet, "http://localhost:8080"+path, nil))
}

func (d door) post(values url.Values) *httptest.ResponseRecorder {
	return d.do(postOf(values.Encode()))
}

func postOf(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://localhost:8080/apply", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

const aKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// filled is a complete form; a test changes one thing.
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

func TestReceiveForm_StoresTheLeadAndItsEvidence(t *testing.T) {
	d := openDoor(t)
	got := d.post(filled())
	if got.Code != http.StatusSeeOther {
		t.Fatalf("got %d, want 303", got.Code)
	}
	l, record := d.shelf.only(t)
	if want := "/status/" + l.Handle.Reveal(); got.Header().Get("Location") != want {
		t.Errorf("sent to %q, want %q", got.Header().Get("Location"), want)
	}
	if l.Applicant.HomePhone.Reveal() != "5125550148" || l.Status != lead.Received || l.Step != lead.Send {
		t.Errorf("stored %s %s with phone %q", l.Status, l.Step, l.Applicant.HomePhone.Reveal())
	}
	if !l.Permission.CreditCheck || !l.Permission.Terms || l.Permission.Marketing {
		t.Errorf("permission is %+v, want what was ticked", l.Permission)
	}
	if len(record.Acts) != 3 || record.Acts[2].Given || record.PageURL != "http://localhost:8080/apply" ||
		record.PersonName.Reveal() != "Maria O'Brien" || record.ClientIP.Reveal() != "192.0.2.1" {
		t.Errorf("the evidence is %+v", record)
	}
}

func TestReceiveForm_KeepsWhatWasTyped(t *testing.T) {
	d := openDoor(t)
	got := d.post(filled("homePhone", "12", "firstName", `<b>"Ma`, "socialSecurityNumber", "123-45-6789", "city", "San José"))
	if got.Code != http.StatusUnprocessableEntity {
		t.Fatalf("got %d, want 422", got.Code)
	}
	page := got.Body.String()
	for _, want := range []string{
		`value="&lt;b&gt;&#34;Ma"`, `value="12"`, `value="San José"`, `value="` + aKey + `"`,
		"<title>Error: ", `href="#homePhone"`, `id="homePhone-error"`, `aria-describedby="homePhone-error"`,
		`For your safety this box is empty again`, `<option value="TX" selected>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, "Enter a 10-digit US phone number, like 512 555 0148"); n != 2 {
		t.Errorf("the sentence stands there %d times, want in the summary and beside the field", n)
	}
	if strings.Contains(page, "123-45-6789") {
		t.Error("the page shows the SSN again")
	}
	if strings.Contains(page, "checked") {
		t.Error("a consent box is ticked for the visitor")
	}
	if len(d.shelf.leads) != 0 {
		t.Error("a lead was stored")
	}
}

func TestReceiveForm_SameKeyIsOneLead(t *testing.T) {
	d := openDoor(t)
	first := d.post(filled())
	for range 4 {
		if again := d.post(filled()); again.Code != 303 || again.Header().Get("Location") != first.Header().Get("Location") {
			t.Fatalf("got %d %s, want the first receipt", again.Code, again.Header().Get("Location"))
		}
	}
	d.shelf.only(t)
}

func TestReceiveForm_SameKeyWithOtherAnswersIsAConflict(t *testing.T) {
	d := openDoor(t)
	first := d.post(filled())
	got := d.post(filled("city", "Dallas"))
	if got.Code != http.StatusConflict {
		t.Fatalf("got %d, want 409", got.Code)
	}
	page := got.Body.String()
	for _, want := range []string{"An earlier version has been with us since", "14:05 UTC", "was not sent", first.Header().Get("Location"), `value="Dallas"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, aKey) {
		t.Error("the form has the old key, so it could never be sent")
	}
}

func TestShowForm_BackAfterSendingFindsTheSameKeyAndAFreshStartDoesNot(t *testing.T) {
	d := openDoor(t)
	cookies := d.post(filled()).Result().Cookies()
	if len(cookies) != 1 || !cookies[0].Secure || !cookies[0].HttpOnly || cookies[0].Path != "/" || cookies[0].Domain != "" {
		t.Fatalf("the cookies are %v, want one that only our own pages get", cookies)
	}
	back := httptest.NewRequest(http.MethodGet, "http://localhost:8080/apply", nil)
	back.AddCookie(cookies[0])
	if !strings.Contains(d.do(back).Body.String(), aKey) {
		t.Error("Back shows another key")
	}
	begin := httptest.NewRequest(http.MethodGet, "http://localhost:8080/", nil)
	begin.AddCookie(cookies[0])
	if cleared := d.do(begin).Result().Cookies(); len(cleared) != 1 || cleared[0].MaxAge >= 0 {
		t.Errorf("the first page leaves the key behind: %v", cleared)
	}
	if strings.Contains(d.get("/apply").Body.String(), aKey) {
		t.Error("a visitor without the cookie gets another's key")
	}
}

func TestReceiveForm_SaysWhenItCouldNotStore(t *testing.T) {
	d := openDoor(t)
	d.shelf.fail = errors.New("disk canary-7319 full")
	got := d.post(filled())
	if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
		t.Fatalf("got %d, Retry-After %q, want 503 with a time", got.Code, got.Header().Get("Retry-After"))
	}
	for _, want := range []string{"We could not save your request. Nothing was sent.", `value="Maria"`, `value="` + aKey + `"`} {
		if !strings.Contains(got.Body.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(got.Body.String(), "canary") {
		t.Error("the page tells the cause")
	}
	if !strings.Contains(d.log.String(), "canary-7319") {
		t.Error("the log does not tell the cause")
	}
}

func TestReceiveForm_RefusesWhatIsNoForm(t *testing.T) {
	body := filled().Encode()
	for _, tt := range []struct {
		story  string
		change func(*http.Request)
		want   int
	}{
		{"JSON", func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 415},
		{"multipart", func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }, 415},
		{"no media type", func(r *http.Request) { r.Header.Del("Content-Type") }, 415},
		{"another charset", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-16")
		}, 415},
		{"an unknown key", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(body + "&isAgent=true")) }, 400},
		{"a field that the page does not ask for", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(body + "&coApplicant=true")) }, 400},
		{"a key twice", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(body + "&city=Dallas")) }, 400},
		{"a broken escape", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("city=%zz")) }, 400},
		{"10,000 keys", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Repeat("a=1&", 10000))) }, 400},
		{"a query", func(r *http.Request) { r.URL.RawQuery = "city=Dallas" }, 400},
		{"65 KiB", func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader("city=" + strings.Repeat("a", 65<<10)))
		}, 413},
		{"from another site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"from a sister site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, 403},
		{"an old browser on another site", func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		}, 403},
		{"an origin that hides", func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "null")
		}, 403},
		{"to another host", func(r *http.Request) { r.Host = "evil.example" }, 421},
	} {
		t.Run(tt.story, func(t *testing.T) {
			d := openDoor(t)
			r := postOf(body)
			tt.change(r)
			got := d.do(r)
			if got.Code != tt.want {
				t.Errorf("got %d, want %d", got.Code, tt.want)
			}
			if len(d.shelf.leads) != 0 {
				t.Error("a lead was stored")
			}
			if !strings.Contains(got.Body.String(), "<h1>") {
				t.Error("the answer is no page with a sentence")
			}
		})
	}
}

func TestReceiveForm_AsksAgainWithoutAKey(t *testing.T) {
	d := openDoor(t)
	got := d.post(filled("submissionKey", "short"))
	if got.Code != 422 || !strings.Contains(got.Body.String(), "Your answers are here. Please press the button again.") {
		t.Fatalf("got %d, want 422 with the sentence", got.Code)
	}
	if !strings.Contains(got.Body.String(), `value="Maria"`) {
		t.Error("what was typed is lost")
	}
}

func TestStatus_TellsTheConsumerNoMoreThanTheyMayKnow(t *testing.T) {
	d := openDoor(t)
	path := d.post(filled()).Header().Get("Location")
	for _, tt := range []struct {
		story  string
		change func(*lead.Lead)
		want   views.State
	}{
		{"just stored", func(*lead.Lead) {}, views.Received},
		{"suspect looks the same", func(l *lead.Lead) { l.Status = lead.Suspect }, views.Received},
		{"being sent", func(l *lead.Lead) { l.Status = lead.Sending }, views.Checking},
		{"1000 is not final", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1000 }, views.Checking},
		{"1001 is not final", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1001 }, views.Checking},
		{"9999 is not final", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 9999 }, views.Checking},
		{"1012", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1012 }, views.Finished},
		{"1013", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1013 }, views.Qualified},
		{"1017", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Submitting, 1017 }, views.Qualified},
		{"1018", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1018 }, views.Finished},
		{"duplicate", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1003 }, views.Finished},
		{"in doubt", func(l *lead.Lead) { l.Status = lead.InDoubt }, views.Slow},
		{"parked", func(l *lead.Lead) { l.Status = lead.Parked }, views.Slow},
		{"parked at the hand-over", func(l *lead.Lead) { l.Status, l.SubmitStatus = lead.Parked, 1021 }, views.Qualified},
		{"submitted", func(l *lead.Lead) { l.Status = lead.Submitted }, views.Qualified},
		{"refused for a certificate", func(l *lead.Lead) { l.Status, l.SubmitStatus = lead.Refused, 400 }, views.Qualified},
		{"refused for good", func(l *lead.Lead) { l.Status, l.SubmitStatus = lead.Refused, 422 }, views.Finished},
		{"closed", func(l *lead.Lead) { l.Status = lead.Closed }, views.Finished},
		{"ten minutes old", func(l *lead.Lead) { l.ReceivedAt = l.ReceivedAt.Add(-10 * time.Minute) }, views.Slow},
	} {
		t.Run(tt.story, func(t *testing.T) {
			l, _ := d.shelf.only(t)
			defer d.shelf.change(func(was *lead.Lead) { *was = l })
			d.shelf.change(func(l *lead.Lead) { l.Bid = "$99.00"; tt.change(l) })
			page := d.get(path).Body.String()
			if !strings.Contains(page, `data-state="`+string(tt.want)+`"`) {
				t.Errorf("the page is not %s", tt.want)
			}
			if got := strings.Contains(page, `http-equiv="refresh"`); got == tt.want.Final() {
				t.Errorf("refreshes itself: %v", got)
			}
			for _, never := range []string{"99.00", "uplicate", "Maria", "1003", "1018"} {
				if strings.Contains(page, never) {
					t.Errorf("the page says %q", never)
				}
			}
		})
	}
}

func TestStatus_FinalPagesAreTheSameBytes(t *testing.T) {
	d := openDoor(t)
	path := d.post(filled()).Header().Get("Location")
	var first string
	for _, code := range []int{1003, 1012, 1018, 1020, 1042} {
		d.shelf.change(func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, code })
		page := d.get(path).Body.String()
		if first == "" {
			first = page
		}
		if page != first {
			t.Errorf("the page for %d differs from the page for 1003", code)
		}
	}
}

func TestStatus_OffersToWaitOnlyWithMarketingConsent(t *testing.T) {
	for _, tt := range []struct {
		form url.Values
		want bool
	}{{filled(), false}, {filled("consentMarketing", "yes"), true}} {
		d := openDoor(t)
		path := d.post(tt.form).Header().Get("Location")
		d.shelf.change(func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1015 })
		if got := strings.Contains(d.get(path).Body.String(), "Or wait for our call."); got != tt.want {
			t.Errorf("offers to wait: %v, want %v", got, tt.want)
		}
	}
}

func TestStatus_OfAnErasedLeadIsGone(t *testing.T) {
	d := openDoor(t)
	path := d.post(filled()).Header().Get("Location")
	d.shelf.change(func(l *lead.Lead) { l.Status, l.ErasedAt = lead.Closed, l.ReceivedAt.Add(time.Hour) })
	if got := d.get(path); got.Code != http.StatusGone || !strings.Contains(got.Body.String(), "(512) 555-0100") {
		t.Errorf("got %d, want 410 with the telephone number", got.Code)
	}
}

func TestStatus_UnknownHandleIsNotFound(t *testing.T) {
	d := openDoor(t)
	for _, path := range []string{"/status/ABC", "/status/ABC/events", "/status/" + aKey} {
		if got := d.get(path).Code; got != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, got)
		}
	}
}

// TestRoutes_EveryAnswerHasTheHeaders walks the routes as the router lists them, so that a new
// route is walked without being named here.
func TestRoutes_EveryAnswerHasTheHeaders(t *testing.T) {
	d := openDoor(t)
	paths := []string{static.Path("style.css"), static.Prefix + "style.css", "/nowhere"}
	for _, route := range d.router().Routes() {
		paths = append(paths, strings.NewReplacer(":handle", "x", "*", "x").Replace(route.Path))
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "BREW"} {
			r := httptest.NewRequest(method, "http://localhost:8080"+path, nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			got := d.do(r)
			for header, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
				"Cross-Origin-Opener-Policy": "same-origin", "Content-Security-Policy": contentPolicy,
			} {
				if got.Header().Get(header) != want {
					t.Errorf("%s %s: %s is %q", method, path, header, got.Header().Get(header))
				}
			}
			wantCache := "no-store, private"
			if path == static.Path("style.css") && got.Code == 200 {
				wantCache = "public, max-age=31536000, immutable"
			}
			if got.Header().Get("Cache-Control") != wantCache {
				t.Errorf("%s %s: Cache-Control is %q", method, path, got.Header().Get("Cache-Control"))
			}
		}
	}
}

func TestRoutes_RefuseOtherMethods(t *testing.T) {
	d := openDoor(t)
	for _, method := range []string{"PUT", "DELETE", "TRACE", "PATCH", "BREW"} {
		r := httptest.NewRequest(method, "http://localhost:8080/apply", nil)
		r.Header.Set("X-HTTP-Method-Override", "GET")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if got := d.do(r).Code; got != http.StatusMethodNotAllowed {
			t.Errorf("%s /apply: got %d, want 405", method, got)
		}
	}
}

func TestHeaders_HSTSOnlyOnHTTPS(t *testing.T) {
	secure, err := url.Parse("https://apply.example.com")
	if err != nil {
		t.Fatal(err)
	}
	d := openDoor(t, func(c *Config) { c.PublicURL = secure })
	r := httptest.NewRequest("GET", "https://apply.example.com/apply", nil)
	if got := d.do(r).Header().Get("Strict-Transport-Security"); got != "max-age=63072000; includeSubDomains" {
		t.Errorf("HSTS is %q", got)
	}
	if got := openDoor(t).get("/apply").Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS on http is %q", got)
	}
}

func TestClientAddress_ComesFromTrustedProxiesOnly(t *testing.T) {
	forwarded := func(d door) string {
		r := postOf(filled().Encode())
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("X-Real-Ip", "203.0.113.10")
		d.do(r)
		_, record := d.shelf.only(t)
		return record.ClientIP.Reveal()
	}
	if got := forwarded(openDoor(t)); got != "192.0.2.1" {
		t.Errorf("without a proxy the address is %s, want the connection's", got)
	}
	behind := openDoor(t, func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	if got := forwarded(behind); got != "203.0.113.9" {
		t.Errorf("behind our proxy the address is %s, want the forwarded one", got)
	}
}

func TestLog_HoldsNoPathAndNothingTyped(t *testing.T) {
	d := openDoor(t)
	path := d.post(filled("socialSecurityNumber", "123456789")).Header().Get("Location")
	d.get(path + "?q=canary-7319")
	d.post(filled("email", "canary-7319"))
	d.get("/canary-7319")
	for _, never := range []string{"canary-7319", "Brien", "123456789", "maria@", "5550148", strings.TrimPrefix(path, "/status/"), aKey} {
		if strings.Contains(d.log.String(), never) {
			t.Errorf("the log holds %q", never)
		}
	}
	if !strings.Contains(d.log.String(), `"route":"/status/:handle"`) {
		t.Errorf("the log does not name the route: %s", d.log.String())
	}
}

func TestReady_FollowsTheStoreAndTheStop(t *testing.T) {
	d := openDoor(t)
	if got := d.get("/readyz").Code; got != 200 {
		t.Fatalf("got %d, want 200", got)
	}
	d.shelf.fail = errors.New("disk full")
	if got := d.get("/readyz").Code; got != 503 {
		t.Errorf("with a broken store: got %d, want 503", got)
	}
	d.shelf.fail = nil
	d.Drain()
	if got := d.get("/readyz").Code; got != 503 {
		t.Errorf("while stopping: got %d, want 503", got)
	}
	if got := d.post(filled()).Code; got != 303 {
		t.Errorf("whoever comes while we stop gets %d, want 303", got)
	}
	d.EndStreams()
	if got := d.get("/healthz").Code; got != 200 {
		t.Errorf("healthz: got %d, want 200", got)
	}
}

func TestPanic_IsAProblemPageWithoutTheValue(t *testing.T) {
	d := openDoor(t)
	broken := d.recoverPanic(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("canary-7319") }))
	w := httptest.NewRecorder()
	broken.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String()+d.log.String(), "canary-7319") {
		t.Errorf("got %d, and the value is shown or logged", w.Code)
	}
}
