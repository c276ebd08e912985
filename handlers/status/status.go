// Package status is the page on which consumers follow what becomes of their request.
package status

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/consent"
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
	// Consent returns the evidence of what the person was shown and did, or lead.ErrNotFound.
	Consent(ctx context.Context, id lead.PartnerID) (consent.Record, error)
}

// Handlers serves the status page.
type Handlers struct {
	*web.Base
	leads Leads
	texts consent.Texts
}

// New makes the pages from their store and the texts that people agree to.
func New(base *web.Base, leads Leads, texts consent.Texts) *Handlers {
	return &Handlers{base, leads, texts}
}

// ShowStatus shows where the request stands.
func (h *Handlers) ShowStatus(c echo.Context) error {
	l, err := h.find(c)
	if err != nil {
		return err
	}
	now, zone := h.Clock.Now(), h.zoneOf(c, l)
	page := views.Progress{
		Page:      h.Page(c.Request()),
		State:     stateOf(l, now),
		Reference: l.ID.Reference().String(),
		SentAt:    l.ReceivedAt.In(zone),
		Marketing: l.Permission.Marketing,
	}
	page.EventsPath = page.Link("/status/" + c.Param("handle") + "/events")
	page.Notice, _ = h.texts.Document(consent.AfterResult, page.Language, consent.Names{Seller: page.Seller, Contact: page.Phone})
	switch {
	case page.State.Final() && !l.FinalAt.IsZero():
		page.ResultAt = l.FinalAt.In(zone)
	case page.State == views.Checking:
		page.AtPartner = l.ChangedAt.In(zone)
	}
	if !page.State.Final() && now.Sub(l.ReceivedAt) < refreshFor {
		page.Refresh = refreshEvery
	}
	c.Response().Header().Set("Referrer-Policy", "strict-origin") // the path is the key to this page
	return h.Render(c, http.StatusOK, views.Page(page))
}

// zoneOf is the person's time zone, which the consent record has, or else ours.
func (h *Handlers) zoneOf(c echo.Context, l lead.Lead) *time.Location {
	record, err := h.leads.Consent(c.Request().Context(), l.ID)
	if err != nil { // the page is useful without it
		h.LogFailure(c.Request(), "consent record not read", err)
	}
	return h.zoneIn(record)
}

func (h *Handlers) zoneIn(record consent.Record) *time.Location {
	zone, err := time.LoadLocation(record.Zone.Reveal())
	if err != nil || !record.Zone.Given() {
		return h.Zone
	}
	return zone
}

// find is the lead of a status page, unless its answers are erased.
func (h *Handlers) find(c echo.Context) (lead.Lead, error) {
	l, err := h.leads.FindByHandle(c.Request().Context(), c.Param("handle"))
	if err == nil && !l.ErasedAt.IsZero() {
		err = web.NewProblem(http.StatusGone, errErased)
	}
	return l, err
}

// StreamStatus sends an open page the name of each new state; the page then reloads itself.
func (h *Handlers) StreamStatus(c echo.Context) error {
	return h.StreamState(c, func(ctx context.Context) (string, bool, error) {
		l, err := h.leads.FindByHandle(ctx, c.Param("handle"))
		state := stateOf(l, h.Clock.Now())
		return string(state), state.Final(), err
	})
}

// A page without JavaScript asks again by itself only while the person has hardly begun to read it: each time it takes the
// focus away (WCAG F41). After that there is the link.
const (
	refreshFor   = time.Minute
	refreshEvery = 15 // seconds
)

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
