package signin

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"regexp"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/signin"
	"intake/internal/staff"
	views "intake/views/signin"
)

const maxDestination = 512

// destinationForm is a path and a query without any sign that could be read in two ways.
var destinationForm = regexp.MustCompile(`^(/[A-Za-z0-9_-]+)+(\?[A-Za-z0-9_=&.~-]*)?$`)

// ShowStart asks whoever is not signed in to sign in, and leads everybody else to where they want to go.
func (h *Handlers) ShowStart(c echo.Context) error {
	query, err := web.ReadQuery(c.Request(), web.Keys{Once: []string{"to", "typed", "out"}})
	if err != nil {
		return err
	}
	_, s, found, err := h.load(c.Request())
	if err != nil {
		return err
	}
	if found {
		return c.Redirect(http.StatusSeeOther, h.firstPage(query.Get("to"), s.Person))
	}
	if err := h.limitStrangers(c.Request()); err != nil {
		return err
	}
	begin := "/sign-in/begin"
	if to := query.Get("to"); len(to) <= maxDestination && destinationForm.MatchString(to) {
		begin += "?" + url.Values{"to": {to}}.Encode()
	}
	return h.Render(c, http.StatusOK, views.StartPage(views.Start{
		StaffPage: h.StaffPage(c.Request()), Begin: begin, SignedOut: query.Has("out"), Typed: query.Has("typed"),
	}))
}

// firstPage is where somebody goes who has signed in: where they wanted to go, or the first room that their roles open.
func (h *Handlers) firstPage(to string, p staff.Person) string {
	if to = h.destination(to, p); to != "" {
		return to
	}
	if rooms := h.RoomsOf(p); len(rooms) > 0 {
		return rooms[0].Path
	}
	return "/sign-in/you"
}

// attemptCookie is the cookie of an attempt, without its value.
func (h *Handlers) attemptCookie() http.Cookie {
	cookie := http.Cookie{Name: "attempt", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if h.PublicURL.Scheme == "https" {
		cookie.Name, cookie.Secure = "__Host-attempt", true
	}
	return cookie
}

// Begin sends the browser to the provider.
func (h *Handlers) Begin(c echo.Context) error {
	query, err := web.ReadQuery(c.Request(), web.Keys{Once: []string{"to"}})
	if err != nil {
		return err
	}
	if err := h.limitStrangers(c.Request()); err != nil {
		return err
	}
	to := query.Get("to")
	if len(to) > maxDestination || !destinationForm.MatchString(to) {
		to = ""
	}
	if isOfAnotherSite(c.Request()) {
		return c.Redirect(http.StatusSeeOther, "/sign-in?"+url.Values{"to": {to}}.Encode())
	}
	if c.Request().Host != h.PublicURL.Host { // another name of the loopback: cookies of this name do not come back
		return c.Redirect(http.StatusSeeOther, h.PublicURL.Scheme+"://"+h.PublicURL.Host+"/sign-in/begin?"+url.Values{"to": {to}}.Encode())
	}
	attempt := signin.NewAttempt(to, h.Clock.Now())
	address, err := h.cfg.Provider.Begin(c.Request().Context(), attempt)
	if err != nil {
		return h.refuse(c, "", err)
	}
	signed, err := attempt.Sign(h.cfg.Key)
	if err != nil {
		return err
	}
	cookie := h.attemptCookie()
	cookie.Value, cookie.MaxAge = signed, int(signin.AttemptLasts.Seconds())
	c.SetCookie(&cookie)
	return c.Redirect(http.StatusSeeOther, address)
}

// isOfAnotherSite says whether a page of another site sent the browser here. Such a page could otherwise replace the
// session of somebody whom the provider signs in without a question, and whatever they are typing would be refused.
func isOfAnotherSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// Finish receives the browser from the provider. An attempt is over with its first answer, whatever that is.
func (h *Handlers) Finish(c echo.Context) error {
	if err := h.limitStrangers(c.Request()); err != nil {
		return err
	}
	attempt, err := h.takeAttempt(c)
	if err != nil {
		return h.refuse(c, "", err)
	}
	person, err := h.cfg.Provider.Finish(c.Request().Context(), attempt, c.Request().URL.Query())
	if err != nil {
		return h.refuse(c, "somebody", err)
	}
	id := rand.Text()
	if err := h.write(c, person.Who(), "signed in", ""); err != nil {
		return err
	}
	if err := h.start(c.Response(), c.Request(), person, id); err != nil {
		return err
	}
	h.Log.Info("signed in", "request", web.RequestID(c.Request()), "who", person.Who())
	return c.Redirect(http.StatusSeeOther, h.firstPage(attempt.To, person))
}

// takeAttempt reads the browser's attempt and makes it forget it.
func (h *Handlers) takeAttempt(c echo.Context) (signin.Attempt, error) {
	cookie := h.attemptCookie()
	given, err := c.Request().Cookie(cookie.Name)
	if err != nil {
		return signin.Attempt{}, &signin.Refusal{Reason: signin.NotStarted}
	}
	cookie.MaxAge = -1
	c.SetCookie(&cookie)
	return signin.ReadAttempt(h.cfg.Key, given.Value, h.Clock.Now())
}

// refuse answers a sign-in that failed, in words. It is written down for whom the sign-in was started here; without an
// attempt anybody could fill the audit log, so that such refusals are in the log alone.
func (h *Handlers) refuse(c echo.Context, who string, cause error) error {
	refusal, ok := errors.AsType[*signin.Refusal](cause)
	if !ok {
		return cause
	}
	h.Log.Warn("sign-in refused", "request", web.RequestID(c.Request()), "reason", string(refusal.Reason), "code", refusal.Code)
	if _, ok := h.refusals.Allow("", h.Clock.Now()); ok && who != "" {
		if err := h.write(c, who, "sign-in refused", string(refusal.Reason)); err != nil {
			return err
		}
	}
	return h.Render(c, statusOf(refusal.Reason), views.RefusedPage(views.Refused{
		StaffPage: h.StaffPage(c.Request()), Reason: string(refusal.Reason), Reference: web.RequestID(c.Request()),
	}))
}

func statusOf(reason signin.Reason) int {
	switch reason {
	case signin.ProviderDown, signin.ClientRefused, signin.TooManyAtOnce:
		return http.StatusServiceUnavailable
	}
	return http.StatusForbidden
}
