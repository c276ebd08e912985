// Package handlers is HTTP in and HTTP out: one file per page or action, a GET and its POST in one
// file. It cannot name the packages that hold Alleviate's client secret, the store or the keys;
// what it needs of them comes through the interface below.
package handlers

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/views/frame"
)

// Leads keeps leads. Its promises are those of the store.
type Leads interface {
	// Save returns once the lead is durable. The same submission key with the same answers gets the
	// first receipt again; with other answers the first receipt and lead.ErrChanged. Any other error
	// says nothing about whether the lead was kept: the same key makes a second try safe.
	Save(ctx context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error)
	// FindByHandle returns what a status page needs, or lead.ErrNotFound.
	FindByHandle(ctx context.Context, handle string) (lead.Lead, error)
	// Ready returns nil when a lead could be saved now.
	Ready(ctx context.Context) error
}

// Drafts keeps what people have typed before they send it. Its promises are those of the store:
// what it took is durable, and what is not there any more is lead.ErrNotFound.
type Drafts interface {
	// StartDraft keeps a new draft.
	StartDraft(ctx context.Context, d lead.Draft) error
	// FindDraft returns the draft that the handle names.
	FindDraft(ctx context.Context, handle string) (lead.Draft, error)
	// ChangeDraft replaces the draft by what change makes of it and returns that. It may call change
	// more than once.
	ChangeDraft(ctx context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error)
	// KeepPage keeps a page that is about to be sent to the owner of the draft.
	KeepPage(ctx context.Context, draft string, page consent.Page) error
}

// OptOuts writes down who wants no more of us.
type OptOuts interface {
	// OptOut is in force once it returns without an error. It tells which leads it stopped.
	OptOut(ctx context.Context, o lead.OptOut) ([]lead.PartnerID, error)
}

// Meter counts what happens at the door. Its methods never block.
type Meter interface {
	// Answered notes one answer: the route's pattern, empty outside the routes, and the HTTP status.
	Answered(route string, status int)
	// Stored notes a lead that was not there before.
	Stored(status lead.Status)
	// Blocked notes that a browser kept a page from doing something. The directive is the one of
	// our policy that forbids it, or "other".
	Blocked(directive string)
}

// Config is what the pages need to know.
type Config struct {
	Leads     Leads
	Drafts    Drafts
	OptOuts   OptOuts
	Meter     Meter // nil counts nothing
	Texts     consent.Texts
	Site      frame.Site
	PublicURL *url.URL       // the only Host that is served
	Proxies   []netip.Prefix // our own, whose X-Forwarded-For is believed
	Version   string         // of the program, kept with each consent record
	Recorder  *Recorder      // the vendor that records the check page; nil when none does

	CreditOptional bool // outside production: a request is taken without the permission for a credit check

	// FormSecret signs the forms. Every process of one database needs the same; when it is empty, the
	// forms of other processes and of an earlier start look machine-made.
	FormSecret   []byte
	LimitsOff    bool // for load tests: nobody posts too much
	BotChecksOff bool // for load tests: nobody looks like a machine

	Degraded func() bool // whether a person should look although leads are accepted; never blocks; nil is never

	Log *slog.Logger
	Now func() time.Time
}

// Handlers are the pages.
type Handlers struct {
	Config
	landings  landings
	edition   string // of what a check page says, answers apart
	limits    *limits
	warned    sync.Map // shapes of proxies' headers
	draining  chan struct{}
	drainOnce sync.Once
	closing   chan struct{}
	closeOnce sync.Once
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
	h := &Handlers{
		Config: cfg, limits: newLimits(),
		draining: make(chan struct{}), closing: make(chan struct{}),
	}
	h.edition = h.editionOf()
	return h
}

type noMeter struct{}

func (noMeter) Answered(string, int) {}
func (noMeter) Stored(lead.Status)   {}
func (noMeter) Blocked(string)       {}

// Drain makes the pages not ready, so that whoever sends visitors sends them elsewhere. Everything
// is served as before.
func (h *Handlers) Drain() { h.drainOnce.Do(func() { close(h.draining) }) }

// EndStreams ends the event streams, so that the server can shut down without waiting for them.
func (h *Handlers) EndStreams() { h.closeOnce.Do(func() { close(h.closing) }) }
