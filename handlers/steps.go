package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	"intake/views/frame"
)

// Buttons of step 4 beside Continue.
const (
	skipInput   = "skip"   // leaves the step out
	forgetInput = "forget" // drops the Social Security number that we hold
)

const ssnBox = "socialSecurityNumber"

// maxTyped bounds what is kept of one box: twice what validation looks at. More is wrong anyway.
const maxTyped = 4 << 10

// showStep shows step 2, 3 or 4 as it was left. A step ahead of the first open one leads back there.
func (h *Handlers) showStep(step int) echo.HandlerFunc {
	return func(c echo.Context) error {
		d, err := h.findDraft(c)
		switch {
		case errors.Is(err, lead.ErrNotFound):
			return goTo(c, "/")
		case err != nil:
			return newProblem(http.StatusServiceUnavailable, err)
		}
		a := typedIn(&d)
		if first := a.firstOpen(h.rules()); first < step {
			return goTo(c, stepPage(first))
		}
		return h.render(c, http.StatusOK, apply.StepPage(h.step(c, step, d)))
	}
}

// receiveStep keeps what was typed, right or wrong, and leads on when it is right.
func (h *Handlers) receiveStep(step int) echo.HandlerFunc {
	return func(c echo.Context) error {
		posted, err := readForm(c.Request(), func(input string) bool { return h.asks(step, input) })
		if err != nil {
			return err
		}
		wrong := h.wrong(step, posted)
		d, begun, err := h.changeDraft(c, h.taking(c.Request(), step, posted, wrong))
		if err != nil {
			return h.showStepNotKept(c, step, posted, err)
		}
		if language, ok := pressed(posted); ok {
			return c.Redirect(http.StatusSeeOther, frame.LinkIn(language, stepPage(step)))
		}
		if !begun && posted[forgetInput] != "" {
			return goTo(c, stepPage(step))
		}
		if !begun && len(wrong) > 0 {
			if d.SSN.Given() {
				delete(posted, ssnBox) // it is kept, and need not be typed again
			}
			page := h.step(c, step, d)
			page.Errors, page.Form = wrong, validation.NewForm(posted)
			return h.render(c, http.StatusUnprocessableEntity, apply.StepPage(page))
		}
		return goTo(c, stepPage(typedIn(&d).firstOpen(h.rules())))
	}
}

// asks says whether the form of a step has the input.
func (h *Handlers) asks(step int, input string) bool {
	switch input {
	case languageInput:
		return true
	case skipInput, forgetInput:
		return step == apply.StepIncome
	}
	return slices.Contains(h.boxesOf(step), input)
}

// boxesOf are the names of the inputs of a step.
func (h *Handlers) boxesOf(step int) []string {
	var boxes []string
	for _, f := range apply.StepFields(h.Site, step) {
		boxes = append(boxes, f.Boxes()...)
	}
	return boxes
}

// wrong is what is wrong with the boxes of the step; nothing when the visitor left it out.
func (h *Handlers) wrong(step int, posted map[string]string) validation.Errors {
	if posted[skipInput] != "" {
		return nil
	}
	return validation.ParseStep(validation.NewForm(posted), h.rules(), validation.Steps()[step-1]...)
}

// rules are what every answer is held against.
func (h *Handlers) rules() validation.Options {
	return validation.Options{
		Today:         lead.DateOf(h.Now()),
		Production:    h.Site.Environment == "production",
		Phone:         h.Site.Phone,
		RequireCredit: !h.CreditOptional,
		Asked:         h.Site.Asked(),
	}
}

// taking is the change that a posted step makes.
func (h *Handlers) taking(r *http.Request, step int, posted map[string]string, wrong validation.Errors) func(*lead.Draft) {
	_, switched := pressed(posted)
	return func(d *lead.Draft) {
		d.Language = languageOf(r)
		if language, ok := pressed(posted); ok {
			d.Language = language
		}
		if wantsNoFollowing(r) {
			d.Origin = unfollowed(d.Origin)
		}
		if step == apply.StepIncome {
			takeSSN(d, posted, wrong)
		}
		amend(d, func(a answers) {
			delete(a, noteLost)
			a.take(h.boxesOf(step), posted)
			if step == apply.StepIncome {
				a.note(noteSSN, d.SSN.Given())
			}
			if len(wrong) == 0 && !switched && posted[forgetInput] == "" {
				a.pass(step)
			}
		})
	}
}

// take puts the boxes of a step in the place of those that were there. The Social Security number
// is none of them.
func (a answers) take(boxes []string, posted map[string]string) {
	for _, box := range boxes {
		delete(a, box)
		text := posted[box]
		if text != "" && box != ssnBox && posted[skipInput] == "" {
			a[box] = text[:min(len(text), maxTyped)]
		}
	}
}

// takeSSN keeps a number that can be one. An empty box leaves the number that is there.
func takeSSN(d *lead.Draft, posted map[string]string, wrong validation.Errors) {
	typed := strings.TrimSpace(posted[ssnBox])
	_, isWrong := wrong.For(ssnBox)
	switch {
	case posted[skipInput] != "" || posted[forgetInput] != "":
		d.SSN = lead.Private[string]{}
	case typed != "" && !isWrong:
		d.SSN = lead.Keep(typed)
	}
}

// step is the page of a step as the draft has it.
func (h *Handlers) step(c echo.Context, step int, d lead.Draft) apply.Step {
	a := typedIn(&d)
	return apply.Step{
		Page: h.page(c.Request()), Number: step, Form: a.form(), SSNEnds: lastFour(d.SSN),
		Checked: a.firstOpen(h.rules()) == checkStep,
	}
}

// showStepNotKept has everything that was typed. The other steps are as they were.
func (h *Handlers) showStepNotKept(c echo.Context, step int, posted map[string]string, cause error) error {
	h.Log.Error("draft not kept", "request", traceOf(c.Request().Context()).id, "cause", cause.Error())
	c.Response().Header().Set("Retry-After", "5")
	page := apply.Step{
		Page: h.page(c.Request()), Number: step, Form: validation.NewForm(posted), Notice: apply.AnswersNotSaved,
	}
	return h.render(c, http.StatusServiceUnavailable, apply.StepPage(page))
}
