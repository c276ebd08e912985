package handlers

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	"intake/views/frame"
)

// draftCookie is the cookie that holds the handle of the visitor's draft, without its value. Over
// https the prefix makes browsers keep it to our own origin. Over http, which is for loopback alone,
// WebKit drops a Secure cookie, so that it is a plain one there. Its name is another: what http could
// set is never believed over https.
func (h *Handlers) draftCookie() http.Cookie {
	cookie := http.Cookie{Name: "draft", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if h.PublicURL.Scheme == "https" {
		cookie.Name, cookie.Secure = "__Host-draft", true
	}
	return cookie
}

// handleForm is what lead.NewHandle makes.
var handleForm = regexp.MustCompile(`^[A-Z2-7]{35}$`)

// draftHandle is the handle of the visitor's draft, which may be gone; empty when they have none.
func (h *Handlers) draftHandle(r *http.Request) string {
	cookie, err := r.Cookie(h.draftCookie().Name)
	if err != nil || !handleForm.MatchString(cookie.Value) {
		return ""
	}
	return cookie.Value
}

// giveDraft names the draft to the browser for as long as it is kept.
func (h *Handlers) giveDraft(c echo.Context, handle string) {
	cookie := h.draftCookie()
	cookie.Value, cookie.MaxAge = handle, int(lead.DraftKept.Seconds())
	c.SetCookie(&cookie)
}

// findDraft is the visitor's draft, or lead.ErrNotFound.
func (h *Handlers) findDraft(c echo.Context) (lead.Draft, error) {
	handle := h.draftHandle(c.Request())
	if handle == "" {
		return lead.Draft{}, lead.ErrNotFound
	}
	return h.Drafts.FindDraft(c.Request().Context(), handle)
}

// changeDraft changes the visitor's draft. When it is gone, a new one begins with what was posted
// and remembers that the earlier answers are not kept any more.
func (h *Handlers) changeDraft(c echo.Context, change func(*lead.Draft)) (d lead.Draft, begun bool, err error) {
	err = lead.ErrNotFound
	if handle := h.draftHandle(c.Request()); handle != "" {
		d, err = h.Drafts.ChangeDraft(c.Request().Context(), handle, change)
	}
	if errors.Is(err, lead.ErrNotFound) {
		begun = true
		d, err = h.startDraft(c, h.Now(), func(d *lead.Draft) {
			change(d)
			amend(d, func(a answers) { a.note(noteLost, true) })
		})
	}
	if err == nil {
		h.giveDraft(c, d.Handle.Reveal())
	}
	return d, begun, err
}

// startDraft keeps a new draft, whose first page was shown at the time, under a handle that we make: none
// that a browser names is ever taken.
func (h *Handlers) startDraft(c echo.Context, shown time.Time, change func(*lead.Draft)) (lead.Draft, error) {
	d := lead.Draft{Handle: lead.Keep(lead.NewHandle()), Request: 1, ShownAt: shown}
	change(&d)
	if err := h.Drafts.StartDraft(c.Request().Context(), d); err != nil {
		return lead.Draft{}, err
	}
	h.giveDraft(c, d.Handle.Reveal())
	return d, nil
}

// answers is what a draft holds: the boxes by their names, right or wrong, and notes of our own,
// whose names no box has.
type answers map[string]string

// The notes.
const (
	notePassed = ".passed" // the numbers of the steps that were right once
	noteLost   = ".lost"   // an earlier draft is gone
	noteTrap   = ".trap"   // the trap of the first page was filled in
	noteSSN    = ".ssn"    // a Social Security number was given
)

// typedIn is what the draft holds.
func typedIn(d *lead.Draft) answers {
	typed, err := decodeForm(d.Typed.Reveal(), func(string) bool { return true })
	if err != nil || typed == nil { // we wrote it ourselves
		return answers{}
	}
	return typed
}

// amend changes what the draft holds. The same answers always make the same text.
func amend(d *lead.Draft, change func(answers)) {
	a := typedIn(d)
	change(a)
	values := url.Values{}
	for box, text := range a {
		values.Set(box, text)
	}
	d.Typed = lead.Keep(values.Encode())
}

func (a answers) form() validation.Form { return validation.NewForm(a) }

// formWith is the form with further boxes.
func (a answers) formWith(more map[string]string) validation.Form {
	all := maps.Clone(a)
	maps.Copy(all, more)
	return validation.NewForm(all)
}

func (a answers) passed(step int) bool {
	return strings.Contains(a[notePassed], strconv.Itoa(step))
}

// pass notes that the step was right, or left out where that is possible.
func (a answers) pass(step int) {
	if !a.passed(step) {
		a[notePassed] += strconv.Itoa(step)
	}
}

func (a answers) note(name string, holds bool) {
	delete(a, name)
	if holds {
		a[name] = "1"
	}
}

// checkStep is the number behind the last step: the check page.
const checkStep = apply.StepIncome + 1

// firstOpen is the first step that is still to be done, checkStep when there is none.
func (a answers) firstOpen(rules validation.Options) int {
	form := a.form()
	for step := apply.StepDebt; step < checkStep; step++ {
		if !a.passed(step) || len(validation.ParseStep(form, rules, validation.Steps()[step-1]...)) > 0 {
			return step
		}
	}
	return checkStep
}

// stepPage is where a step is shown.
func stepPage(step int) string {
	switch step {
	case apply.StepDebt:
		return "/"
	case checkStep:
		return "/apply/check"
	}
	return apply.StepPath(step)
}

// goTo sends the visitor on, in the language of the address they came from.
func goTo(c echo.Context, path string) error {
	return c.Redirect(http.StatusSeeOther, frame.LinkIn(languageOf(c.Request()), path))
}

// goOn leads to the first step that is still to be done.
func (h *Handlers) goOn(c echo.Context) error {
	d, err := h.findDraft(c)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return goTo(c, "/")
	case err != nil:
		return newProblem(http.StatusServiceUnavailable, err)
	}
	return goTo(c, stepPage(typedIn(&d).firstOpen(h.rules())))
}

// lastFour is how a number is spoken of without telling it.
func lastFour(ssn lead.Private[string]) string {
	digits := onlyDigits(ssn.Reveal())
	return digits[max(0, len(digits)-4):]
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
