// Package later is how a consumer leaves the form and comes back: a link that needs no account leads any browser to the
// answers, and a button clears them.
package later

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/apply"
)

// Drafts is the store of forms that are not sent yet. What is not there, or not any more, is lead.ErrNotFound.
type Drafts interface {
	// FindDraft returns the draft that the handle names.
	FindDraft(ctx context.Context, handle string) (lead.Draft, error)
	// ChangeDraft replaces the draft by what change makes of it and returns that. It may call change more than once.
	ChangeDraft(ctx context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error)
	// FindByReturn returns the draft that a return link leads to, without handle and Social Security number.
	FindByReturn(ctx context.Context, token string) (lead.Draft, error)
	// MoveDraft gives the draft of a return link a new handle, erases its Social Security number and returns it. A draft
	// that was sent is returned and stays where it is.
	MoveDraft(ctx context.Context, token, handle string) (lead.Draft, error)
	// DropDraft erases the draft and its return link. No such draft is no error.
	DropDraft(ctx context.Context, handle string) error
}

// Handlers serves these pages.
type Handlers struct {
	*web.Base
	drafts Drafts
}

// New makes the pages from their store.
func New(base *web.Base, drafts Drafts) *Handlers { return &Handlers{base, drafts} }

// Addresses of these pages and of those around them, without the language.
const (
	landingPath = "/"
	clearedPath = "/?cleared"
	resumePath  = "/apply" // leads to the first step that is not done
	linkPath    = "/apply/later"
	returnPath  = "/apply/return/"
)

// AskForLink makes a link to come back by, from a page on which nothing is typed.
func (h *Handlers) AskForLink(c echo.Context) error {
	if _, err := web.ReadForm(c.Request(), func(input string) bool { return input == "later" }); err != nil {
		return err
	}
	d, err := lead.Draft{}, lead.ErrNotFound
	handle := h.DraftHandle(c.Request())
	if handle != "" {
		d, err = h.drafts.ChangeDraft(c.Request().Context(), handle, func(d *lead.Draft) { d.AskReturn(h.Clock.Now()) })
	}
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return web.Redirect(c, landingPath)
	case err != nil:
		return web.NewProblem(http.StatusServiceUnavailable, err)
	case d.Sent.Handle != "":
		return web.Redirect(c, resumePath)
	}
	h.SetDraftCookie(c, handle)
	return web.Redirect(c, linkPath)
}

// ShowLink shows the link of the visitor's draft. Without one it redirects to the form.
func (h *Handlers) ShowLink(c echo.Context) error {
	d, err := h.findDraft(c)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return web.Redirect(c, landingPath)
	case err != nil:
		return web.NewProblem(http.StatusServiceUnavailable, err)
	case !d.Return.Given(), d.Sent.Handle != "":
		return web.Redirect(c, resumePath)
	}
	page := h.Page(c.Request())
	return h.Render(c, http.StatusOK, views.ReturnLinkPage(views.ReturnLink{
		Page:    page,
		Address: h.PublicURL.Scheme + "://" + h.PublicURL.Host + page.Link(returnPath+d.Return.Reveal()),
		Until:   d.ReturnUntil.In(h.zoneOf(d)),
	}))
}

// ShowReturn is where a link leads. It changes nothing: a robot that previews links opens it too.
func (h *Handlers) ShowReturn(c echo.Context) error {
	hideAddress(c)
	d, err := h.drafts.FindByReturn(c.Request().Context(), c.Param("token"))
	if err != nil || d.Sent.Handle != "" {
		return h.showEnd(c, err)
	}
	return h.Render(c, http.StatusOK, views.ReturnPage(h.Page(c.Request()), d.ReturnUntil.In(h.zoneOf(d))))
}

// Return moves the draft to this browser, and no other has it any more. The link holds: whoever did not get this answer presses
// again.
func (h *Handlers) Return(c echo.Context) error {
	hideAddress(c)
	if _, err := web.ReadForm(c.Request(), func(input string) bool { return input == "go" }); err != nil {
		return err
	}
	token, handle := c.Param("token"), lead.NewHandle()
	here, err := h.findDraft(c)
	if err == nil && here.Return.Given() && here.Return.Reveal() == token && here.Sent.Handle == "" { // a second press
		return web.Redirect(c, resumePath)
	}
	d, err := h.drafts.MoveDraft(c.Request().Context(), token, handle)
	if err != nil || d.Sent.Handle != "" {
		return h.showEnd(c, err)
	}
	h.SetDraftCookie(c, handle)
	return web.Redirect(c, resumePath)
}

// showEnd answers a link that leads to no answers. A wrong one and one that has ended look the same.
func (h *Handlers) showEnd(c echo.Context, err error) error {
	page := h.Page(c.Request())
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return h.Render(c, http.StatusNotFound, views.ReturnEndedPage(page))
	case err != nil:
		return web.NewProblem(http.StatusServiceUnavailable, err)
	}
	return h.Render(c, http.StatusGone, views.ReturnSentPage(page))
}

// Clear erases the visitor's draft and makes the browser forget it.
func (h *Handlers) Clear(c echo.Context) error {
	if _, err := web.ReadForm(c.Request(), func(input string) bool { return input == "clear" }); err != nil {
		return err
	}
	if handle := h.DraftHandle(c.Request()); handle != "" {
		if err := h.drafts.DropDraft(c.Request().Context(), handle); err != nil {
			h.NotStored(c, "draft not erased", err)
			return h.Render(c, http.StatusServiceUnavailable, views.NotClearedPage(h.Page(c.Request())))
		}
	}
	h.ClearVisitorCookies(c)
	return web.Redirect(c, clearedPath)
}

func (h *Handlers) findDraft(c echo.Context) (lead.Draft, error) {
	handle := h.DraftHandle(c.Request())
	if handle == "" {
		return lead.Draft{}, lead.ErrNotFound
	}
	return h.drafts.FindDraft(c.Request().Context(), handle)
}

// hideAddress keeps the page's address out of the Referer of every request. "no-referrer" would make browsers send
// "Origin: null" on our own form.
func hideAddress(c echo.Context) { c.Response().Header().Set("Referrer-Policy", "strict-origin") }

// zoneOf is the time zone of the ZIP code that was typed, or else ours.
func (h *Handlers) zoneOf(d lead.Draft) *time.Location {
	name := validation.ZoneOf(d.Form().Boxes["zipCode"])
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" {
		return h.Zone
	}
	return zone
}
