// Package web is what all pages share to read a request and write an answer: rendering, problem pages, form
// readers, middleware, rate limits, the visitor's address and live updates.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/a-h/templ"

	"intake/internal/clock"
	"intake/internal/staff"
	"intake/views/frame"
)

// Meter counts answers. Answered never blocks.
type Meter interface {
	// Answered counts one answer by the route's pattern, which is empty outside the routes, and the HTTP status.
	Answered(route string, status int)
}

// Config is what all pages need. Every field but Proxies, LimitsOff, APIHost, Zone and Clock is required.
type Config struct {
	Meter     Meter
	Site      frame.Site
	PublicURL *url.URL       // the only host that is served
	Proxies   []netip.Prefix // our own, whose X-Forwarded-For is trusted
	LimitsOff bool           // for load tests
	APIHost   string         // of Alleviate, in the banner of staff pages
	Zone      *time.Location // of the times on staff pages; nil is UTC

	// ProblemPage is the page of an error with an HTTP status, for the audience of the request.
	ProblemPage func(r *http.Request, status int) templ.Component

	Log   *slog.Logger
	Clock *clock.Clock // nil is the machine's
}

// Base is what the handlers of all pages embed.
type Base struct {
	Config
	limits       *limits
	rooms        []staff.Room
	warnedShapes sync.Map // kinds of bad X-Forwarded-For that were logged
	closing      context.Context
	close        context.CancelFunc
}

// New makes the base from cfg.
func New(cfg Config) *Base {
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	b := &Base{Config: cfg, limits: newLimits()}
	b.closing, b.close = context.WithCancel(context.Background())
	return b
}

// EndStreams ends the event streams, so that the server can shut down without waiting for them.
func (b *Base) EndStreams() { b.close() }

// Page is the part of a consumers' page that all of them share.
func (b *Base) Page(r *http.Request) frame.Page {
	return frame.Page{Site: b.Site, Language: Language(r), Path: pathWithoutLanguage(r), GPC: HasGPC(r)}
}

// HasGPC reports whether the browser sent Global Privacy Control, which opts out of tracking.
func HasGPC(r *http.Request) bool { return r.Header.Get("Sec-GPC") == "1" }
