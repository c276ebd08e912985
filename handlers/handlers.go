// Package handlers serves the pages over HTTP. routes.go lists every URL; the packages below are the pages, by
// topic. None of them can import a package that holds Alleviate's client secret, the store or the keys: what
// they need comes through small interfaces.
package handlers

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"

	"intake/handlers/apply"
	"intake/handlers/desk"
	"intake/handlers/handoff"
	"intake/handlers/later"
	"intake/handlers/leads"
	"intake/handlers/optout"
	"intake/handlers/signin"
	"intake/handlers/status"
	"intake/handlers/trustedform"
	"intake/handlers/web"
	"intake/internal/clock"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/views/frame"
)

// Leads is the store of leads.
type Leads interface {
	apply.Leads
	status.Leads
	// Ready returns nil when a lead could be saved now.
	Ready(ctx context.Context) error
}

// HandOffs is the store of the links with which people agree on their own phones.
type HandOffs interface {
	handoff.Links
	handoff.Answers
}

// Drafts is the store of forms that are not sent yet.
type Drafts interface {
	apply.Drafts
	later.Drafts
}

// Meter counts requests, leads and reports. Its methods never block.
type Meter interface {
	web.Meter
	apply.Meter
	handoff.Meter
	// Blocked counts a report that a browser blocked something on a page. The directive is the one of our
	// content policy that forbids it, or "other".
	Blocked(directive string)
}

// Config is what the pages need to know.
type Config struct {
	Leads     Leads
	Drafts    Drafts
	OptOuts   optout.OptOuts
	HandOffs  HandOffs // nil: no lead is handed off to its person's own phone
	Meter     Meter    // nil counts nothing
	Texts     consent.Texts
	Site      frame.Site
	PublicURL *url.URL              // the only host that is served
	Proxies   []netip.Prefix        // our own, whose X-Forwarded-For is trusted
	Version   string                // of the program, kept with each consent record
	Recorder  *trustedform.Recorder // the vendor that records the pages with consents; nil when none does

	CreditOptional bool // outside production: a request is accepted without the permission for a credit check

	// FormSecret signs what forms carry. Every process of one database needs the same. When it is empty, a
	// random one is made, and the forms of other processes look filled in by a bot.
	FormSecret   []byte
	LimitsOff    bool // for load tests
	BotChecksOff bool // for load tests

	SignIn     *signin.Config // nil: nobody can sign in, and there are no staff pages
	StaffLeads *leads.Config  // leads as staff see them; nil: there are no pages of them
	Desk       *desk.Config   // nil: there is no desk. What it shares with other pages is filled in
	APIHost    string         // of Alleviate, as staff pages name it
	Zone       *time.Location // of the times on staff pages; nil is UTC

	Degraded func() bool // whether an operator should look although leads are accepted; never blocks; nil is never

	Log   *slog.Logger
	Clock *clock.Clock // nil is the machine's
}

// Handlers serves all pages.
type Handlers struct {
	*web.Base
	apply   *apply.Handlers
	status  *status.Handlers
	optOut  *optout.Handlers
	handOff *handoff.Handlers // nil: there is none
	leads   *leads.Handlers   // nil without pages for staff
	signIn  *signin.Handlers  // nil: there are no staff pages
	desk    *desk.Handlers    // nil: there is none
	later   *later.Handlers

	texts    consent.Texts
	meter    Meter
	store    Leads
	degraded func() bool
	ready    readiness
	draining atomic.Bool
}

// New makes the pages from cfg.
func New(cfg Config) *Handlers {
	if len(cfg.FormSecret) == 0 {
		cfg.FormSecret = []byte(rand.Text())
	}
	if cfg.Meter == nil {
		cfg.Meter = noMeter{}
	}
	if cfg.Degraded == nil {
		cfg.Degraded = func() bool { return false }
	}
	cfg.Site.Facts = factsOf(cfg.Texts, cfg.Site)
	var base *web.Base
	base = web.New(web.Config{
		Meter: cfg.Meter, Site: cfg.Site, PublicURL: cfg.PublicURL, Proxies: cfg.Proxies, LimitsOff: cfg.LimitsOff, APIHost: cfg.APIHost, Zone: cfg.Zone,
		ProblemPage: func(r *http.Request, status int) templ.Component { return problemPage(base, r, status) },
		Log:         cfg.Log, Clock: cfg.Clock,
	})
	h := &Handlers{
		Base: base,
		apply: apply.New(base, apply.Config{
			Leads: cfg.Leads, Drafts: cfg.Drafts, Meter: cfg.Meter, Texts: cfg.Texts, Version: cfg.Version, Recorder: cfg.Recorder,
			CreditOptional: cfg.CreditOptional, FormSecret: cfg.FormSecret, BotChecksOff: cfg.BotChecksOff,
		}),
		later:  later.New(base, cfg.Drafts),
		status: status.New(base, cfg.Leads, cfg.Texts),
		optOut: optout.New(base, cfg.OptOuts),
		texts:  cfg.Texts, meter: cfg.Meter, store: cfg.Leads, degraded: cfg.Degraded,
		ready: newReadiness(),
	}
	h.addStaff(cfg)
	if cfg.HandOffs != nil {
		h.handOff = handoff.New(base, handoff.Config{
			Links: cfg.HandOffs, Answers: cfg.HandOffs, Meter: cfg.Meter, Texts: cfg.Texts, Version: cfg.Version, Recorder: cfg.Recorder, FormSecret: cfg.FormSecret, IsStaff: h.isStaffBrowser,
		})
	}
	return h
}

// problemPage is the problem page of the request's audience: for consumers in the request's language. Its reference is
// the request's id, which the log has too.
func problemPage(base *web.Base, r *http.Request, status int) templ.Component {
	if web.IsStaff(r.URL.Path) {
		return frame.StaffProblemPage(frame.StaffProblem{StaffPage: base.StaffPage(r), Status: status, Reference: web.RequestID(r)})
	}
	page := base.Page(r)
	page.Path = "" // whose page is nowhere, too: all of them look the same
	return frame.ProblemPage(frame.Problem{Page: page, Status: status, Reference: web.RequestID(r)})
}

type noMeter struct{}

func (noMeter) Answered(string, int) {}
func (noMeter) Stored(lead.Status)   {}
func (noMeter) Linked(string)        {}
func (noMeter) Blocked(string)       {}

// Drain makes /readyz answer 503, so that a load balancer sends visitors elsewhere. Everything else is served
// as before.
func (h *Handlers) Drain() { h.draining.Store(true) }
