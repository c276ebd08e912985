package handlers

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/lead"
	"intake/validation"
	"intake/views/optout"
)

// contactInput takes a telephone number or an e-mail address.
const contactInput = "contact"

func (h *Handlers) showOptOut(c echo.Context) error {
	return h.render(c, http.StatusOK, optout.Page(optout.Form{Page: h.page(c.Request())}))
}

func (h *Handlers) showOptedOut(c echo.Context) error {
	return h.render(c, http.StatusOK, optout.Page(optout.Form{Page: h.page(c.Request()), Done: true}))
}

// receiveOptOut writes down that somebody wants no more of us. Whether we know them is not told.
func (h *Handlers) receiveOptOut(c echo.Context) error {
	posted, err := readForm(c.Request(), func(input string) bool { return input == contactInput })
	if err != nil {
		return err
	}
	r := c.Request()
	page := optout.Form{Page: h.page(r), Typed: posted[contactInput]}
	said, ok := readContact(posted[contactInput])
	if !ok {
		page.Invalid = true
		return h.render(c, http.StatusUnprocessableEntity, optout.Page(page))
	}
	said.At, said.Channel, said.Language = h.Now().UTC().Truncate(time.Millisecond), "web", page.Language
	said.ClientIP, said.UserAgent = h.clientIP(r), lead.Keep(printable(r.UserAgent(), maxHeader))
	stopped, err := h.OptOuts.OptOut(r.Context(), said)
	if err != nil {
		return h.showOptOutNotRecorded(c, page, err)
	}
	h.Log.Info("somebody opted out", "request", traceOf(r.Context()).id, "stopped", len(stopped))
	return goTo(c, "/opt-out/done")
}

// readContact reads a number or an address as the form would. Which of the two it is decides the @.
func readContact(typed string) (said lead.OptOut, ok bool) {
	box := "homePhone"
	if strings.Contains(typed, "@") {
		box = "email"
	}
	a, wrong := validation.Parse(validation.NewForm(map[string]string{box: typed}), validation.Options{})
	_, isWrong := wrong.For(box)
	return lead.OptOut{Phone: a.HomePhone, Email: a.Email}, !isWrong
}

// showOptOutNotRecorded must not leave anybody in the belief that it is done.
func (h *Handlers) showOptOutNotRecorded(c echo.Context, page optout.Form, cause error) error {
	h.Log.Error("opt-out not recorded", "request", traceOf(c.Request().Context()).id, "cause", cause.Error())
	c.Response().Header().Set("Retry-After", "5")
	page.Notice = optout.NotRecorded
	return h.render(c, http.StatusServiceUnavailable, optout.Page(page))
}
