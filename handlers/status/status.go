// Package status is the page on which consumers follow what becomes of their request.
package status

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	views "intake/views/status"
)

// slowAfter is the age of a request from which the page says that it takes longer than usual.
const slowAfter = 10 * time.Minute

// errErased: the answers were erased on schedule, and the status page with them.
var errErased = errors.New("the lead is erased")

// Leads finds leads.
type Leads interface {
	// FindByHandle returns the lead that the handle names, or lead.ErrNotFound.
	FindByHandle(ctx context.Context, handle string) (lead.Lead, error)
}

// Handlers serves the status page.
type Handlers struct {
	*web.Base
	leads Leads
}

// New makes the page from its store.
func New(base *web.Base, leads Leads) *Handlers { return &Handlers{base, leads} }

// ShowStatus shows where the request stands.
func (h *Handlers) ShowStatus(c echo.Context) error {
	handle := c.Param("handle")
	l, err := h.leads.FindByHandle(c.Request().Context(), handle)
	if err != nil {
		return err
	}
	if !l.ErasedAt.IsZero() {
		return web.NewProblem(http.StatusGone, errErased)
	}
	now := h.Clock.Now()
	page := views.Progress{
		Page:      h.Page(c.Request()),
		State:     stateOf(l, now),
		Reference: l.ID.Reference().String(),
		Marketing: l.Permission.Marketing,
	}
	page.EventsPath = page.Link("/status/" + handle + "/events")
	if !page.State.Final() {
		page.Refresh = refreshAfter(now.Sub(l.ReceivedAt))
	}
	c.Response().Header().Set("Referrer-Policy", "strict-origin") // the path is the key to this page
	return h.Render(c, http.StatusOK, views.Page(page))
}

// StreamStatus sends an open page the name of each new state; the page then reloads itself.
func (h *Handlers) StreamStatus(c echo.Context) error {
	return h.StreamState(c, func(ctx context.Context) (string, bool, error) {
		l, err := h.leads.FindByHandle(ctx, c.Param("handle"))
		state := stateOf(l, h.Clock.Now())
		return string(state), state.Final(), err
	})
}

// refreshAfter is how many seconds a page without JavaScript waits before it looks again.
func refreshAfter(age time.Duration) int {
	if age < time.Minute {
		return 5
	}
	return 30
}

// stateOf is what the visitor may know of a lead: never a bid, nor that it is a duplicate, nor that it is suspect,
// which a bot could learn from.
func stateOf(l lead.Lead, now time.Time) views.State {
	switch l.Status {
	case lead.InDoubt:
		return views.Slow
	case lead.Submitted:
		return views.Qualified
	case lead.Closed:
		return views.Finished
	case lead.Parked:
		if l.SubmitStatus != 0 { // Alleviate wants the lead; only the hand-over is stuck
			return views.Qualified
		}
		return views.Slow
	case lead.Refused:
		if l.SubmitStatus == 422 {
			return views.Finished
		}
		return views.Qualified
	}
	return stateOfOpen(l, now)
}

func stateOfOpen(l lead.Lead, now time.Time) views.State {
	switch {
	case l.Qualified():
		return views.Qualified
	case l.Final():
		return views.Finished
	case now.Sub(l.ReceivedAt) >= slowAfter:
		return views.Slow
	case l.Status == lead.Sending || l.Status == lead.Created:
		return views.Checking
	}
	return views.Received
}
