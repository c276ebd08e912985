package handoff

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/handoff"
)

const codeInput = "code"

// maxCode is more than anybody types for eight symbols, in bytes.
const maxCode = 40

// ShowCode asks for the code that an agent reads aloud.
func (h *Handlers) ShowCode(c echo.Context) error {
	if h.cfg.IsStaff(c.Request()) {
		return h.refuseStaff(c)
	}
	return h.Render(c, http.StatusOK, views.CodePage(views.Code{Page: h.Page(c.Request())}))
}

// ReceiveCode leads to the page of the code's link. A wrong code and one whose time is over get the same answer.
func (h *Handlers) ReceiveCode(c echo.Context) error {
	form, err := web.ReadForm(c.Request(), func(input string) bool { return input == codeInput })
	if err != nil {
		return err
	}
	if h.cfg.IsStaff(c.Request()) {
		return h.refuseStaff(c)
	}
	typed := form.Value(codeInput)
	if strings.TrimSpace(typed) == "" {
		return h.showCode(c, http.StatusUnprocessableEntity, "", views.EnterCode)
	}
	undo, ok := func() {}, true
	if household := h.Household(c.Request()); household.IsValid() && !h.LimitsOff {
		undo, ok = h.wrong.Allow(household, h.Clock.Now())
	}
	if !ok {
		return h.showCode(c, http.StatusTooManyRequests, typed, views.TooMany)
	}
	token, err := h.cfg.Links.HandOffByCode(c.Request().Context(), typed)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		h.cfg.Meter.Linked("wrong code")
		return h.showCode(c, http.StatusUnprocessableEntity, typed, views.WrongCode)
	case errors.Is(err, lead.ErrTooManyGuesses):
		undo()
		return h.showCode(c, http.StatusTooManyRequests, typed, views.TooMany)
	case err != nil:
		undo()
		return web.NewProblem(http.StatusServiceUnavailable, err)
	}
	undo()
	return web.Redirect(c, path(token.Reveal()))
}

func (h *Handlers) showCode(c echo.Context, status int, typed string, problem validation.Text) error {
	page := views.Code{Page: h.Page(c.Request()), Typed: typed[:min(len(typed), maxCode)], Problem: problem}
	page.Typed = strings.ToValidUTF8(page.Typed, "")
	return h.Render(c, status, views.CodePage(page))
}

// refuseStaff answers a browser that somebody of the staff has signed in with. Nothing is used up.
func (h *Handlers) refuseStaff(c echo.Context) error {
	h.Log.Warn("a browser of the staff opened a page for callers", "request", web.RequestID(c.Request()))
	return h.Render(c, http.StatusForbidden, views.StaffPage(h.Page(c.Request())))
}
