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

// ShowLanding is where people begin. Whoever has a draft that was not sent finds it again; whoever has
// sent theirs begins a new one.
func (h *Handlers) ShowLanding(c echo.Context) error {
	r := c.Request()
	d, err := h.findDraft(c)
	if err == nil && !d.sent() {
		return h.Render(c, http.StatusOK, views.LandingPage(h.landingOf(r, d)))
	}
	if err != nil && !errors.Is(err, lead.ErrNotFound) { // the answers are found when they are needed
		h.LogFailure(r, "draft not found", err)
	}
	return h.Render(c, http.StatusOK, views.LandingPage(h.freshLanding(r, h.arrival(r))))
}

// RedirectToLanding is where step 1 is shown.
func RedirectToLanding(c echo.Context) error { return web.Redirect(c, "/") }

// landing is the first page without anybody's answers.
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

// freshLanding is the first page of a form that begins now.
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

// ReceiveDebt is step 1. It starts a draft, or goes on with one that was not sent.
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

// saveDebt puts step 1 into the visitor's draft, or into a new one when there is none that is not sent.
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

// showLandingNotSaved has what was typed, and the time of the first try.
func (h *Handlers) showLandingNotSaved(c echo.Context, form validation.Form, cause error) error {
	h.NotStored(c, "draft not kept", cause)
	page := h.landing(c.Request())
	page.Shown, page.Origin, page.Form, page.Notice = form.Value(shownInput), form.Value(originInput), form, views.AnswersNotSaved
	return h.Render(c, http.StatusServiceUnavailable, views.LandingPage(page))
}

// showLandingAgain tells a visitor whose draft has expired that their answers are not kept any more.
func (h *Handlers) showLandingAgain(c echo.Context) error {
	page := h.freshLanding(c.Request(), lead.Attribution{Landing: h.Page(c.Request()).Link("/")})
	page.Notice = views.DraftExpired
	return h.Render(c, http.StatusUnprocessableEntity, views.LandingPage(page))
}
