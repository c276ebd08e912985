// Package handoff is the hand-off of a lead to its person: the pages that they open on their own phone, and the part of the
// desk that makes the link and follows it.
package handoff

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/trustedform"
	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
)

// Links is the store of links.
type Links interface {
	// FindHandOff returns the link of a token and its lead, whose answers are there while the link is open; or lead.ErrNotFound.
	FindHandOff(ctx context.Context, token string) (lead.HandOff, lead.Lead, error)
	// OpenHandOff notes the first time that a link was opened.
	OpenHandOff(ctx context.Context, h lead.HandOff) error
	// HandOffByCode returns the token of a code, lead.ErrNotFound, or lead.ErrTooManyGuesses.
	HandOffByCode(ctx context.Context, typed string) (lead.Private[string], error)
}

// Answers is the store of what people answer.
type Answers interface {
	// KeepHandOffPage saves a page before it is sent. A link that is over is lead.ErrHandOffOver.
	KeepHandOffPage(ctx context.Context, token string, page consent.Page) error
	// AcceptHandOff uses the link up and lets the lead go. It may be lead.ErrHandOffOver, lead.ErrOptedOut or lead.ErrNoPage.
	AcceptHandOff(ctx context.Context, token string, record consent.Record, given lead.Accepted) error
	// DeclineHandOff uses the link up. It may be lead.ErrHandOffOver.
	DeclineHandOff(ctx context.Context, token string) error
}

// Meter counts what happens to links. It never blocks.
type Meter interface {
	// Linked counts "opened", "accepted", "declined" or "wrong code".
	Linked(event string)
}

// Config is what the pages need beside web.Base.
type Config struct {
	Links      Links
	Answers    Answers
	Meter      Meter
	Texts      consent.Texts
	Version    string                // of the program, kept with each consent record
	Recorder   *trustedform.Recorder // nil: nobody records the page
	FormSecret []byte                // signs the page that was shown; every process of one database needs the same
	// IsStaff says whether the browser is one that somebody has signed in with: it cannot answer for a caller.
	IsStaff func(*http.Request) bool
}

const (
	wrongPerAddress = 5 // codes
	wrongWindow     = 15 * time.Minute
)

// Handlers serves the pages.
type Handlers struct {
	*web.Base
	cfg   Config
	wrong *web.Limiter[netip.Prefix]
}

// New makes the pages from cfg.
func New(base *web.Base, cfg Config) *Handlers {
	return &Handlers{base, cfg, web.NewLimiter[netip.Prefix](wrongPerAddress, wrongWindow)}
}

// Routes adds the pages to the group of a language.
func (h *Handlers) Routes(g *echo.Group) {
	g.GET("/consent", h.ShowCode)
	g.POST("/consent", h.ReceiveCode)
	g.GET("/consent/:token", h.ShowConsents)
	g.POST("/consent/:token", h.ReceiveAnswer)
}

// rules are the options by which what the person types is validated.
func (h *Handlers) rules() validation.Options {
	return validation.Options{
		Today: lead.DateOf(h.Clock.Now()), Production: h.Site.Environment == "production", Phone: h.Site.Phone,
		RequireCredit: true, Asked: validation.OwnPhone,
	}
}

// path is that of a link's page, in no language.
func path(token string) string { return "/consent/" + token }
