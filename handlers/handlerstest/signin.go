package handlerstest

import (
	"cmp"
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/signin"
	"intake/internal/audit"
	"intake/internal/clock"
	oidc "intake/internal/signin"
)

// Sessions are sessions in memory, as internal/store/session keeps them.
type Sessions struct {
	Clock *clock.Clock
	Fail  error // every call fails with it

	mu      sync.Mutex
	rows    map[string]*sessionRow
	Commits int
}

type sessionRow struct {
	person string
	data   []byte // nil: ended
	ends   time.Time
}

// NewSessions has none.
func NewSessions(c *clock.Clock) *Sessions {
	return &Sessions{Clock: c, rows: map[string]*sessionRow{}}
}

// Find is by token.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, found := s.rows[token]
	if s.Fail != nil || !found || r.data == nil || !s.Clock.Now().Before(r.ends) {
		return nil, false, s.Fail
	}
	return r.data, true, nil
}

// Commit does not bring back a session that was ended.
func (s *Sessions) Commit(token string, data []byte, ends time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Fail != nil {
		return s.Fail
	}
	s.Commits++
	person, err := signin.PersonOf(data)
	if err != nil {
		return err
	}
	if old, found := s.rows[token]; found && old.data == nil {
		return nil
	}
	s.rows[token] = &sessionRow{person, data, ends}
	return nil
}

// Delete ends a session.
func (s *Sessions) Delete(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, found := s.rows[token]; found {
		r.data = nil
	}
	return s.Fail
}

// EndAllOf ends the sessions of a person.
func (s *Sessions) EndAllOf(_ context.Context, key string) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows {
		if r.person == key && r.data != nil {
			r.data = nil
			n++
		}
	}
	return n, s.Fail
}

// Live is what the sessions hold that are not over.
func (s *Sessions) Live(context.Context) (live [][]byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows {
		if r.data != nil && s.Clock.Now().Before(r.ends) {
			live = append(live, r.data)
		}
	}
	return live, s.Fail
}

// Audit keeps the entries.
type Audit struct {
	Fail error

	mu      sync.Mutex
	entries []audit.Entry
}

// Write refuses what the store refuses.
func (a *Audit) Write(_ context.Context, e audit.Entry) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := cmp.Or(a.Fail, e.Check()); err != nil {
		return err
	}
	a.entries = append(a.entries, e)
	return nil
}

// Said is each entry as "who: action (reason)", the hash of the key left out.
func (a *Audit) Said() (lines []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.entries {
		line := e.Who + ": " + e.Action
		if e.Reason != "" {
			line += " (" + e.Reason + ")"
		}
		lines = append(lines, keyHash.ReplaceAllString(line, ""))
	}
	return lines
}

var keyHash = regexp.MustCompile(` \([0-9a-f]{16}\)`)

// development is the development provider of all tests: to make its key takes long.
var development = sync.OnceValues(func() (*oidc.Development, error) {
	return oidc.NewDevelopment(oidc.DevelopmentConfig{
		Simulator: true, PublicURL: &url.URL{Scheme: "http", Host: "localhost:8080"}, Listener: "127.0.0.1:0",
		Callback: "http://localhost:8080" + signin.CallbackPath,
	})
})

// DevelopmentSignIn is the sign-in of the simulator environment at http://localhost:8080, over the sessions and the
// audit log.
func DevelopmentSignIn(t testing.TB, s *Sessions, a *Audit) *signin.Config {
	t.Helper()
	d, err := development()
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Provider()
	if err != nil {
		t.Fatal(err)
	}
	return &signin.Config{Provider: p, Development: d, Sessions: s, Audit: a, Key: []byte("of every process")}
}

// WithSignIn lets staff sign in, with sessions and an audit log in memory.
func WithSignIn(t testing.TB) func(*handlers.Config) {
	return func(c *handlers.Config) {
		c.SignIn = DevelopmentSignIn(t, NewSessions(c.Clock), &Audit{})
		c.APIHost = "api.example"
	}
}

var beginLink = regexp.MustCompile(`id="begin" href="([^"]*)"`)

// SignIn signs in as one of the ready people, from the page under the path, and ends where that leads.
func (v *Visitor) SignIn(path, id string) *Visitor {
	v.t.Helper()
	v.Follow(path)
	link := beginLink.FindStringSubmatch(v.Page.Body.String())
	if link == nil {
		v.t.Fatalf("%s does not ask to sign in: %d", path, v.Page.Code)
	}
	return v.Follow(html.UnescapeString(link[1])).SendStaff("person", id)
}

// Follow opens a page of ours by its whole address, wherever it leads.
func (v *Visitor) Follow(address string) *Visitor {
	v.t.Helper()
	for range 6 {
		path := strings.TrimPrefix(address, v.App.PublicURL.String())
		v.Path, _, _ = strings.Cut(path, "?")
		if v.Page = v.Exchange(Request(http.MethodGet, path, "")); v.Page.Code != http.StatusSeeOther {
			return v
		}
		address = v.Page.Header().Get("Location")
	}
	v.t.Fatalf("%s leads round in circles", address)
	return v
}

// SendStaff sends the page's form with its hidden inputs, to its own path, and goes on to where that leads.
func (v *Visitor) SendStaff(pairs ...string) *Visitor {
	v.t.Helper()
	v.Page = v.Exchange(Request(http.MethodPost, v.Path, v.Form(pairs...).Encode()))
	if v.Page.Code == http.StatusSeeOther {
		return v.Follow(v.Page.Header().Get("Location"))
	}
	return v
}

// Rooms are the links of the navigation.
func (v *Visitor) Rooms() (rooms []string) {
	_, nav, _ := strings.Cut(v.Page.Body.String(), `<nav aria-label="Rooms">`)
	nav, _, _ = strings.Cut(nav, "</nav>")
	for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(nav, -1) {
		rooms = append(rooms, m[1])
	}
	return rooms
}
