package handoff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/trustedform"
	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	views "intake/views/handoff"
)

// Inputs of the page beside the fields and the checkboxes.
const (
	pageInput     = "page"     // id and proof of the page that was shown
	viewportInput = "viewport" // filled in by a script
	answerInput   = "answer"   // the button
)

var consentBoxes = []string{validation.ConsentCredit, validation.ConsentTerms, validation.ConsentMarketing}

// ReceiveAnswer takes the answer of the person, once. The visitor waits for the disk, never for Alleviate.
func (h *Handlers) ReceiveAnswer(c echo.Context) error {
	form, err := web.ReadFormWithVendor(c.Request(), h.isOnPage, trustedform.IsInput)
	if err != nil {
		return err
	}
	if h.cfg.IsStaff(c.Request()) {
		return h.refuseStaff(c)
	}
	c.SetRequest(c.Request().WithContext(context.WithoutCancel(c.Request().Context()))) // it is stored although the browser may have gone
	v, err := h.find(c)
	if err != nil {
		return err
	}
	if language, ok := web.PressedLanguage(form); ok && language != web.Language(c.Request()) {
		return c.Redirect(http.StatusTemporaryRedirect, linkIn(language, v.token)) // with what was typed
	}
	switch {
	case !v.link.Open():
		return h.showAnswered(c, v)
	case form.Value(answerInput) == views.Decline:
		return h.decline(c, v)
	}
	return h.accept(c, v, form)
}

func (h *Handlers) isOnPage(input string) bool {
	switch input {
	case pageInput, viewportInput, answerInput, web.LanguageInput:
		return true
	}
	boxes := consentBoxes
	for _, f := range views.Fields(lead.Asked{DateOfBirth: true, SSN: true}) {
		boxes = append(slices.Clone(boxes), f.Boxes()...)
	}
	return slices.Contains(boxes, input) || h.cfg.Recorder != nil && trustedform.IsInput(input)
}

// showAnswered answers a second press: of somebody who has agreed, as the first.
func (h *Handlers) showAnswered(c echo.Context, v visit) error {
	if v.link.State() == lead.HandOffAccepted {
		return web.Redirect(c, "/status/"+v.lead.Handle.Reveal())
	}
	return h.showOver(c, v)
}

func (h *Handlers) decline(c echo.Context, v visit) error {
	err := h.cfg.Answers.DeclineHandOff(c.Request().Context(), v.token)
	switch {
	case errors.Is(err, lead.ErrHandOffOver):
		return h.showNow(c)
	case err != nil:
		h.NotStored(c, "answer not saved", err)
		return h.showConsents(c, v, http.StatusServiceUnavailable, shown{notice: views.NotSaved})
	}
	h.cfg.Meter.Linked("declined")
	return web.Redirect(c, path(v.token))
}

func (h *Handlers) accept(c echo.Context, v visit, form validation.Form) error {
	pageID, isShown := h.shownPage(form.Value(pageInput), web.Language(c.Request()), v)
	applicant, errs := h.parse(v, form)
	again := shown{form: typed(form), errors: errs}
	switch {
	case form.Value(answerInput) != views.Accept || !isShown:
		again.notice, again.errors = views.ShowAgain, nil
		status := http.StatusUnprocessableEntity
		if _, switched := web.PressedLanguage(form); switched {
			again.notice, status = validation.Text{}, http.StatusOK
		}
		return h.showConsents(c, v, status, again)
	case len(errs) > 0:
		again.errors, again.notice = h.everyBox(errs), views.Missing
		return h.showConsents(c, v, http.StatusUnprocessableEntity, again)
	}
	err := h.cfg.Answers.AcceptHandOff(c.Request().Context(), v.token, h.record(c.Request(), v, form, pageID), given(v, applicant))
	switch {
	case errors.Is(err, lead.ErrHandOffOver), errors.Is(err, lead.ErrOptedOut):
		if v, err = h.find(c); err != nil {
			return err
		}
		return h.showAnswered(c, v)
	case errors.Is(err, lead.ErrNoPage):
		again.notice = views.ShowAgain
		return h.showConsents(c, v, http.StatusUnprocessableEntity, again)
	case err != nil:
		h.NotStored(c, "answer not saved", err)
		again.notice = views.NotSaved
		return h.showConsents(c, v, http.StatusServiceUnavailable, again)
	}
	h.cfg.Meter.Linked("accepted")
	return web.Redirect(c, "/status/"+v.lead.Handle.Reveal())
}

