package signin

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"time"

	"github.com/alexedwards/scs/v2"

	"intake/internal/staff"
)

// How long a session lives.
const (
	Idle = 15 * time.Minute // without use
	Life = 8 * time.Hour    // whatever is done
	// prolongEvery spares the store: a session is prolonged by the first use after this time alone.
	prolongEvery = 30 * time.Second
)

// session is what the store holds, sealed, for a token.
type session struct {
	ID       string       `json:"id"` // for limits in memory, which should not hold tokens
	Person   staff.Person `json:"person"`
	SignedIn time.Time    `json:"signedIn"`
	Seen     time.Time    `json:"seen"` // the last use that prolonged it
}

func (s session) lastEnd() time.Time { return s.SignedIn.Add(Life) }

// end is when the session ends if nobody uses it again.
func (s session) end() time.Time {
	if idle := s.Seen.Add(Idle); idle.Before(s.lastEnd()) {
		return idle
	}
	return s.lastEnd()
}

// person is who is signed in.
func (s session) person() staff.Person {
	p := s.Person
	p.SessionEnds = s.lastEnd()
	return p
}

// value is the name of the one value of a session.
const value = "session"

// codec writes a session as JSON.
type codec struct{}

type stored struct {
	Deadline time.Time `json:"deadline"`
	Session  session   `json:"session"`
}

func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	s, _ := values[value].(session)
	return json.Marshal(stored{deadline, s})
}

func (codec) Decode(data []byte) (time.Time, map[string]any, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return time.Time{}, nil, err
	}
	return s.Deadline, map[string]any{value: s.Session}, nil
}

// PersonOf reads from what a session holds the key of who is signed in.
func PersonOf(data []byte) (string, error) {
	var s stored
	err := json.Unmarshal(data, &s)
	return s.Session.Person.Key, err
}

// newManager does not use the limits of scs, which go by the machine's clock: the deadline that we set with ours is where
// the store ends a session. It also does not use scs.New, which starts a goroutine that nobody can end.
func newManager(store scs.Store, https bool) *scs.SessionManager {
	cookie := scs.SessionCookie{Name: "session", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if https { // over http, on loopback alone, WebKit drops Secure cookies, and __Host- needs Secure
		cookie.Name, cookie.Secure = "__Host-session", true
	}
	return &scs.SessionManager{Lifetime: Life, Store: store, Codec: codec{}, Cookie: cookie}
}

// token is what scs makes.
var token = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// load finds the session of a request. The context is for the methods of the manager, also without a session.
func (h *Handlers) load(r *http.Request) (ctx context.Context, s session, found bool, err error) {
	given := ""
	if cookie, err := r.Cookie(h.manager.Cookie.Name); err == nil && token.MatchString(cookie.Value) {
		given = cookie.Value
	}
	if ctx, err = h.manager.Load(r.Context(), given); err != nil {
		return nil, s, false, unavailable(err)
	}
	s, found = h.manager.Get(ctx, value).(session)
	return ctx, s, found && s.Person.Key != "" && h.Clock.Now().Before(s.end()), nil
}

// HasCookie says whether somebody has signed in with the browser of a request, whether that session is still good or not.
func (h *Handlers) HasCookie(r *http.Request) bool {
	cookie, err := r.Cookie(h.manager.Cookie.Name)
	return err == nil && cookie.Value != ""
}

// start begins a session of the person with a new token, and ends the one that the browser had.
func (h *Handlers) start(w http.ResponseWriter, r *http.Request, p staff.Person, id string) error {
	ctx, _, _, err := h.load(r)
	if err != nil {
		return err
	}
	if err := h.manager.RenewToken(ctx); err != nil {
		return unavailable(err)
	}
	now := h.Clock.Now()
	if err := h.save(ctx, session{ID: id, Person: p, SignedIn: now, Seen: now}); err != nil {
		return err
	}
	h.manager.WriteSessionCookie(ctx, w, h.manager.Token(ctx), now.Add(Life))
	return nil
}

// save stores the session until it ends. It does not bring back one that was ended meanwhile.
func (h *Handlers) save(ctx context.Context, s session) error {
	h.manager.Put(ctx, value, s)
	h.manager.SetDeadline(ctx, s.end())
	if _, _, err := h.manager.Commit(ctx); err != nil {
		return unavailable(err)
	}
	return nil
}

// prolong notes that the session is used, and returns it.
func (h *Handlers) prolong(ctx context.Context, s session) (session, error) {
	now := h.Clock.Now()
	if now.Sub(s.Seen) < prolongEvery {
		return s, nil
	}
	s.Seen = now
	return s, h.save(ctx, s)
}

// dropCookie makes the browser forget its token.
func (h *Handlers) dropCookie(ctx context.Context, w http.ResponseWriter) {
	h.manager.WriteSessionCookie(ctx, w, "", time.Time{})
}
