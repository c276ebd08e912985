package apply

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"intake/validation"
	views "intake/views/apply"
)

// sentShown is how long the browser that has sent a request is led to its status page. After that only its address leads
// there: the next person at a shared computer learns nothing.
const sentShown = 30 * time.Minute

// isFresh reports whether the draft was sent so short a time ago that its browser is still led to the status page.
func (h *Handlers) isFresh(d draft) bool { return h.Clock.Since(d.Sent.ReceivedAt) < sentShown }

// sentRequest is what a page says of the request that the draft has become, without an answer of it.
func (h *Handlers) sentRequest(c echo.Context, d draft) *views.Sent {
	if !h.isFresh(d) {
		return &views.Sent{}
	}
	return &views.Sent{
		StatusPath: h.Page(c.Request()).Link(statusPath(d.Sent)),
		At:         d.Sent.ReceivedAt.In(zoneOf(d.saved.Boxes["zipCode"])),
	}
}

// showSent says that the request is with us already. As a conflict (409) it says that nothing was changed.
func (h *Handlers) showSent(c echo.Context, status int, d draft) error {
	page := views.AlreadySent{Page: h.Page(c.Request()), Sent: *h.sentRequest(c, d), Unchanged: status == http.StatusConflict}
	return h.Render(c, status, views.AlreadySentPage(page))
}

// zoneOf is the time zone of a ZIP code as it was typed; of one that is not known, UTC.
func zoneOf(zip string) *time.Location {
	digits := onlyDigits(zip)
	zone, err := time.LoadLocation(validation.ZoneOf(digits[:min(len(digits), 5)]))
	if err != nil {
		return time.UTC
	}
	return zone
}
