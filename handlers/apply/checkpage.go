package apply

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/trustedform"
	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	views "intake/views/apply"
)

// checkPage is what a check page says beside the answers.
type checkPage struct {
	status int
	errors validation.Errors
	notice validation.Text
}

// showCheck shows the check page, or redirects to the first step that is not done.
func (h *Handlers) showCheck(c echo.Context, d draft, p checkPage) error {
	if first := h.firstOpen(d); first < checkStep {
		return web.Redirect(c, stepPath(first))
	}
	return h.sendCheck(c, d, p)
}

// sendCheck stores the page, byte for byte, and then sends it. When it cannot be stored, a page without the consents
// is sent in its place.
func (h *Handlers) sendCheck(c echo.Context, d draft, p checkPage) error {
	page := h.checkPage(c.Request(), d, p)
	id := lead.NewName()
	page.PageID = h.provePage(id, page.Language, d)
	parts, err := renderCheck(c, page)
	if err != nil {
		return err
	}
	shown := consent.Page{
		ID: id, At: h.Clock.Now().UTC().Truncate(time.Millisecond), Language: page.Language,
		Parts: parts, Sheet: h.Site.Look.SheetBytes(),
	}
	err = h.cfg.Drafts.KeepPage(c.Request().Context(), d.Handle.Reveal(), shown)
	switch {
	case errors.Is(err, lead.ErrNotFound): // it has expired just now
		return h.showLandingAgain(c, http.StatusUnprocessableEntity)
	case err != nil:
		return h.sendCheckWithoutConsents(c, page, fmt.Errorf("page not kept: %w", err))
	}
	h.cfg.Recorder.Allow(c.Response().Header())
	web.Send(c.Response(), c.Request(), p.status, shown.Bytes())
	return nil
}

// sendCheckWithoutConsents sends a page with the answers and the button, which shows the whole page when pressed.
func (h *Handlers) sendCheckWithoutConsents(c echo.Context, page views.Check, cause error) error {
	h.NotStored(c, "not stored", cause)
	page.PageID, page.Texts, page.Recording, page.Errors, page.Notice = "", consent.Texts{}, nil, nil, views.RequestNotSaved
	parts, err := renderCheck(c, page)
	if err != nil {
		return err
	}
	web.Send(c.Response(), c.Request(), http.StatusServiceUnavailable, consent.Page{Parts: parts}.Bytes())
	return nil
}

func renderCheck(c echo.Context, page views.Check) ([]consent.Part, error) {
	var body bytes.Buffer
	if err := views.CheckPage(page).Render(c.Request().Context(), &body); err != nil {
		return nil, err
	}
	return consent.Cut(body.Bytes())
}

// checkPage is the check page of a draft whose steps are all done.
func (h *Handlers) checkPage(r *http.Request, d draft, p checkPage) views.Check {
	rules := h.rules()
	applicant, _ := validation.Parse(d.answers(validation.Form{}), rules) // an answer that is not valid is not shown
	page := views.Check{
		Page: h.Page(r), Request: h.requestToken(d),
		Applicant: applicant, Warnings: validation.Warnings(applicant, rules),
		SSNEnds: lastFour(d.SSN), SSNGone: d.saved.SSNGiven && !d.SSN.Given(),
		Texts: h.cfg.Texts, Errors: p.errors, Notice: p.notice, CreditOptional: h.cfg.CreditOptional,
	}
	if h.cfg.Recorder != nil {
		page.Recording = &views.Recording{Script: h.cfg.Recorder.Script(), Strict: trustedform.IsStrict(applicant.State.Reveal())}
	}
	return page
}

// editionOfPages names everything beside the answers that a check page depends on.
func (h *Handlers) editionOfPages() string {
	recorded := "not recorded"
	if h.cfg.Recorder != nil {
		recorded = h.cfg.Recorder.Script()
	}
	return strings.Join([]string{h.cfg.Texts.Edition(), h.Site.Seller, h.Site.Phone, recorded, fmt.Sprint(h.Site.LoanFields, h.cfg.CreditOptional)}, "\x00")
}

// requestToken shows that a form was made for this request of this draft, also after the answers that provePage
// covers are erased. It is compared with the draft of the cookie and is no key to look anything up by.
func (h *Handlers) requestToken(d draft) string {
	return base64.RawURLEncoding.EncodeToString(h.signature("request", []byte(d.requestName())))
}

// provePage is the id of a page and a proof (a MAC) that it showed these answers and these texts, for this request of
// this draft. A consent is valid for nothing else: neither for answers that another tab has changed since, nor
// for new texts.
func (h *Handlers) provePage(id, language string, d draft) string {
	return id + "." + base64.RawURLEncoding.EncodeToString(h.pageProof(id, language, d))
}

func (h *Handlers) pageProof(id, language string, d draft) []byte {
	shown := []string{id, language, h.edition, d.requestName(), d.Typed.Reveal(), d.SSN.Reveal()}
	return h.signature("page", []byte(strings.Join(shown, "\x00")))
}

// shownPage is the id of the page that the visitor saw. It is valid only if the page shows what the draft holds now.
func (h *Handlers) shownPage(posted, language string, d draft) (id string, ok bool) {
	id, proof, _ := strings.Cut(posted, ".")
	sum, err := base64.RawURLEncoding.DecodeString(proof)
	if err != nil || !hmac.Equal(sum, h.pageProof(id, language, d)) {
		return "", false
	}
	return id, true
}
