package signin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/staff"
	"intake/views/signin"
)

// Gate stands before every route of the staff: it lets nobody into a room who is not signed in, or whose roles do not open
// the room, and lets no form pass without the token of its session. It goes by the pattern of the route, so that a new page
// is guarded without being named here.
func (h *Handlers) Gate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		room, isRoom := staff.RoomOf(c.Path())
		switch {
		case isRoom && !room.Exists(h.production()):
			return echo.ErrNotFound
		case isRoom:
			return h.enter(c, room, next)
		case changesSession(c):
			return h.checkForm(c, next)
		}
		return next(c)
	}
}

// enter lets those into a room whose roles open it.
func (h *Handlers) enter(c echo.Context, room staff.Room, next echo.HandlerFunc) error {
	ctx, s, found, err := h.load(c.Request())
	if err != nil {
		return err
	}
	if !found {
		return h.sendToSignIn(c)
	}
	h.setPerson(c, s)
	if err := h.limitSession(s); err != nil {
		return err
	}
	if !room.Admits(s.Person, h.production()) {
		return h.refuseRoom(c, room, s)
	}
	if !web.IsSafe(c.Request().Method) {
		token, err := web.TakeCSRFToken(c.Request())
		if err != nil {
			return err
		}
		if !h.isTokenOf(s, token) {
			return h.refuseForm(c)
		}
	}
	if !isAutomatic(c.Request()) {
		if _, err := h.prolong(ctx, s); err != nil {
			return err
		}
	}
	return next(c)
}

// isAutomatic says whether a page asked by itself, as when it loads itself or a part of it again: that is no use by a
// person.
func isAutomatic(r *http.Request) bool {
	return web.IsStream(r) || r.Method == http.MethodGet && (web.IsFragment(r) || web.IsReload(r))
}

func (h *Handlers) limitSession(s session) error {
	if h.LimitsOff {
		return nil
	}
	if _, ok := h.requests.Allow(s.ID, h.Clock.Now()); !ok {
		return web.NewProblem(http.StatusTooManyRequests, errors.New("too many requests of one session"))
	}
	return nil
}

// refuseRoom answers somebody whose roles do not open the room.
func (h *Handlers) refuseRoom(c echo.Context, room staff.Room, s session) error {
	if err := h.write(c, s.Person.Who(), "room refused", "the room "+room.Path+" is not for this role"); err != nil {
		return err
	}
	c.Response().Header().Set("HX-Reswap", "none") // a whole page must not stand in a part of one
	return h.Render(c, http.StatusForbidden, signin.ClosedPage(signin.Closed{StaffPage: h.StaffPage(c.Request()), Room: room, Reference: web.RequestID(c.Request())}))
}

// sendToSignIn answers somebody who is not signed in. What they have typed is stored first, where the page can do that.
func (h *Handlers) sendToSignIn(c echo.Context) error {
	if err := h.limitStrangers(c.Request()); err != nil {
		return err
	}
	to, typed := c.Request().URL.Path, false
	if !web.IsSafe(c.Request().Method) {
		if room, found := staff.RoomOf(c.Path()); found {
			to = room.Path // a form's own path need not have a page
		}
		if rescue := h.cfg.Rescue[c.Path()]; rescue != nil {
			if _, err := web.TakeCSRFToken(c.Request()); err != nil {
				return err
			}
			rescued, err := rescue(c)
			if err != nil {
				return err
			}
			if rescued != "" {
				to, typed = rescued, true
			}
		}
	}
	target := "/sign-in?" + url.Values{"to": {to}}.Encode()
	if typed {
		target += "&typed=yes"
	}
	if web.IsFragment(c.Request()) {
		c.Response().Header().Set("HX-Redirect", target)
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, target)
}

// IsSignedIn says whether the session of an open stream is still there. It does not prolong it.
func (h *Handlers) IsSignedIn(r *http.Request) bool {
	_, _, found, err := h.load(r)
	return found || err != nil // the next page says what is wrong
}

// destination is a path of ours that the person may enter, or empty. Everything else that could lead to another host
// (//host, \host, %2f) does not have the form.
func (h *Handlers) destination(to string, p staff.Person) string {
	path, _, _ := strings.Cut(to, "?")
	room, found := staff.RoomOf(path)
	if len(to) > maxDestination || !destinationForm.MatchString(to) || !found || !room.Admits(p, h.production()) || !h.IsMounted(room) {
		return ""
	}
	return to
}
