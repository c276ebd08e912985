package handlers

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views"
)

// keyInput carries the ticket of a form and in it the submission key: the same key is the same
// submission.
const keyInput = "submissionKey"

// showForm gives a form that was just sent its key again: without JavaScript a browser loads the
// page anew on Back and puts the old answers into it, and sending those must be the same submission.
func (h *Handlers) showForm(c echo.Context) error {
	ticket := h.newTicket(h.Now())
	if cookie, err := c.Cookie(keyCookie); err == nil && ticketForm.MatchString(cookie.Value) {
		ticket = cookie.Value
	}
	h.send(c.Response(), c.Request(), http.StatusOK, h.emptyForm.with(ticket))
	return nil
}

// keyCookie holds the ticket of the form that this browser sent last.
const keyCookie = "__Host-form"

// keyRemembered is how long Back finds the ticket of a form that was sent.
const keyRemembered = time.Hour

func cookieFor(ticket string, maxAge time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: keyCookie, Value: ticket, Path: "/", MaxAge: int(maxAge.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// receiveForm stores a finished form and sends the visitor to its status page. The visitor waits
// for the disk, never for Alleviate.
func (h *Handlers) receiveForm(c echo.Context) error {
	values, err := readForm(c.Request(), func(input string) bool { return input == keyInput || input == trapInput || views.ApplyAsks(input) })
	if err != nil {
		return err
	}
	const language = "en"
	ticket, trap := values[keyInput], values[trapInput]
	delete(values, keyInput)
	delete(values, trapInput)
	page := h.form(language, validation.NewForm(values))
	if !ticketForm.MatchString(ticket) {
		page.Notice = views.FormTooOld
		return h.render(c, http.StatusUnprocessableEntity, views.ApplyPage(page))
	}
	page.Ticket = ticket

	applicant, problems := validation.Parse(page.Form, h.rules())
	if len(problems) > 0 {
		page.Errors = problems
		return h.render(c, http.StatusUnprocessableEntity, views.ApplyPage(page))
	}
	record := h.oldEvidence(c, page, applicant)
	l, giveBack := h.judge(c, oldLead(page, applicant, record), h.likeAMachine(ticket, trap))
	receipt, err := h.Leads.Save(c.Request().Context(), l, record)
	fresh := receipt.Handle == l.Handle.Reveal() // and not stored before, nor failed
	if !fresh {
		giveBack()
	}
	switch {
	case errors.Is(err, lead.ErrChanged):
		return h.showOldChanged(c, page, receipt)
	case err != nil:
		return h.showOldNotSaved(c, page, err)
	}
	if fresh {
		h.Meter.Stored(l.Status)
	}
	c.SetCookie(cookieFor(ticket, keyRemembered))
	return c.Redirect(http.StatusSeeOther, statusPath(receipt.Handle))
}

// judge makes a lead suspect that looks machine-made or is one too many: it is stored like any
// other, its visitor sees the same pages, and it waits for a person instead of going out. giveBack
// undoes the count of a form that turns out to be stored already, or not at all.
func (h *Handlers) judge(c echo.Context, l lead.Lead, reasons []string) (judged lead.Lead, giveBack func()) {
	giveBack = func() {}
	if !h.LimitsOff {
		var tooMany []string
		tooMany, giveBack = h.limits.finished(h.addressOf(c.Request()), l.Applicant.HomePhone, h.Now())
		reasons = append(reasons, tooMany...)
	}
	if len(reasons) > 0 {
		l.Status, l.Step, l.NextAttemptAt = lead.Suspect, lead.AtRest, time.Time{}
		l.Reason = strings.Join(reasons, ", ")
	}
	return l, giveBack
}

// showOldChanged tells that an earlier version is with us and that the change was not sent. The form
// below the words has a key of its own, so that sending it is a new request.
func (h *Handlers) showOldChanged(c echo.Context, page views.Apply, receipt lead.Receipt) error {
	shown, ours := h.shownAt(page.Ticket)
	if !ours {
		shown = h.Now()
	}
	page.Ticket = h.newTicket(shown)
	page.Earlier = &views.Earlier{StatusPath: statusPath(receipt.Handle), At: receipt.ReceivedAt}
	return h.render(c, http.StatusConflict, views.ApplyPage(page))
}

// showOldNotSaved keeps the answers and the key: the lead may be stored all the same, and the same key
// makes pressing the button again safe.
func (h *Handlers) showOldNotSaved(c echo.Context, page views.Apply, cause error) error {
	h.Log.Error("lead not saved", "request", traceOf(c.Request().Context()).id, "cause", cause.Error())
	page.Notice = views.NotSaved
	c.Response().Header().Set("Retry-After", "5")
	return h.render(c, http.StatusServiceUnavailable, views.ApplyPage(page))
}

// form is the page around a form, with a fresh ticket and every consent box unticked.
func (h *Handlers) form(language string, form validation.Form) views.Apply {
	return views.Apply{
		Page:     views.Page{Site: h.Site, Language: language, Path: "/apply/old"},
		Ticket:   h.newTicket(h.Now()),
		Form:     form,
		Consents: h.Texts.In(language, h.Site.Seller),
	}
}

func (h *Handlers) rules() validation.Options {
	return validation.Options{
		Today:         lead.DateOf(h.Now()),
		Production:    h.Site.Environment == "production",
		Phone:         h.Site.Phone,
		RequireCredit: true,
	}
}

func oldLead(page views.Apply, applicant lead.Applicant, record consent.Record) lead.Lead {
	return lead.Lead{
		ID:            lead.NewPartnerID(),
		Handle:        lead.Keep(lead.NewHandle()),
		SubmissionKey: keyOf(page.Ticket),
		Language:      page.Language,
		Applicant:     applicant,
		Permission:    record.Permission(),
		Status:        lead.Received,
		Step:          lead.Send,
		NextAttemptAt: record.At,
		ReceivedAt:    record.At,
		ChangedAt:     record.At,
	}
}

// oldEvidence is what the person was shown and did.
func (h *Handlers) oldEvidence(c echo.Context, page views.Apply, a lead.Applicant) consent.Record {
	r := c.Request()
	record := consent.Record{
		At:          h.Now().UTC().Truncate(time.Millisecond),
		Channel:     "consumer-web",
		Language:    page.Language,
		PageURL:     h.PublicURL.JoinPath(r.URL.Path).String(),
		Seller:      h.Site.Seller,
		FormVersion: h.Version,
		PersonName:  lead.Keep(a.FirstName.Reveal() + " " + a.LastName.Reveal()),
		Phone:       a.HomePhone,
		ClientIP:    lead.Keep(c.RealIP()),
		UserAgent:   lead.Keep(printable(r.UserAgent(), 512)),
	}
	record.Acts = h.Texts.Acts(page.Language)
	for i := range record.Acts {
		record.Acts[i].Given = page.Form.Ticked(views.ConsentInput(record.Acts[i].Purpose))
	}
	return record
}
