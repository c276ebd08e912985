package apply

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/apply"
)

// ShowLanding shows the first page, with the answers of the visitor's draft unless that was sent.
func (h *Handlers) ShowLanding(c echo.Context) error {
	r := c.Request()
	d, err := h.findDraft(c)
	if err == nil && !d.sent() {
		return h.Render(c, http.StatusOK, views.LandingPage(h.landingOf(r, d)))
	}
	if err != nil && !errors.Is(err, lead.ErrNotFound) { // the page is useful without the answers
		h.LogFailure(r, "draft not found", err)
	}
	page := h.freshLanding(r, h.arrival(r))
	if r.URL.Query().Has(clearedQuery) && err != nil {
		page.Notice = views.AnswersCleared
	}
	return h.Render(c, http.StatusOK, views.LandingPage(page))
}

// clearedQuery is in the address to which clearing the answers leads.
const clearedQuery = "cleared"

// RedirectToLanding redirects to the page that shows step 1.
func RedirectToLanding(c echo.Context) error { return web.Redirect(c, "/") }

// landing is the first page without answers.
func (h *Handlers) landing(r *http.Request) views.Landing {
	page := views.Landing{Page: h.Page(r)}
	if h.cfg.Recorder == nil {
		return page
	}
	if notice, ok := h.cfg.Texts.Recording(page.Language, h.names()); ok {
		page.Recording = &notice
	}
	return page
}

// freshLanding is the first page of a new form.
func (h *Handlers) freshLanding(r *http.Request, origin lead.Attribution) views.Landing {
	page := h.landing(r)
	page.Shown, page.Origin = h.stamp(h.Clock.Now()), h.writeOrigin(origin)
	return page
}

// landingOf is the first page with the draft's answers.
func (h *Handlers) landingOf(r *http.Request, d draft) views.Landing {
	page := h.landing(r)
	page.Shown, page.Form, page.Continue = h.stamp(h.Clock.Now()), d.typed(), h.firstOpen(d) > views.StepDebt
	if d.saved.Restarted {
		page.Notice = views.DraftExpired
	}
	return page
}

// ReceiveDebt receives step 1. It starts a draft, or changes one that was not sent.
func (h *Handlers) ReceiveDebt(c echo.Context) error {
	form, err := web.ReadForm(c.Request(), h.isOnLanding)
	if err != nil {
		return err
	}
	errs := h.stepErrors(views.StepDebt, form)
	d, err := h.saveDebt(c, form, errs)
	if err != nil {
		return h.showLandingNotSaved(c, form, err)
	}
	if language, ok := web.PressedLanguage(form); ok {
		return web.RedirectIn(c, language, "/")
	}
	if len(errs) > 0 {
		page := h.landingOf(c.Request(), d)
		page.Errors = errs
		return h.Render(c, http.StatusUnprocessableEntity, views.LandingPage(page))
	}
	return web.Redirect(c, stepPath(h.firstOpen(d)))
}

func (h *Handlers) isOnLanding(input string) bool {
	return input == shownInput || input == originInput || input == trapInput || h.isOnStep(views.StepDebt, input)
}

// saveDebt saves step 1 in the visitor's draft, or in a new one when there is none or it was sent.
func (h *Handlers) saveDebt(c echo.Context, form validation.Form, errs validation.Errors) (draft, error) {
	change := func(d *draft) {
		h.fillIn(c.Request(), d, views.StepDebt, form, errs)
		d.saved.Trapped = d.saved.Trapped || form.Value(trapInput) != ""
	}
	before, err := h.findDraft(c)
	if err == nil && !before.sent() {
		d, _, err := h.changeDraft(c, change)
		return d, err
	}
	if err != nil && !errors.Is(err, lead.ErrNotFound) {
		return draft{}, err
	}
	return h.startDraft(c, h.readStamp(form.Value(shownInput)), func(d *draft) {
		d.Origin = h.readOrigin(form.Value(originInput))
		change(d)
	})
}

// showLandingNotSaved shows what was typed, and keeps the time at which the page was first shown.
func (h *Handlers) showLandingNotSaved(c echo.Context, form validation.Form, cause error) error {
	h.NotStored(c, "draft not kept", cause)
	page := h.landing(c.Request())
	page.Shown, page.Origin, page.Form, page.Notice = form.Value(shownInput), form.Value(originInput), form, views.AnswersNotSaved
	return h.Render(c, http.StatusServiceUnavailable, views.LandingPage(page))
}

// showLandingAgain says to a visitor whose draft has expired that their answers are gone.
func (h *Handlers) showLandingAgain(c echo.Context) error {
	page := h.freshLanding(c.Request(), lead.Attribution{Landing: h.Page(c.Request()).Link("/")})
	page.Notice = views.DraftExpired
	return h.Render(c, http.StatusUnprocessableEntity, views.LandingPage(page))
}
