// Package signin signs staff in and out, keeps their sessions, and is the gate before every staff page.
package signin

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/audit"
	"intake/internal/signin"
	"intake/internal/staff"
)

// Provider is the identity provider. Its errors are of the type *signin.Refusal.
type Provider interface {
	Begin(ctx context.Context, a signin.Attempt) (address string, err error)
	Finish(ctx context.Context, a signin.Attempt, answer url.Values) (staff.Person, error)
}

// Development is the page of the development provider.
type Development interface {
	People() []signin.Ready
	Check(request url.Values) error
	Choose(request url.Values, id string) (address string, err error)
}

// Sessions is where sessions are stored for all processes.
type Sessions interface {
	scs.Store
	// EndAllOf ends every session of a person at once.
	EndAllOf(ctx context.Context, key string) (int, error)
	// Live returns what the sessions hold that are not over.
	Live(ctx context.Context) ([][]byte, error)
}

// AuditLog writes down who did what. When Write returns without an error the entry is on disk.
type AuditLog interface {
	Write(ctx context.Context, e audit.Entry) error
}

// Config is what signing in needs.
type Config struct {
	Provider    Provider
	Development Development // nil: there is none
	Sessions    Sessions
	Audit       AuditLog
	Key         []byte // signs attempts and the tokens of forms; the same in all processes

	// Rescue has, by the pattern of a POST route, what stores the form of somebody whose session has ended. It returns
	// where they go after signing in; empty: there was nothing to store.
	Rescue map[string]func(echo.Context) (to string, err error)
	// ShowAgain has, by the pattern of a POST route, what shows a form again that was opened in an earlier session, with
	// what was typed. It must not do what the form asks for. A form without it is answered with a problem page.
	ShowAgain map[string]echo.HandlerFunc
}

// Limits of what comes in.
const (
	strangersPerAddress = 3000 // requests in web.AddressWindow: ten for each of 300 agents behind one address
	requestsPerSession  = 600  // in sessionWindow: ten a second, for a minute
	sessionWindow       = time.Minute
	refusalsAudited     = 60 // a minute; the log has all
)

// Handlers are the pages of the sign-in.
type Handlers struct {
	*web.Base
	cfg       Config
	manager   *scs.SessionManager
	strangers *web.Limiter[netip.Prefix]
	requests  *web.Limiter[string]
	refusals  *web.Limiter[string]
}

// New makes the handlers from cfg.
func New(base *web.Base, cfg Config) *Handlers {
	return &Handlers{
		Base: base, cfg: cfg, manager: newManager(cfg.Sessions, base.PublicURL.Scheme == "https"),
		strangers: web.NewLimiter[netip.Prefix](strangersPerAddress, web.AddressWindow),
		requests:  web.NewLimiter[string](requestsPerSession, sessionWindow),
		refusals:  web.NewLimiter[string](refusalsAudited, time.Minute),
	}
}

// CallbackPath is where the provider sends people back to.
const CallbackPath = "/sign-in/callback"

// HasDevelopment says whether the pages of the development provider are there.
func (h *Handlers) HasDevelopment() bool { return h.cfg.Development != nil }

// production says whether real people apply here.
func (h *Handlers) production() bool { return !h.Site.Test() }

// limitStrangers counts requests of people who are not signed in, by their address. Those whose address is unknown are
// not counted: in one bucket for all of them, one could lock the others out.
func (h *Handlers) limitStrangers(r *http.Request) error {
	household := h.Household(r)
	if h.LimitsOff || !household.IsValid() {
		return nil
	}
	if _, ok := h.strangers.Allow(household, h.Clock.Now()); !ok {
		return web.NewProblem(http.StatusTooManyRequests, errors.New("too many requests of one address without a session"))
	}
	return nil
}

// write writes an audit entry about a request.
func (h *Handlers) write(c echo.Context, who, action, reason string) error {
	err := h.cfg.Audit.Write(c.Request().Context(), audit.Entry{Who: who, Action: action, Reason: reason, RequestID: web.RequestID(c.Request())})
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// unavailable is the problem of a store that does not answer.
func unavailable(cause error) error { return web.NewProblem(http.StatusServiceUnavailable, cause) }
