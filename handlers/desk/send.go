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
	f.lead, f.source = d.Sent.ID, sourceOf(d)
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
	f.lead = id
	first, err := h.cfg.Leads.Find(c.Request().Context(), id)
	kind, ended := endOf(first)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return h.showOutcome(c, f, views.Outcome{Kind: views.Changed, ID: id})
	case err != nil:
		return h.showNotSaved(c, f, err)
	case ended:
		return h.showOutcome(c, f, views.Outcome{Kind: kind, ID: id})
	case !sameAnswers(first.Applicant, applicant):
		return h.showOutcome(c, f, views.Outcome{Kind: views.Changed, ID: id})
	}
	record := h.record(f, applicant)
	if record.Complete() {
		if err := h.cfg.Leads.CompleteConsent(c.Request().Context(), id, record, web.AgentOf(f.person)); err != nil {
			return h.showConsentRefused(c, f, err)
		}
	}
	o := views.Outcome{ID: id}
	if first.AwaitsConsent() {
		o.Missing = missing(record)
	}
	return h.showSaved(c, f, applicant, o)
}

// endOf is what became of a lead that was closed; false for every other.
func endOf(l lead.Lead) (kind views.Kind, ended bool) {
	switch {
	case l.Status != lead.Closed:
		return 0, false
	case l.Reason == string(lead.NoConsent):
		return views.Expired, true
	case l.Reason == lead.OptedOut:
		return views.OptedOut, true
	}
	return views.Closed, true
}

// showConsentRefused says why the consent of a lead was not completed, by what the lead has become.
func (h *Handlers) showConsentRefused(c echo.Context, f form, cause error) error {
	kind := views.AlreadySent
	switch {
	case errors.Is(cause, lead.ErrOptedOut):
		kind = views.OptedOut
	case errors.Is(cause, lead.ErrNotWaiting):
		l, err := h.cfg.Leads.Find(c.Request().Context(), f.lead)
		if err != nil {
			return h.showNotSaved(c, f, err)
		}
		if end, ended := endOf(l); ended {
			kind = end
		}
	default:
		return h.showNotSaved(c, f, cause)
	}
	return h.showOutcome(c, f, views.Outcome{Kind: kind, ID: f.lead})
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
		o.Kind, o.NoRoute = views.Awaiting, !h.cfg.RecordedCall
	}
	if !web.IsFragment(c.Request()) {
		to := resultPath(o.ID)
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
	if o.Kind == views.Awaiting {
		o.Lines = h.newLines(f, applicant)
	} else {
		c.Response().Header().Set("HX-Trigger", "leadSent") // nothing of the form is to be saved any more
	}
	if h.cfg.Panel != nil {
		panel, err := h.cfg.Panel(c.Request().Context(), f.person, o.ID, applicant.ZipCode.Reveal())
		if err != nil {
			h.LogFailure(c.Request(), "no result to show", err) // the lead is saved, and there is a link to it
		} else {
			o.Panel = panel
		}
	}
	return h.Render(c, http.StatusOK, views.Result(o))
}

// showOutcome says that nothing goes out by this form: as a part of the page for htmx, else as the whole page. What was typed stays. The
// form of a lead that has waited too long gets a new draft, so that sending it again makes a new lead.
func (h *Handlers) showOutcome(c echo.Context, f form, o views.Outcome) error {
	status := http.StatusConflict
	if o.Kind == views.NotSaved {
		status = http.StatusServiceUnavailable
	}
	if o.Kind == views.Expired {
		f.handle = lead.NewHandle()
	}
	if web.IsFragment(c.Request()) {
		if o.Kind == views.Expired {
			o.Token = h.token(f.handle, f.person.Key)
		}
		return h.Render(c, status, views.Result(o))
	}
	if o.ID != "" {
		f.lead = o.ID
	}
	page := h.page(c, f, nil)
	page.Outcome = &o
	return h.Render(c, status, views.DeskPage(page))
}

func (h *Handlers) showNotSaved(c echo.Context, f form, cause error) error {
	h.NotStored(c, "lead not saved", cause)
	return h.showOutcome(c, f, views.Outcome{Kind: views.NotSaved, ID: f.lead})
}

// showErrors shows the form again with its errors.
func (h *Handlers) showErrors(c echo.Context, f form, errs validation.Errors) error {
	return h.showForm(c, http.StatusUnprocessableEntity, h.page(c, f, errs))
}
