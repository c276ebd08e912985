package signin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/signin"
)

// csrfToken is what every form of a session carries. Another site can make a browser send the cookie, but not this.
func (h *Handlers) csrfToken(s session) string {
	mac := hmac.New(sha256.New, h.cfg.Key)
	mac.Write([]byte("csrf token/" + s.ID))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// changesSession says whether a request is a form outside of the rooms that belongs to a session. The form of the
// development provider belongs to none: the state in it is compared with the browser's when the answer comes back.
func changesSession(c echo.Context) bool {
	return !web.IsSafe(c.Request().Method) && web.IsStaff(c.Path()) && !strings.HasPrefix(c.Path(), signin.DevelopmentPath)
}

// checkForm lets a form of the sign-in pass that carries the token of its session. Without a session there is nothing
// that it could change.
func (h *Handlers) checkForm(c echo.Context, next echo.HandlerFunc) error {
	token, err := web.TakeCSRFToken(c.Request())
	if err != nil {
		return err
	}
	_, s, found, err := h.load(c.Request())
	if err != nil {
		return err
	}
	if found {
		h.setPerson(c, s)
		if !h.isTokenOf(s, token) {
			return h.refuseForm(c)
		}
	}
	return next(c)
}

// isTokenOf says whether a form belongs to the session.
func (h *Handlers) isTokenOf(s session, token string) bool {
	return hmac.Equal([]byte(token), []byte(h.csrfToken(s)))
}

// setPerson tells the page who is signed in, and gives its forms the token of the session.
func (h *Handlers) setPerson(c echo.Context, s session) {
	p := s.person()
	p.FormToken = h.csrfToken(s)
	c.SetRequest(web.WithPerson(c.Request(), p))
}

// refuseForm answers a form without the token of the session: it is of another site, or of a page that was opened before
// the person signed in again. A page that can do so shows what was typed.
func (h *Handlers) refuseForm(c echo.Context) error {
	h.Log.Warn("form without the token of its session", "request", web.RequestID(c.Request()))
	if again := h.cfg.ShowAgain[c.Path()]; again != nil {
		return again(c)
	}
	c.Response().Header().Set("HX-Reswap", "none") // a whole page must not stand in a part of one
	return web.NewProblem(http.StatusForbidden, errors.New("a form without the token of its session"))
}
