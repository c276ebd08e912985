package signin_test

import (
	"bytes"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"intake/handlers/handlerstest"
	"intake/handlers/signin"
	"intake/handlers/web"
	"intake/internal/clock"
	"intake/internal/staff"
	"intake/views/frame"
)

// site is the sign-in with rooms whose pages are of this test.
type site struct {
	t        *testing.T
	base     *web.Base
	handlers *signin.Handlers
	sessions *handlerstest.Sessions
	audit    *handlerstest.Audit
	routes   http.Handler
	logged   *bytes.Buffer

	streaming chan struct{} // gets a value when a stream is open
	now       *time.Time
	clock     *clock.Clock
}

// noChanges never has any.
type noChanges struct{}

func (noChanges) Ready() <-chan struct{} { return nil }
func (noChanges) Take() []web.Event      { return nil }

type noMeter struct{}

func (noMeter) Answered(string, int) {}

// testRooms have pages in these tests; /enroll and /ops are not built.
var testRooms = []string{"/desk", "/desk/team", "/desk/sessions", "/qa"}

// newSite makes the site; change changes how people sign in, and where.
func newSite(t *testing.T, change ...func(*web.Config, *signin.Config)) *site {
	t.Helper()
	now := handlerstest.Noon
	s := &site{t: t, now: &now, audit: &handlerstest.Audit{}, logged: &bytes.Buffer{}, streaming: make(chan struct{})}
	c := clock.At(func() time.Time { return *s.now })
	s.clock = c
	s.sessions = handlerstest.NewSessions(c)
	public := &url.URL{Scheme: "http", Host: "localhost:8080"}
	cfg := web.Config{
		Meter: noMeter{}, Site: frame.Site{Brand: "Brand", Seller: "Seller LLC", Environment: "simulator"}, PublicURL: public, LimitsOff: true, Clock: c,
		Log: slog.New(slog.NewJSONHandler(s.logged, nil)), APIHost: "api.example",
	}
	in := handlerstest.DevelopmentSignIn(t, s.sessions, s.audit)
	for _, f := range change {
		f(&cfg, in)
	}
	cfg.ProblemPage = func(r *http.Request, status int) templ.Component {
		return frame.StaffProblemPage(frame.StaffProblem{StaffPage: s.base.StaffPage(r), Status: status})
	}
	s.base = web.New(cfg)
	s.handlers = signin.New(s.base, *in)
	s.mount()
	return s
}

func (s *site) mount() {
	e := echo.New()
	e.HTTPErrorHandler = s.base.ShowProblem
	e.Use(web.RecordRoute, s.handlers.Gate)
	e.GET("/sign-in", s.handlers.ShowStart)
	e.GET("/sign-in/begin", s.handlers.Begin)
	e.GET("/sign-in/callback", s.handlers.Finish)
	e.GET("/sign-in/you", s.handlers.ShowYou)
	e.GET("/sign-in/session", s.handlers.ShowSessionEnd)
	e.POST("/sign-in/session", s.handlers.Stay)
	e.POST("/sign-out", s.handlers.SignOut)
	e.GET("/desk/sessions", s.handlers.ShowSessions)
	e.POST("/desk/sessions", s.handlers.EndSessions)
	if s.handlers.HasDevelopment() {
		e.GET("/dev-sign-in/authorize", s.handlers.ShowDevelopment)
		e.POST("/dev-sign-in/authorize", s.handlers.Choose)
	}
	page := func(c echo.Context) error {
		p, _ := web.Person(c.Request())
		return c.String(http.StatusOK, "page for "+p.Name)
	}
	for _, path := range []string{"/desk", "/desk/team", "/qa", "/desk/leads/:id"} {
		e.GET(path, page)
	}
	e.POST("/desk", page)
	e.POST("/desk/check", page)
	e.GET("/desk/events", func(c echo.Context) error {
		s.streaming <- struct{}{}
		s.base.StreamChanges(c, noChanges{}, func() bool { return s.handlers.IsSignedIn(c.Request()) })
		return nil
	})
	var mounted []staff.Room
	for _, path := range testRooms {
		room, _ := staff.RoomOf(path)
		mounted = append(mounted, room)
	}
	s.base.MountRooms(mounted)
	s.routes = s.base.GiveRequestID(s.base.SetHeaders(s.base.CheckHost(s.base.RefuseCrossOrigin(s.base.LimitBody(e)))))
}

