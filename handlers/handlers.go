// Package handlers is HTTP in and HTTP out: one file per page or action, a GET and its POST in one
// file. It cannot name the packages that hold Alleviate's client secret, the store or the keys;
// what it needs of them comes through the interface below.
package handlers

import (
	"context"
	"log/slog"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/views"
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

// Config is what the pages need to know.
type Config struct {
	Leads     Leads
	Texts     consent.Texts
	Site      views.Site
	PublicURL *url.URL // the only Host that is served
	Proxies   []netip.Prefix
	Version   string // of the program, kept with each consent record
	Log       *slog.Logger
	Now       func() time.Time
}

// Handlers are the pages.
type Handlers struct {
	Config
	emptyForm stencil // cut at the submission key
	closing   chan struct{}
	closeOnce sync.Once
}

// New makes the pages from cfg.
func New(cfg Config) *Handlers {
	return &Handlers{Config: cfg, closing: make(chan struct{})}
}

// EndStreams ends the event streams, so that the server can shut down without waiting for them.
func (h *Handlers) EndStreams() { h.closeOnce.Do(func() { close(h.closing) }) }