// parse validates what is asked for and no more.
func (h *Handlers) parse(v visit, form validation.Form) (lead.Applicant, validation.Errors) {
	applicant, errs := validation.Parse(form, h.rules())
	return applicant, slices.DeleteFunc(errs, func(p validation.Problem) bool {
		return p.Field == "dateOfBirth" && !v.link.Asks.DateOfBirth || p.Field == "socialSecurityNumber" && !v.link.Asks.SSN
	})
}

// everyBox also asks for every required consent: no page shows a box as checked, so all are missing on this one.
func (h *Handlers) everyBox(errs validation.Errors) validation.Errors {
	ofFields := slices.DeleteFunc(slices.Clone(errs), func(p validation.Problem) bool { return slices.Contains(consentBoxes, p.Field) })
	return append(ofFields, validation.ParseStep(validation.Form{}, h.rules(), validation.Consent)...)
}

// typed is what a page may show again: the date of birth.
func typed(form validation.Form) validation.Form {
	boxes := map[string]string{}
	for _, f := range views.Fields(lead.Asked{DateOfBirth: true}) {
		for _, box := range f.Boxes() {
			boxes[box] = form.Value(box)
		}
	}
	if form.Value("socialSecurityNumber") != "" {
		boxes["socialSecurityNumber"] = "typed" // the page says to type it again
	}
	return validation.NewForm(boxes)
}

func given(v visit, a lead.Applicant) (given lead.Accepted) {
	if v.link.Asks.DateOfBirth {
		given.DateOfBirth = a.DateOfBirth
	}
	if v.link.Asks.SSN {
		given.SSN = a.SocialSecurityNumber
	}
	return given
}

// record is what the person was shown and did. It does not hold the address of the page, which has the token in it.
func (h *Handlers) record(r *http.Request, v visit, form validation.Form, pageID string) consent.Record {
	a := v.lead.Applicant
	record := consent.Record{
		At:          h.Clock.Now().UTC().Truncate(time.Millisecond),
		Channel:     consent.ConsumerLink,
		Language:    web.Language(r),
		PageURL:     h.OurURL("/consent"),
		PageID:      pageID,
		Viewport:    web.Viewport(form.Value(viewportInput)),
		GPC:         web.HasGPC(r),
		Seller:      h.Site.Seller,
		FormVersion: h.cfg.Version,
		PersonName:  lead.Keep(a.FirstName.Reveal() + " " + a.LastName.Reveal()),
		Phone:       a.HomePhone,
		ClientIP:    h.ClientIP(r),
		UserAgent:   web.UserAgent(r),
		ProxyChain:  h.ProxyChain(r),
		Certificate: h.cfg.Recorder.Certificate(form.Value(trustedform.CertificateInput)),
		Acts:        h.acts(web.Language(r), form),
	}
	if zone := validation.ZoneOf(a.ZipCode.Reveal()); zone != "" {
		record.Zone = lead.Keep(zone)
	}
	return record
}

func (h *Handlers) acts(language string, form validation.Form) []consent.Act {
	acts := h.cfg.Texts.Acts(language)
	for i := range acts {
		acts[i].Given = form.Checked(apply.ConsentInput(acts[i].Purpose))
	}
	if notice, ok := h.cfg.Texts.RecordingAct(language); ok && h.cfg.Recorder != nil {
		acts = append(acts, notice)
	}
	return acts
}
