package signin

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	views "intake/views/signin"
)

// ShowYou shows who is signed in.
func (h *Handlers) ShowYou(c echo.Context) error {
	ctx, s, found, err := h.load(c.Request())
	if err != nil {
		return err
	}
	if !found {
		return h.sendToSignIn(c)
	}
	if err := h.limitSession(s); err != nil {
		return err
	}
	if _, err := h.prolong(ctx, s); err != nil {
		return err
	}
	h.setPerson(c, s)
	people, err := h.signedIn(c)
	if err != nil {
		return err
	}
	page := views.You{StaffPage: h.StaffPage(c.Request())}
	if at := indexOf(people, s.Person.Key); at >= 0 {
		page.Own = people[at]
	}
	return h.Render(c, http.StatusOK, views.YouPage(page))
}

// ShowSessionEnd tells a page for how many seconds the session lasts without use, and at the latest. To ask is no use.
func (h *Handlers) ShowSessionEnd(c echo.Context) error {
	_, s, found, err := h.load(c.Request())
	if err != nil {
		return err
	}
	return h.answerEnd(c, s, found)
}

// Stay prolongs the session because the person asked for it.
func (h *Handlers) Stay(c echo.Context) error {
	if _, err := web.ReadStaffForm(c.Request(), web.Keys{Once: []string{"stay"}}); err != nil {
		return err
	}
	ctx, s, found, err := h.load(c.Request())
	if err != nil {
		return err
	}
	if found {
		if s, err = h.prolong(ctx, s); err != nil {
			return err
		}
	}
	return h.answerEnd(c, s, found)
}

// answerEnd is two numbers; zeros without a session.
func (h *Handlers) answerEnd(c echo.Context, s session, found bool) error {
	if !found {
		if err := h.limitStrangers(c.Request()); err != nil {
			return err
		}
		return c.String(http.StatusOK, "0 0")
	}
	if err := h.limitSession(s); err != nil {
		return err
	}
	now := h.Clock.Now()
	seconds := func(end time.Time) int { return int(end.Sub(now).Seconds()) }
	return c.String(http.StatusOK, fmt.Sprintf("%d %d", seconds(s.end()), seconds(s.lastEnd())))
}

// SignOut ends the session, or all sessions of the person.
func (h *Handlers) SignOut(c echo.Context) error {
	form, err := web.ReadStaffForm(c.Request(), web.Keys{Once: []string{"where"}})
	if err != nil {
		return err
	}
	ctx, s, found, err := h.load(c.Request())
	if err != nil {
		return err
	}
	if !found {
		if err := h.limitStrangers(c.Request()); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/sign-in?out=yes")
	}
	action := "signed out"
	if form.Get("where") == "everywhere" {
		action = "signed out everywhere"
		_, err = h.cfg.Sessions.EndAllOf(ctx, s.Person.Key)
	} else {
		err = h.manager.Destroy(ctx)
	}
	if err != nil {
		return unavailable(err)
	}
	h.dropCookie(ctx, c.Response())
	c.Response().Header().Set("Clear-Site-Data", `"storage"`) // pages are not stored anyway
	if err := h.write(c, s.Person.Who(), action, ""); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/sign-in?out=yes")
}
