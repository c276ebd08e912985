package handlers

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
)

// Inputs of the check page beside the trap and the boxes of the consents.
const (
	requestInput  = "request"  // which request of which draft is sent
	pageInput     = "page"     // which page was shown, and with which answers
	viewportInput = "viewport" // filled in by a script
)

// checkPage is what a check page says beside the answers.
type checkPage struct {
	status int
	errors validation.Errors
	notice validation.Text
}

// showCheck shows all answers and asks for the consents.
func (h *Handlers) showCheck(c echo.Context) error {
	d, err := h.findDraft(c)
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return goTo(c, "/")
	case err != nil:
		return newProblem(http.StatusServiceUnavailable, err)
	}
	if first := typedIn(&d).firstOpen(h.rules()); first < checkStep {
		return goTo(c, stepPage(first))
	}
	return h.drawCheck(c, d, checkPage{status: http.StatusOK})
}

// drawCheck keeps the page as it is sent, and sends it. A page that cannot be kept is not sent: one
// without the consents goes out in its place.
func (h *Handlers) drawCheck(c echo.Context, d lead.Draft, p checkPage) error {
	page := h.check(c.Request(), d, p)
	id := lead.NewName()
	page.PageID = h.proveShown(id, page.Language, d)
	parts, err := h.cutCheck(c, page)
	if err != nil {
		return err
	}
	kept := consent.Page{
		ID: id, At: h.Now().UTC().Truncate(time.Millisecond), Language: page.Language,
		Parts: parts, Sheet: h.Site.Look.SheetBytes(),
	}
	err = h.Drafts.KeepPage(c.Request().Context(), d.Handle.Reveal(), kept)
	switch {
	case errors.Is(err, lead.ErrNotFound): // it has expired just now
		return h.showLandingAgain(c)
	case err != nil:
		return h.drawCheckWithoutConsents(c, page, fmt.Errorf("page not kept: %w", err))
	}
	h.Recorder.allow(c.Response().Header())
	h.send(c.Response(), c.Request(), p.status, kept.Bytes())
	return nil
}

// drawCheckWithoutConsents has every answer and the button: pressing it shows the whole page.
func (h *Handlers) drawCheckWithoutConsents(c echo.Context, page apply.Check, cause error) error {
	h.Log.Error("not stored", "request", traceOf(c.Request().Context()).id, "cause", cause.Error())
	c.Response().Header().Set("Retry-After", "5")
	page.PageID, page.Texts, page.Recording, page.Errors, page.Notice = "", consent.Texts{}, nil, nil, apply.RequestNotSaved
	parts, err := h.cutCheck(c, page)
	if err != nil {
		return err
	}
	h.send(c.Response(), c.Request(), http.StatusServiceUnavailable, consent.Page{Parts: parts}.Bytes())
	return nil
}

func (h *Handlers) cutCheck(c echo.Context, page apply.Check) ([]consent.Part, error) {
	var drawn bytes.Buffer
	if err := apply.CheckPage(page).Render(c.Request().Context(), &drawn); err != nil {
		return nil, err
	}
	return consent.Cut(drawn.Bytes())
}

// check is the page of a draft whose steps are all done.
func (h *Handlers) check(r *http.Request, d lead.Draft, p checkPage) apply.Check {
	a := typedIn(&d)
	applicant, _ := validation.Parse(a.formWith(map[string]string{ssnBox: d.SSN.Reveal()}), h.rules()) // what is wrong is not shown
	page := apply.Check{
		Page: h.page(r), Request: h.requestToken(d),
		Applicant: applicant, Warnings: validation.Warnings(applicant, h.rules()),
		SSNEnds: lastFour(d.SSN), SSNGone: a[noteSSN] != "" && !d.SSN.Given(),
		Texts: h.Texts, Errors: p.errors, Notice: p.notice,
	}
	if d.Sent.Handle != "" {
		page.Earlier = &apply.Earlier{
			StatusPath: page.Link(statusPath(d.Sent.Handle)), At: d.Sent.ReceivedAt.In(zoneOf(applicant)),
			Changed: d.Changed && d.Request > 1,
		}
		page.SSNGone = page.SSNGone && d.Changed // what was sent went with its number
	}
	if h.Recorder != nil {
		page.Recording = &apply.Recording{Script: h.Recorder.script, Strict: slices.Contains(strictStates, applicant.State.Reveal())}
	}
	return page
}

// names are filled into the texts that are the same for everybody.
func (h *Handlers) names() consent.Names {
	return consent.Names{Seller: h.Site.Seller, Contact: h.Site.Phone}
}

// zoneOf is the person's own time as far as the ZIP code tells.
func zoneOf(a lead.Applicant) *time.Location {
	zone, err := time.LoadLocation(validation.ZoneOf(a.ZipCode.Reveal())) // an unknown one is UTC
	if err != nil {
		return time.UTC
	}
	return zone
}

// editionOf names everything that decides what a check page says besides the answers.
func (h *Handlers) editionOf() string {
	recorded := "not recorded"
	if h.Recorder != nil {
		recorded = h.Recorder.script
	}
	return strings.Join([]string{h.Texts.Edition(), h.Site.Seller, h.Site.Phone, recorded, fmt.Sprint(h.Site.LoanFields)}, "\x00")
}

// requestToken tells whether a form was made for this request of this draft, also when the answers that
// proveShown covers are erased. It is only compared, never looked up: from another draft it opens nothing.
func (h *Handlers) requestToken(d lead.Draft) string {
	return base64.RawURLEncoding.EncodeToString(h.signature("request", []byte(d.SubmissionKey().Reveal())))
}

// proveShown is the id of a page, and the proof that these answers and these texts stand on it, and
// that it was shown for this request to whoever holds the draft. A consent counts for nothing else: not for what another
// tab has changed since, nor for new words.
func (h *Handlers) proveShown(id, language string, d lead.Draft) string {
	return id + "." + base64.RawURLEncoding.EncodeToString(h.signature("page", []byte(h.shownWith(id, language, d))))
}

func (h *Handlers) shownWith(id, language string, d lead.Draft) string {
	return strings.Join([]string{id, language, h.edition, d.SubmissionKey().Reveal(), d.Typed.Reveal(), d.SSN.Reveal()}, "\x00")
}

// shownPage is the id of the page that the visitor saw, when it shows what the draft holds now.
func (h *Handlers) shownPage(posted, language string, d lead.Draft) (id string, ok bool) {
	id, proof, _ := strings.Cut(posted, ".")
	sum, err := base64.RawURLEncoding.DecodeString(proof)
	if err != nil || !hmac.Equal(sum, h.signature("page", []byte(h.shownWith(id, language, d)))) {
		return "", false
	}
	return id, true
}