// browser keeps cookies.
type browser struct {
	*site
	cookies map[string]*http.Cookie
	header  http.Header
	token   string // in the forms of the page that was opened after signing in
}

func (s *site) browser() *browser {
	return &browser{site: s, cookies: map[string]*http.Cookie{}, header: http.Header{}}
}

func (b *browser) do(method, address, body string) *httptest.ResponseRecorder {
	b.t.Helper()
	if !strings.HasPrefix(address, "http") {
		address = b.base.PublicURL.String() + address
	}
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	for _, cookie := range b.cookies {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	b.routes.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
		} else {
			b.cookies[cookie.Name] = cookie
		}
	}
	return w
}

func (b *browser) get(path string) *httptest.ResponseRecorder { return b.do(http.MethodGet, path, "") }

// post sends a form of the page that was opened after signing in.
func (b *browser) post(path string, pairs ...string) *httptest.ResponseRecorder {
	form := url.Values{frame.CSRFInput: {b.token}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.do(http.MethodPost, path, form.Encode())
}

var (
	beginLink   = regexp.MustCompile(`id="begin" href="([^"]*)"`)
	hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
	csrfInput   = regexp.MustCompile(`<input type="hidden" name="csrfToken" value="([^"]+)">`)
)

// opens a page, and keeps the token of its forms.
func (b *browser) opens(path string) {
	b.t.Helper()
	b.token = ""
	if found := csrfInput.FindStringSubmatch(b.get(path).Body.String()); found != nil {
		b.token = found[1]
	}
}

// authorize goes up to the page of the provider, and returns its form.
func (b *browser) authorize(from string) url.Values {
	b.t.Helper()
	got := b.get(from)
	for range 3 {
		if got.Code != http.StatusSeeOther {
			break
		}
		got = b.get(got.Header().Get("Location"))
	}
	link := beginLink.FindStringSubmatch(got.Body.String())
	if link == nil {
		b.t.Fatalf("%s does not ask to sign in: %d %s", from, got.Code, got.Body)
	}
	page := b.get(b.get(html.UnescapeString(link[1])).Header().Get("Location"))
	form := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(page.Body.String(), -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	if page.Code != http.StatusOK || len(form) == 0 {
		b.t.Fatalf("the provider's page: %d %s", page.Code, page.Body)
	}
	return form
}

// choose presses the button of a person, and returns the address with the code.
func (b *browser) choose(form url.Values, id string) string {
	b.t.Helper()
	form.Set("person", id)
	got := b.do(http.MethodPost, "/dev-sign-in/authorize", form.Encode())
	if got.Code != http.StatusSeeOther {
		b.t.Fatalf("the choice is answered %d %s", got.Code, got.Body)
	}
	return got.Header().Get("Location")
}

// signIn signs in as one of the ready people, and returns where that leads.
func (b *browser) signIn(id string) string { return b.signInFrom("/sign-in", id) }

func (b *browser) signInFrom(path, id string) string {
	b.t.Helper()
	got := b.get(b.choose(b.authorize(path), id))
	if got.Code != http.StatusSeeOther {
		b.t.Fatalf("%s does not get in: %d %s", id, got.Code, got.Body)
	}
	b.opens("/sign-in/you")
	return got.Header().Get("Location")
}

func (b *browser) wants(path string, status int) {
	b.t.Helper()
	if got := b.get(path); got.Code != status {
		b.t.Errorf("%s is answered %d, want %d", path, got.Code, status)
	}
}

func (s *site) forward(d time.Duration) { *s.now = s.now.Add(d) }
