package desk

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	views "intake/views/desk"
)

// Rescue saves a form that was sent after the session had ended, and returns where its agent finds it after signing in;
// empty when nothing is saved. Nobody is signed in, so the form itself names the agent, and its token proves that it was
// made for them.
func (h *Handlers) Rescue(c echo.Context) (to string, err error) {
	f, by, err := h.rescue(c)
	switch {
	case errors.Is(err, lead.ErrNotFound), err == nil && !f.isTyped():
		return "", nil
	case err != nil:
		return "", err
	}
	return "/desk?draft=" + h.token(f.handle, by), nil
}

// rescue saves the form that was posted in the draft of the agent whom it names.
func (h *Handlers) rescue(c echo.Context) (f form, by string, err error) {
	f, token, by, err := h.decode(c.Request(), discardInput)
	if err != nil {
		return form{}, "", err
	}
	delete(f.boxes, discardInput)
	if f.handle, err = h.handleIn(token, by); err != nil || !f.isTyped() {
		return f, by, err
	}
	d, err := h.keep(context.WithoutCancel(c.Request().Context()), f.handle, by, f)
	if err != nil {
		return f, by, notStored(err)
	}
	f.lead, f.source = d.Sent.ID, sourceOf(d)
	return f, by, nil
}

// ShowAgain shows a form that was opened in an earlier session of the agent, to be sent once more. It is saved, so that
// nothing is lost, also when somebody else has signed in since.
func (h *Handlers) ShowAgain(c echo.Context) error {
	p, err := person(c)
	if err != nil {
		return err
	}
	f, by, err := h.rescue(c)
	switch {
	case errors.Is(err, lead.ErrNotFound), err == nil && by != p.Key:
		if web.IsFragment(c.Request()) {
			return h.Render(c, http.StatusForbidden, views.Result(views.Outcome{Kind: views.NotYours}))
		}
		return web.NewProblem(http.StatusForbidden, errors.New("a form of somebody else's session"))
	case err != nil:
		return err
	}
	f.person = p
	page := h.page(c, f, nil)
	page.FromOldPage = true
	return h.showForm(c, http.StatusForbidden, page)
}

// showForm shows the form again: in its place for htmx, else as the whole page.
func (h *Handlers) showForm(c echo.Context, status int, page *views.Page) error {
	if web.IsFragment(c.Request()) {
		c.Response().Header().Set("HX-Retarget", "#answers")
		c.Response().Header().Set("HX-Reswap", "outerHTML")
		return h.Render(c, status, views.Answers(page))
	}
	return h.Render(c, status, views.DeskPage(page))
}
