// Package optout is the page on which people opt out of calls, messages and the sharing of their request.
package optout

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/optout"
)

// OptOuts is the store of opt-outs.
type OptOuts interface {
	// OptOut is in force once it returns without an error. It returns the leads that it stopped.
	OptOut(ctx context.Context, o lead.OptOut) ([]lead.PartnerID, error)
}

// Handlers serves the opt-out pages.
type Handlers struct {
	*web.Base
	optOuts OptOuts
}

// New makes the pages from their store.
func New(base *web.Base, optOuts OptOuts) *Handlers { return &Handlers{base, optOuts} }

// contactInput takes a telephone number or an e-mail address.
const contactInput = "contact"

// ShowForm asks for the phone number or e-mail address that opts out.
func (h *Handlers) ShowForm(c echo.Context) error {
	return h.Render(c, http.StatusOK, views.Page(views.Form{Page: h.Page(c.Request())}))
}

// ShowDone confirms an opt-out.
func (h *Handlers) ShowDone(c echo.Context) error {
	return h.Render(c, http.StatusOK, views.Page(views.Form{Page: h.Page(c.Request()), Done: true}))
}

// ReceiveForm records an opt-out. The answer is the same whether or not we know the person.
func (h *Handlers) ReceiveForm(c echo.Context) error {
	form, err := web.ReadForm(c.Request(), func(input string) bool { return input == contactInput || input == web.LanguageInput })
	if err != nil {
		return err
	}
	r := c.Request()
	page := views.Form{Page: h.Page(r), Typed: form.Value(contactInput)}
	if language, ok := web.PressedLanguage(form); ok { // shown at once: no address may hold what was typed
		page.Language = language
		return h.Render(c, http.StatusOK, views.Page(page))
	}
	request, ok := readContact(form.Value(contactInput))
	if !ok {
		page.Invalid = true
		return h.Render(c, http.StatusUnprocessableEntity, views.Page(page))
	}
	request.At, request.Channel, request.Language = h.Clock.Now().UTC().Truncate(time.Millisecond), "web", page.Language
	request.ClientIP, request.UserAgent = h.ClientIP(r), web.UserAgent(r)
	stopped, err := h.optOuts.OptOut(r.Context(), request)
	if err != nil {
		return h.showNotRecorded(c, page, err)
	}
	h.Log.Info("somebody opted out", "request", web.RequestID(r), "stopped", len(stopped))
	return web.Redirect(c, "/opt-out/done")
}

// readContact reads a number or an address as the application form would. An @ makes it an address.
func readContact(typed string) (request lead.OptOut, ok bool) {
	box := "homePhone"
	if strings.Contains(typed, "@") {
		box = "email"
	}
	applicant, errs := validation.Parse(validation.NewForm(map[string]string{box: typed}), validation.Options{})
	_, isWrong := errs.For(box)
	return lead.OptOut{Phone: applicant.HomePhone, Email: applicant.Email}, !isWrong
}

// showNotRecorded says clearly that the opt-out is not in force.
func (h *Handlers) showNotRecorded(c echo.Context, page views.Form, cause error) error {
	h.NotStored(c, "opt-out not recorded", cause)
	page.Notice = views.NotRecorded
	return h.Render(c, http.StatusServiceUnavailable, views.Page(page))
}
