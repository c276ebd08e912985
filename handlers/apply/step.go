package apply

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/apply"
)

// Buttons beside Continue and the language switch.
const (
	backInput   = "back"   // saves what was typed and leads back
	forgetInput = "forget" // on step 4: erases the Social Security number that we hold
	laterInput  = "later"  // saves what was typed and leads to a link for coming back
)

const ssnBox = "socialSecurityNumber"

// maxBoxBytes bounds what is stored of one box. It is twice what validation reads; longer text is never valid.
const maxBoxBytes = 4 << 10

// ShowStep shows step 2, 3 or 4 with what was typed before. It redirects to an earlier step that is not done.
func (h *Handlers) ShowStep(step int) echo.HandlerFunc {
	return func(c echo.Context) error {
		return h.withDraft(c, func(d draft) error {
			if first := h.firstOpen(d); first < step {
				return web.Redirect(c, stepPath(first))
			}
			return h.Render(c, http.StatusOK, views.StepPage(h.stepPage(c, step, d)))
		})
	}
}

// ReceiveStep saves what was typed, valid or not, and redirects to the next step when it is valid.
func (h *Handlers) ReceiveStep(step int) echo.HandlerFunc {
	return func(c echo.Context) error {
		form, err := web.ReadForm(c.Request(), func(input string) bool { return h.isOnStep(step, input) })
		if err != nil {
			return err
		}
		errs := h.stepErrors(step, form)
		d, restarted, err := h.changeDraft(c, func(d *draft) { h.fillIn(c.Request(), d, step, form, errs) })
		if err != nil {
			return h.showStepNotSaved(c, step, form, err)
		}
		if language, ok := web.PressedLanguage(form); ok {
			return web.RedirectIn(c, language, stepPath(step))
		}
		switch {
		case !restarted && form.Value(forgetInput) != "":
			return web.Redirect(c, stepPath(step))
		case !restarted && form.Value(laterInput) != "" && !d.sent():
			return web.Redirect(c, laterPath)
		case !restarted && form.Value(backInput) == views.BackOneStep:
			return web.Redirect(c, stepPath(step-1))
		case !restarted && len(errs) > 0:
			return h.showStepErrors(c, step, d, form, errs)
		}
		return web.Redirect(c, stepPath(h.firstOpen(d)))
	}
}

// isOnStep reports whether the form of a step has the input.
func (h *Handlers) isOnStep(step int, input string) bool {
	switch input {
	case web.LanguageInput:
		return true
	case backInput, laterInput:
		return step > views.StepDebt
	case forgetInput:
		return step == views.StepIncome
	}
	return slices.Contains(h.boxesOf(step), input)
}

// boxesOf are the names of the boxes of a step.
func (h *Handlers) boxesOf(step int) []string {
	var boxes []string
	for _, f := range views.StepFields(h.Site, step) {
		boxes = append(boxes, f.Boxes()...)
	}
	return boxes
}

// stepErrors are the validation errors of the step.
func (h *Handlers) stepErrors(step int, form validation.Form) validation.Errors {
	return validation.ParseStep(form, h.rules(), validation.Steps()[step-1]...)
}

// fillIn writes a posted step into the draft.
func (h *Handlers) fillIn(r *http.Request, d *draft, step int, form validation.Form, errs validation.Errors) {
	language, switched := web.PressedLanguage(form)
	if !switched {
		language = web.Language(r)
	}
	d.Language = language
	if web.HasGPC(r) {
		d.Origin = landingAlone(d.Origin)
	}
	d.saved.Restarted, d.saved.SSNGone = false, step == views.StepIncome && form.Value(forgetInput) != ""
	fillBoxes(d.saved.Boxes, h.boxesOf(step), form)
	if step == views.StepIncome {
		fillSSN(d, form, errs)
	}
	if form.Value(laterInput) != "" {
		d.AskReturn(h.Clock.Now())
	}
	if continues := !switched && form.Value(forgetInput)+form.Value(backInput)+form.Value(laterInput) == ""; continues && len(errs) == 0 {
		d.saved.Pass(step)
	}
}

// fillBoxes replaces the boxes of a step. The Social Security number is none of them.
func fillBoxes(filled lead.Boxes, boxes []string, form validation.Form) {
	for _, box := range boxes {
		delete(filled, box)
		text := form.Value(box)
		if text != "" && box != ssnBox {
			filled[box] = text[:min(len(text), maxBoxBytes)]
		}
	}
}

// fillSSN writes a valid number into the draft. An empty box keeps the number that is there.
func fillSSN(d *draft, form validation.Form, errs validation.Errors) {
	typed := strings.TrimSpace(form.Value(ssnBox))
	_, isWrong := errs.For(ssnBox)
	switch {
	case form.Value(forgetInput) != "":
		d.SSN = lead.Private[string]{}
	case typed != "" && !isWrong:
		d.SSN = lead.Keep(typed)
	}
	d.saved.SSNGiven = d.SSN.Given()
}

// stepPage is the page of a step with the draft's answers.
func (h *Handlers) stepPage(c echo.Context, step int, d draft) views.Step {
	page := views.Step{
		Page: h.Page(c.Request()), Number: step, Form: d.typed(), SSNEnds: lastFour(d.SSN),
		Checked: h.firstOpen(d) == checkStep, Sent: d.sent(),
	}
	if step == views.StepIncome && d.saved.SSNGone {
		page.Notice = views.NumberRemoved
	}
	return page
}

// showStepErrors shows what was typed, with the errors beside it.
func (h *Handlers) showStepErrors(c echo.Context, step int, d draft, form validation.Form, errs validation.Errors) error {
	page := h.stepPage(c, step, d)
	page.Errors = errs
	if !d.SSN.Given() {
		page.Form = form // it may hold an invalid number, which the page asks for again
	}
	return h.Render(c, http.StatusUnprocessableEntity, views.StepPage(page))
}

// showStepNotSaved shows what was typed. The other steps are stored as they were.
func (h *Handlers) showStepNotSaved(c echo.Context, step int, form validation.Form, cause error) error {
	h.NotStored(c, "draft not kept", cause)
	page := views.Step{Page: h.Page(c.Request()), Number: step, Form: form, Notice: views.AnswersNotSaved}
	return h.Render(c, http.StatusServiceUnavailable, views.StepPage(page))
}

// lastFour are the digits of a Social Security number that a page may show.
func lastFour(ssn lead.Private[string]) string {
	digits := onlyDigits(ssn.Reveal())
	return digits[max(0, len(digits)-4):]
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
