// Package web is what every room uses to read a request and write an answer: rendering, problem
// pages, form readers, middleware, limits per kind of visitor, the visitor's address and live
// updates. It knows no room.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"

	"github.com/a-h/templ"

	"intake/internal/clock"
	"intake/views/frame"
)

// Meter counts answers. Answered never blocks.
type Meter interface {
	// Answered notes one answer: the route's pattern, empty outside the routes, and the HTTP status.
	Answered(route string, status int)
}

// Problem is what a page for what went wrong says.
type Problem struct {
	Status    int
	Reference string // the request's id, which the log has too
}

// Config is what all rooms need. Every field but Proxies and LimitsOff is required.
type Config struct {
	Meter     Meter
	Site      frame.Site
	PublicURL *url.URL       // the only Host that is served
	Proxies   []netip.Prefix // our own, whose X-Forwarded-For is believed
	LimitsOff bool           // for load tests: nobody sends too much

	// ProblemPage draws a problem for the audience that the request belongs to.
	ProblemPage func(*http.Request, Problem) templ.Component

	Log   *slog.Logger
	Clock *clock.Clock // nil is the machine's
}

// Base is what the handlers of every room build on.
type Base struct {
	Config
	limits       *limits
	warnedShapes sync.Map // shapes of proxies' headers that were warned of
	closing      context.Context
	close        context.CancelFunc
}

// New makes the base of all rooms from cfg.
func New(cfg Config) *Base {
	b := &Base{Config: cfg, limits: newLimits()}
	b.closing, b.close = context.WithCancel(context.Background())
	return b
}

// EndStreams ends the event streams, so that the server can shut down without waiting for them.
func (b *Base) EndStreams() { b.close() }

// Page is what all pages for consumers share.
func (b *Base) Page(r *http.Request) frame.Page {
	return frame.Page{Site: b.Site, Language: Language(r), Path: pathWithoutLanguage(r), GPC: HasGPC(r)}
}

// HasGPC says whether the browser sent the signal of Global Privacy Control, which asks not to be
// followed.
func HasGPC(r *http.Request) bool { return r.Header.Get("Sec-GPC") == "1" }
