package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	"intake/views/frame"
)

// opening is what decides about the bytes of a first page that nobody has filled in, but for its
// time and its origin.
type opening struct {
	language  string
	following bool // the browser did not ask not to be followed
}

// landings are the first pages that nobody has filled in.
type landings map[opening]blank

// blank is such a page, cut at time and origin, and the origin of whoever comes from nowhere.
type blank struct {
	stencil
	nowhere string
}

// cutLandings draws the first page for everybody who has no draft.
func (h *Handlers) cutLandings() error {
	h.landings = landings{}
	for _, language := range languages {
		for _, following := range []bool{true, false} {
			page := h.emptyLanding(language)
			page.GPC, page.Shown, page.Origin = !following, "TIME-GOES-HERE", "ORIGIN-GOES-HERE"
			s, err := cut(apply.LandingPage(page), page.Shown, page.Origin)
			if err != nil {
				return err
			}
			h.landings[opening{language, following}] = blank{s, h.writeOrigin(lead.Attribution{Landing: page.Link("/")})}
		}
	}
	return nil
}

func (h *Handlers) emptyLanding(language string) apply.Landing {
	page := apply.Landing{Page: frame.Page{Site: h.Site, Language: language, Path: "/"}}
	if notice, ok := h.recordingNotice(language); ok {
		page.Recording = &notice
	}
	return page
}

// showLanding is where people begin. Whoever has a draft that was not sent finds it again; whoever
// has sent theirs begins a new one.
func (h *Handlers) showLanding(c echo.Context) error {
	r := c.Request()
	if h.draftHandle(r) != "" {
		d, err := h.findDraft(c)
		if err == nil && d.Sent.Handle == "" {
			return h.render(c, http.StatusOK, apply.LandingPage(h.landing(r, d)))
		}
		if err != nil && !errors.Is(err, lead.ErrNotFound) { // the answers are found when they are needed
			h.Log.Error("draft not found", "request", traceOf(r.Context()).id, "cause", err.Error())
		}
	}
	page := h.landings[opening{languageOf(r), !wantsNoFollowing(r)}]
	origin := page.nowhere
	if from := h.arrival(r); from != (lead.Attribution{Landing: from.Landing}) {
		origin = h.writeOrigin(from)
	}
	h.send(c.Response(), r, http.StatusOK, page.with(h.stamp(h.Now()), origin))
	return nil
}

// landing is the first page as the draft has it.
func (h *Handlers) landing(r *http.Request, d lead.Draft) apply.Landing {
	a := typedIn(&d)
	page := h.emptyLanding(languageOf(r))
	page.Page = h.page(r)
	page.Shown, page.Form, page.Continue = h.stamp(h.Now()), a.form(), a.firstOpen(h.rules()) > apply.StepDebt
	if a[noteLost] != "" {
		page.Notice = apply.DraftExpired
	}
	return page
}

// receiveDebt is step 1. It begins a draft, or goes on with one that was not sent.
func (h *Handlers) receiveDebt(c echo.Context) error {
	posted, err := readForm(c.Request(), h.asksFirst)
	if err != nil {
		return err
	}
	wrong := h.wrong(apply.StepDebt, posted)
	d, err := h.keepFirst(c, posted, wrong)
	if err != nil {
		return h.showLandingNotKept(c, posted, err)
	}
	if language, ok := pressed(posted); ok {
		return c.Redirect(http.StatusSeeOther, frame.LinkIn(language, "/"))
	}
	if len(wrong) > 0 {
		page := h.landing(c.Request(), d)
		page.Errors = wrong
		return h.render(c, http.StatusUnprocessableEntity, apply.LandingPage(page))
	}
	return goTo(c, stepPage(typedIn(&d).firstOpen(h.rules())))
}

func (h *Handlers) asksFirst(input string) bool {
	return input == shownInput || input == originInput || input == trapInput || h.asks(apply.StepDebt, input)
}

// keepFirst puts step 1 into the visitor's draft, or into a new one when there is none that is not
// sent.
func (h *Handlers) keepFirst(c echo.Context, posted map[string]string, wrong validation.Errors) (lead.Draft, error) {
	take := h.taking(c.Request(), apply.StepDebt, posted, wrong)
	change := func(d *lead.Draft) {
		take(d)
		if posted[trapInput] != "" {
			amend(d, func(a answers) { a.note(noteTrap, true) })
		}
	}
	before, err := h.findDraft(c)
	if err == nil && before.Sent.Handle == "" {
		d, _, err := h.changeDraft(c, change)
		return d, err
	}
	if err != nil && !errors.Is(err, lead.ErrNotFound) {
		return lead.Draft{}, err
	}
	return h.startDraft(c, h.readStamp(posted[shownInput]), func(d *lead.Draft) {
		d.Origin = h.readOrigin(posted[originInput])
		change(d)
	})
}

// showLandingNotKept has what was typed, and the time of the first try.
func (h *Handlers) showLandingNotKept(c echo.Context, posted map[string]string, cause error) error {
	r := c.Request()
	h.Log.Error("draft not kept", "request", traceOf(r.Context()).id, "cause", cause.Error())
	c.Response().Header().Set("Retry-After", "5")
	page := h.emptyLanding(languageOf(r))
	page.Page = h.page(r)
	page.Shown, page.Origin, page.Form, page.Notice = posted[shownInput], posted[originInput], validation.NewForm(posted), apply.AnswersNotSaved
	return h.render(c, http.StatusServiceUnavailable, apply.LandingPage(page))
}

// showLandingAgain tells a visitor whose answers are not kept any more that they are not.
func (h *Handlers) showLandingAgain(c echo.Context) error {
	r := c.Request()
	page := h.emptyLanding(languageOf(r))
	page.Page, page.Notice = h.page(r), apply.DraftExpired
	page.Shown, page.Origin = h.stamp(h.Now()), h.writeOrigin(lead.Attribution{Landing: page.Link("/")})
	return h.render(c, http.StatusUnprocessableEntity, apply.LandingPage(page))
}

// recordingNotice is what is said about the recording of the check page, when it is recorded.
func (h *Handlers) recordingNotice(language string) (consent.Shown, bool) {
	if h.Recorder == nil {
		return consent.Shown{}, false
	}
	return h.Texts.Recording(language, h.names())
}

// goToLanding is where step 1 is shown.
func goToLanding(c echo.Context) error { return goTo(c, "/") }
