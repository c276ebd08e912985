package desk

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/desk"
)

// ReceiveForm makes the form a lead. Without a complete consent it is saved and waits; sending the form again with what
// was missing completes it. Sending it twice is one lead.
func (h *Handlers) ReceiveForm(c echo.Context) error {
	f, err := h.readForm(c)
	if err != nil {
		return err
	}
	c.SetRequest(c.Request().WithContext(context.WithoutCancel(c.Request().Context()))) // it is stored although the browser may have gone
	d, err := h.keep(c.Request().Context(), f.handle, f.person.Key, f)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return err
	case err != nil:
		return h.showNotSaved(c, f, err)
	}
	applicant, errs := h.parse(f)
	switch {
	case len(errs) > 0:
		return h.showErrors(c, f, errs)
	case d.Sent.ID != "":
		return h.receiveAgain(c, f, applicant, d.Sent.ID)
	}
	return h.send(c, f, d, applicant)
}

func (h *Handlers) send(c echo.Context, f form, d lead.Draft, applicant lead.Applicant) error {
	record := h.record(f, applicant)
	l := newLead(f, d, applicant, record)
	receipt, err := h.cfg.Leads.Save(c.Request().Context(), l, record)
	switch {
	case errors.Is(err, lead.ErrChanged):
		return h.showOutcome(c, f, views.Outcome{Kind: views.Changed, ID: receipt.ID})
	case err != nil:
		return h.showNotSaved(c, f, err)
	case receipt.Again:
		return h.receiveAgain(c, f, applicant, receipt.ID)
	}
	h.cfg.Meter.Stored(l.Status)
	return h.showSaved(c, f, applicant, views.Outcome{ID: receipt.ID, Missing: missing(record)})
}

// receiveAgain is for a form whose lead is with us. What completes the consent of a lead that waits is saved.
func (h *Handlers) receiveAgain(c echo.Context, f form, applicant lead.Applicant, id lead.PartnerID) error {
	first, err := h.cfg.Leads.Find(c.Request().Context(), id)
	switch {
	case errors.Is(err, lead.ErrNotFound), err == nil && !sameAnswers(first.Applicant, applicant):
		return h.showOutcome(c, f, views.Outcome{Kind: views.Changed, ID: id})
	case err != nil:
		return h.showNotSaved(c, f, err)
	case !awaitsConsent(first):
		return h.showSaved(c, f, applicant, views.Outcome{ID: id})
	}
	record := h.record(f, applicant)
	if record.Complete() {
		if err := h.cfg.Leads.CompleteConsent(c.Request().Context(), id, record, agentOf(f.person)); err != nil {
			return h.showNotSaved(c, f, err)
		}
	}
	return h.showSaved(c, f, applicant, views.Outcome{ID: id, Missing: missing(record)})
}

// sameAnswers compares what was typed now with the lead. A Social Security number that the page no longer shows is not
// a change.
func sameAnswers(sent, now lead.Applicant) bool {
	if !now.SocialSecurityNumber.Given() {
		now.SocialSecurityNumber = sent.SocialSecurityNumber
	}
	for i, answer := range sent.Answers() {
		was, wasGiven := answer.Text()
		is, isGiven := now.Answers()[i].Text()
		if was != is || wasGiven != isGiven {
			return false
		}
	}
	return true
}

// showSaved says that the lead is stored, and what to look at. Warnings cost no second sending.
func (h *Handlers) showSaved(c echo.Context, f form, applicant lead.Applicant, o views.Outcome) error {
	if len(o.Missing) > 0 {
		o.Kind = views.Awaiting
	}
	if !web.IsFragment(c.Request()) {
		to := leadPath(o.ID)
		if o.Kind == views.Awaiting {
			to = "/desk?draft=" + h.token(f.handle, f.person.Key)
		}
		return c.Redirect(http.StatusSeeOther, to)
	}
	for _, w := range validation.Warnings(applicant, h.rules()) {
		field, _ := validation.ByName(w.Field)
		o.Warnings = append(o.Warnings, field.Label.EN+": "+w.Message.EN)
	}
	f.lead = o.ID
	o.Matches = h.matches(c, f, applicant)
	if h.cfg.Panel != nil {
		panel, err := h.cfg.Panel(c.Request().Context(), f.person, o.ID)
		if err != nil {
			h.LogFailure(c.Request(), "no result to show", err) // the lead is saved, and there is a link to it
		} else {
			o.Panel = panel
		}
	}
	return h.Render(c, http.StatusOK, views.Result(o))
}

// showOutcome says that the form did not become a lead: as a part of the page for htmx, else as the whole page.
func (h *Handlers) showOutcome(c echo.Context, f form, o views.Outcome) error {
	status := http.StatusConflict
	if o.Kind == views.NotSaved {
		status = http.StatusServiceUnavailable
	}
	if web.IsFragment(c.Request()) {
		return h.Render(c, status, views.Result(o))
	}
	f.lead = o.ID
	page := h.page(c, f, nil)
	page.Outcome = &o
	return h.Render(c, status, views.DeskPage(page))
}

func (h *Handlers) showNotSaved(c echo.Context, f form, cause error) error {
	h.NotStored(c, "lead not saved", cause)
	return h.showOutcome(c, f, views.Outcome{Kind: views.NotSaved})
}

// showErrors shows the form again with its errors.
func (h *Handlers) showErrors(c echo.Context, f form, errs validation.Errors) error {
	return h.showForm(c, http.StatusUnprocessableEntity, h.page(c, f, errs))
}
