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

// The steps that have a page of their own; step 1 is on the landing page.
const (
	StepYou    = views.StepYou
	StepHome   = views.StepHome
	StepIncome = views.StepIncome
)

// checkStep is the number of the check page, which follows the last step.
const checkStep = views.StepIncome + 1

// firstOpen is the first step that is not done, or checkStep.
func (h *Handlers) firstOpen(d draft) int {
	form, rules := d.typed(), h.rules()
	for step := views.StepDebt; step < checkStep; step++ {
		if !d.saved.HasPassed(step) || len(validation.ParseStep(form, rules, validation.Steps()[step-1]...)) > 0 {
			return step
		}
	}
	return checkStep
}

// laterPath shows the link by which the visitor comes back.
const laterPath = "/apply/later"

// stepPath is where a step is shown.
func stepPath(step int) string {
	switch step {
	case views.StepDebt:
		return "/"
	case checkStep:
		return "/apply/check"
	}
	return views.StepPath(step)
}

// Resume redirects to the first step that is not done.
func (h *Handlers) Resume(c echo.Context) error {
	return h.withDraft(c, func(d draft) error { return web.Redirect(c, stepPath(h.firstOpen(d))) })
}

// withDraft shows a page of the visitor's draft, or the landing page when there is none.
func (h *Handlers) withDraft(c echo.Context, show func(draft) error) error {
	d, err := h.findDraft(c)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return web.Redirect(c, "/")
	case err != nil:
		return web.NewProblem(http.StatusServiceUnavailable, err)
	}
	return show(d)
}
