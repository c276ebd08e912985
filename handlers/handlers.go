// Package handlers is HTTP in and HTTP out. It puts the rooms of the pages together: routes.go shows
// every URL. Neither it nor a room can name the packages that hold Alleviate's client secret, the store
// or the keys; what they need of them comes through small interfaces.
package handlers

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"

	"github.com/a-h/templ"

	"intake/handlers/apply"
	"intake/handlers/optout"
	"intake/handlers/status"
	"intake/handlers/web"
	"intake/internal/clock"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/views/frame"
)

// Leads is the store of leads.
type Leads interface {
	apply.Leads
	// Ready returns nil when a lead could be saved now.
	Ready(ctx context.Context) error
}

// Meter counts what happens in the rooms. Its methods never block.
type Meter interface {
	web.Meter
	apply.Meter
	// Blocked notes that a browser kept a page from doing something. The directive is the one of
	// our policy that forbids it, or "other".
	Blocked(directive string)
}

// Config is what the pages need to know.
type Config struct {
	Leads     Leads
	Drafts    apply.Drafts
	OptOuts   optout.OptOuts
	Meter     Meter // nil counts nothing
	Texts     consent.Texts
	Site      frame.Site
	PublicURL *url.URL        // the only Host that is served
	Proxies   []netip.Prefix  // our own, whose X-Forwarded-For is believed
	Version   string          // of the program, kept with each consent record
	Recorder  *apply.Recorder // the vendor that records the check page; nil when none does

	CreditOptional bool // outside production: a request is accepted without the permission for a credit check

	// FormSecret signs the forms. Every process of one database needs the same; when it is empty, the
	// forms of other processes and of an earlier start look machine-made.
	FormSecret   []byte
	LimitsOff    bool // for load tests: nobody posts too much
	BotChecksOff bool // for load tests: nobody looks like a machine

	Degraded func() bool // whether a person should look although leads are accepted; never blocks; nil is never

	Log   *slog.Logger
	Clock *clock.Clock // nil is the machine's
}

// Handlers are the pages of all rooms.
type Handlers struct {
	*web.Base
	apply  *apply.Handlers
	status *status.Handlers
	optOut *optout.Handlers

	texts    consent.Texts
	meter    Meter
	store    Leads
	degraded func() bool
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
	base := web.New(web.Config{
		Meter: cfg.Meter, Site: cfg.Site, PublicURL: cfg.PublicURL, Proxies: cfg.Proxies, LimitsOff: cfg.LimitsOff,
		ProblemPage: consumerProblem(cfg.Site), Log: cfg.Log, Clock: cfg.Clock,
	})
	return &Handlers{
		Base: base,
		apply: apply.New(base, apply.Config{
			Leads: cfg.Leads, Drafts: cfg.Drafts, Meter: cfg.Meter, Texts: cfg.Texts, Version: cfg.Version, Recorder: cfg.Recorder,
			CreditOptional: cfg.CreditOptional, FormSecret: cfg.FormSecret, BotChecksOff: cfg.BotChecksOff,
		}),
		status: status.New(base, cfg.Leads),
		optOut: optout.New(base, cfg.OptOuts),
		texts:  cfg.Texts, meter: cfg.Meter, store: cfg.Leads, degraded: cfg.Degraded,
	}
}

// consumerProblem draws problems for consumers. It leads to the first page, in the request's language.
func consumerProblem(site frame.Site) func(*http.Request, web.Problem) templ.Component {
	return func(r *http.Request, p web.Problem) templ.Component {
		return frame.ProblemPage(frame.Problem{
			Page:   frame.Page{Site: site, Language: web.Language(r), GPC: web.HasGPC(r)},
			Status: p.Status, Reference: p.Reference,
		})
	}
}

type noMeter struct{}

func (noMeter) Answered(string, int) {}
func (noMeter) Stored(lead.Status)   {}
func (noMeter) Blocked(string)       {}

// Drain makes the pages not ready, so that whoever sends visitors sends them elsewhere. Everything
// is served as before.
func (h *Handlers) Drain() { h.draining.Store(true) }
