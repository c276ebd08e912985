// Package leads is where staff follow the leads that were sent: the result of a call, an agent's last leads, the page of one
// lead, the search, the call backs and the team.
package leads

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/coach"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/live"
	"intake/internal/staff"
)

// recentLeads is how many leads of an agent are listed.
const recentLeads = 20

// Leads reads leads.
type Leads interface {
	// Facts returns all of a lead that is not sealed, or lead.ErrNotFound.
	Facts(ctx context.Context, id lead.PartnerID) (lead.Lead, error)
	// Open returns everything about a lead. It returns nothing unless it is written down who looked.
	Open(ctx context.Context, id lead.PartnerID, by Reader) (Case, error)
	// LatestOfAgent returns the last n leads that an agent has typed, newest first.
	LatestOfAgent(ctx context.Context, key string, n int) ([]lead.Summary, error)
	// LookNow makes the next status check of a lead due at once; see the errors of package lead.
	LookNow(ctx context.Context, id lead.PartnerID, by lead.Agent) error
}

// Calls is how calls about leads ended.
type Calls interface {
	// Dispose stores a disposition. DoNotCall also opts the person out, in the same commit.
	Dispose(ctx context.Context, d lead.Disposition) error
	// Dispositions lists those of a lead, oldest first.
	Dispositions(ctx context.Context, id lead.PartnerID) ([]lead.Disposition, error)
	// CallBacks is a page of the call backs that the agent with the key has promised, the first due first; with an empty key of those of
	// all agents. It returns nothing unless it is written down who looked.
	CallBacks(ctx context.Context, key string, page lead.Page, by Reader) ([]lead.CallBackDue, error)
}

// Finder finds and counts leads.
type Finder interface {
	// Search returns leads, newest first and at most 20. It returns nothing unless it is written down who searched by what
	// kind of thing.
	Search(ctx context.Context, q Query, by Reader) ([]lead.Summary, error)
	// Team counts the leads that agents have typed since then.
	Team(ctx context.Context, since time.Time) ([]lead.TeamRow, error)
}

// Reader is who looks at something about a person.
type Reader struct{ Name, RequestID string }

// Case is everything about a lead that its page shows.
type Case struct {
	Lead    lead.Lead // with its answers
	History []Event
	Acts    []Act // of people, from the audit log
	Consent consent.Record
	Due     Due
}

// Event is something that happened to a lead.
type Event struct {
	At           time.Time
	Event        lead.Event
	Attempt      int
	Late         bool // it changed nothing but the history
	Reason       string
	By           lead.Agent
	AlleviateID  lead.AlleviateID
	ResultCode   int
	Bid          string
	SubmitStatus int
	CRM          string
}

// Act is an entry of the audit log.
type Act struct {
	At                  time.Time
	Who, Action, Reason string
}

// Due is when each class of what is stored about a lead is erased; a zero time when it is not there any more.
type Due struct{ SSN, Answers, Evidence time.Time }

// Config is what the pages need. Every field but HandOffs is required.
type Config struct {
	Leads      Leads
	Calls      Calls
	Finder     Finder
	HandOffs   HandOffs // nil: no lead is handed off
	SendsLinks bool     // a program of others brings the links to the callers' phones
	Live       *live.Hub
	Coach      coach.Table
	Allowed    func(*http.Request) bool // whether the session of an open stream is still good; it must not extend it; nil asks the sign-in
}

// Handlers serves the pages.
type Handlers struct {
	*web.Base
	cfg Config
}

// New makes the pages.
func New(base *web.Base, cfg Config) *Handlers { return &Handlers{base, cfg} }

// Routes adds the pages to the group /desk.
func (h *Handlers) Routes(g *echo.Group) {
	g.GET("/recent", h.ShowRecent)
	g.GET("/events", h.StreamEvents)
	g.GET("/call-backs", h.ShowCallBacks)
	g.GET("/team", h.ShowTeam)
	g.GET("/team/:agent", h.ShowAgent)
	g.GET("/search", h.ShowSearch)
	g.POST("/search", h.ReceiveSearch)
	g.GET("/leads/:id", h.ShowLead)
	g.GET("/leads/:id/result", h.ShowResult)
	g.POST("/leads/:id/refresh", h.ReceiveRefresh)
	g.POST("/leads/:id/disposition", h.ReceiveDisposition)
	if h.cfg.HandOffs != nil {
		g.POST("/leads/:id/link", h.ReceiveHandOff)
	}
}

// reader is who is signed in, if they work with leads. Everybody else is answered as if nothing were there.
func reader(r *http.Request) (staff.Person, error) {
	p, ok := web.Person(r)
	if !ok || p.Key == "" || !p.Has(staff.Agent) && !p.Has(staff.Supervisor) {
		return p, lead.ErrNotFound
	}
	return p, nil
}

// mayOpen reports whether the person may open a lead that the agent typed.
func mayOpen(p staff.Person, typed lead.Agent) bool {
	return p.Has(staff.Supervisor) || p.Has(staff.Agent) && p.Key != "" && typed.Key == p.Key
}

// open returns the lead of the request without its answers, to somebody who may open it.
func (h *Handlers) open(c echo.Context) (staff.Person, lead.Lead, error) {
	return h.openNamed(c, lead.PartnerID(c.Param("id")))
}

func (h *Handlers) openNamed(c echo.Context, id lead.PartnerID) (staff.Person, lead.Lead, error) {
	p, err := reader(c.Request())
	if err != nil {
		return p, lead.Lead{}, err
	}
	l, err := h.cfg.Leads.Facts(c.Request().Context(), id)
	if err == nil && !mayOpen(p, l.Agent) {
		err = lead.ErrNotFound // as for an id that does not exist
	}
	if err != nil {
		return p, lead.Lead{}, err
	}
	return p, l, nil
}
