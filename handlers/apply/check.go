package apply

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/trustedform"
	"intake/handlers/web"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/apply"
)

// consentBoxes are the checkboxes of the check page.
var consentBoxes = []string{validation.ConsentCredit, validation.ConsentTerms, validation.ConsentMarketing}

// Inputs of the check page beside the trap and the checkboxes.
const (
	requestInput  = "request"  // token of the draft's request, see requestToken
	pageInput     = "page"     // id and proof of the page that was shown, see provePage
	viewportInput = "viewport" // filled in by a script
)

// ShowCheck shows all answers and asks for the consents.
func (h *Handlers) ShowCheck(c echo.Context) error {
	return h.withDraft(c, func(d draft) error { return h.showCheck(c, d, checkPage{status: http.StatusOK}) })
}

// ReceiveCheck makes the draft a lead and redirects to its status page. The visitor waits for the disk, never for
// Alleviate. The draft is read once, and everything is written in one commit.
func (h *Handlers) ReceiveCheck(c echo.Context) error {
	form, err := web.ReadFormWithVendor(c.Request(), h.isOnCheck, trustedform.IsInput)
	if err != nil {
		return err
	}
	c.SetRequest(c.Request().WithContext(context.WithoutCancel(c.Request().Context()))) // it is stored although the browser may have gone
	d, err := h.findDraft(c)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return h.showLandingAgain(c, http.StatusUnprocessableEntity)
	case err != nil:
		return web.NewProblem(http.StatusServiceUnavailable, err)
	}
	if language, ok := web.PressedLanguage(form); ok {
		return web.RedirectIn(c, language, stepPath(checkStep))
	}
	if d.sent() {
		return h.receiveAgain(c, d, form)
	}
	return h.receive(c, d, form)
}

// receive stores the lead if the page that the visitor agreed on shows what the draft holds now.
func (h *Handlers) receive(c echo.Context, d draft, form validation.Form) error {
	pageID, shown := h.shownPage(form.Value(pageInput), web.Language(c.Request()), d)
	switch {
	case !h.isOfRequest(d, form):
		return h.showCheck(c, d, checkPage{status: http.StatusUnprocessableEntity, notice: views.OtherForm})
	case !shown:
		return h.showCheck(c, d, checkPage{status: http.StatusUnprocessableEntity, notice: views.FormOutdated})
	}
	applicant, errs := validation.Parse(d.answers(form), h.rules())
	if len(errs) > 0 {
		return h.showErrors(c, d, errs)
	}
	start := h.Clock.Now()
	receipt, err := h.submit(c.Request(), submission{draft: d, form: form, pageID: pageID, applicant: applicant})
	switch {
	case errors.Is(err, lead.ErrChanged):
		d.Sent = receipt
		return h.showSent(c, http.StatusConflict, d)
	case errors.Is(err, lead.ErrNoPage):
		return h.showCheck(c, d, checkPage{status: http.StatusUnprocessableEntity, notice: views.FormOutdated})
	case err != nil:
		return h.showNotSaved(c, d, err, start)
	}
	return redirectToStatus(c, receipt)
}

// isOfRequest reports whether the form of a check page was made for the request of the draft.
func (h *Handlers) isOfRequest(d draft, form validation.Form) bool {
	return hmac.Equal([]byte(form.Value(requestInput)), []byte(h.requestToken(d)))
}

func (h *Handlers) isOnCheck(input string) bool {
	switch input {
	case requestInput, pageInput, trapInput, viewportInput, web.LanguageInput:
		return true
	}
	return slices.Contains(consentBoxes, input) || h.cfg.Recorder != nil && trustedform.IsInput(input)
}

// receiveAgain redirects to the status page of the lead that the same answers have already become. The form of another
// request, and consents that differ from the first time, are a conflict.
func (h *Handlers) receiveAgain(c echo.Context, d draft, form validation.Form) error {
	if !h.isOfRequest(d, form) {
		return h.showSent(c, http.StatusConflict, d)
	}
	if missing := validation.ParseStep(form, h.rules(), validation.Consent); len(missing) > 0 {
		return redirectToStatus(c, d.Sent)
	}
	first, err := h.cfg.Leads.FindByHandle(c.Request().Context(), d.Sent.Handle)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return redirectToStatus(c, d.Sent)
	case err != nil:
		return web.NewProblem(http.StatusServiceUnavailable, err)
	case first.Permission.CreditCheck != form.Checked(validation.ConsentCredit), first.Permission.Marketing != form.Checked(validation.ConsentMarketing):
		return h.showSent(c, http.StatusConflict, d)
	}
	return redirectToStatus(c, d.Sent)
}

// redirectToStatus redirects to the status page of a lead.
func redirectToStatus(c echo.Context, receipt lead.Receipt) error {
	return web.Redirect(c, statusPath(receipt))
}

func statusPath(receipt lead.Receipt) string { return "/status/" + receipt.Handle }

// showErrors asks for every required consent: no page shows a box as checked, so all are missing on this one. It redirects
// to the step of an answer that was valid when it was typed and no longer is.
func (h *Handlers) showErrors(c echo.Context, d draft, errs validation.Errors) error {
	for _, problem := range errs {
		if field, _ := validation.ByName(problem.Field); field.Kind != validation.Checkbox {
			return web.Redirect(c, stepPath(min(field.Group.Step(), views.StepIncome)))
		}
	}
	missing := validation.ParseStep(validation.Form{}, h.rules(), validation.Consent)
	return h.sendCheck(c, d, checkPage{status: http.StatusUnprocessableEntity, errors: missing, notice: views.BoxesEmptyAgain})
}

// maxFirstWrite is how long a failed write may have taken if another write is to follow while the visitor waits.
const maxFirstWrite = time.Second

// showNotSaved keeps the number of the draft's request: the lead may be stored after all, and the same request
// makes a second try safe. A page with the consents must be stored before it is sent, which is not tried
// after a slow write.
func (h *Handlers) showNotSaved(c echo.Context, d draft, cause error, start time.Time) error {
	page := checkPage{status: http.StatusServiceUnavailable, notice: views.RequestNotSaved}
	if h.Clock.Since(start) > maxFirstWrite {
		return h.sendCheckWithoutConsents(c, h.checkPage(c.Request(), d, page), fmt.Errorf("lead not saved: %w", cause))
	}
	h.NotStored(c, "lead not saved", cause)
	return h.sendCheck(c, d, page)
}
