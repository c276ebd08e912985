package desk

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
)

// helpCookie is the name of the cookie that says that the agent has switched off the ? key. It says nothing about a
// person.
func (h *Handlers) helpCookie() string {
	if h.PublicURL.Scheme == "https" {
		return "__Host-desk-keys"
	}
	return "desk-keys"
}

// helpKept is how long a browser remembers that, in seconds.
const helpKept = 365 * 24 * 60 * 60

// ReceiveKeys switches the one key that is a character on or off (WCAG 2.2, 2.1.4).
func (h *Handlers) ReceiveKeys(c echo.Context) error {
	values, err := web.ReadStaffForm(c.Request(), web.Keys{Once: []string{"help"}})
	if err != nil {
		return err
	}
	cookie := http.Cookie{
		Name: h.helpCookie(), Value: "off", Path: "/", MaxAge: helpKept,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: h.PublicURL.Scheme == "https",
	}
	if values.Get("help") != "off" {
		cookie.MaxAge = -1
	}
	c.SetCookie(&cookie)
	return c.Redirect(http.StatusSeeOther, "/desk")
}

func (h *Handlers) helpIsOff(r *http.Request) bool {
	cookie, err := r.Cookie(h.helpCookie())
	return err == nil && cookie.Value == "off"
}
