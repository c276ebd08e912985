package web

import (
	"net/http"
	"regexp"

	"github.com/labstack/echo/v4"

	"intake/internal/lead"
)

// visitorCookie is a cookie of a consumer's browser, without its value. Over https the prefix __Host- makes browsers bind it
// to our origin. Over http, which is for loopback only, WebKit drops Secure cookies, so it has neither. The names
// differ so that a cookie that was set over http is never read over https.
func (b *Base) visitorCookie(name string) http.Cookie {
	cookie := http.Cookie{Name: name, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if b.PublicURL.Scheme == "https" {
		cookie.Name, cookie.Secure = "__Host-"+name, true
	}
	return cookie
}

// draftCookie has the handle of the visitor's draft.
const draftCookie = "draft"

// visitorCookies are all that a consumer's browser gets from us.
var visitorCookies = []string{draftCookie}

// handlePattern is what lead.NewHandle makes.
var handlePattern = regexp.MustCompile(`^[A-Z2-7]{35}$`)

// DraftHandle is the handle of the visitor's draft, which may have expired. It is empty without a draft.
func (b *Base) DraftHandle(r *http.Request) string {
	cookie, err := r.Cookie(b.visitorCookie(draftCookie).Name)
	if err != nil || !handlePattern.MatchString(cookie.Value) {
		return ""
	}
	return cookie.Value
}

// SetDraftCookie sets the draft's cookie for as long as the draft is stored.
func (b *Base) SetDraftCookie(c echo.Context, handle string) {
	cookie := b.visitorCookie(draftCookie)
	cookie.Value, cookie.MaxAge = handle, int(lead.DraftKept.Seconds())
	c.SetCookie(&cookie)
}

// ClearVisitorCookies makes the browser forget every cookie that it has from us as a consumer's.
func (b *Base) ClearVisitorCookies(c echo.Context) {
	for _, name := range visitorCookies {
		cookie := b.visitorCookie(name)
		cookie.MaxAge = -1
		c.SetCookie(&cookie)
	}
}
