package handoff

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/trustedform"
	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	"intake/views/frame"
	views "intake/views/handoff"
)

// ShowConsents shows what the person is asked to agree to, or what has become of their link. Opening it uses nothing up: a message
// app that makes a preview opens it too.
func (h *Handlers) ShowConsents(c echo.Context) error {
	if h.cfg.IsStaff(c.Request()) {
		return h.refuseStaff(c)
	}
	v, err := h.find(c)
	if err != nil {
		return err
	}
	if !v.link.Open() {
		return h.showOver(c, v)
	}
	if err := h.cfg.Links.OpenHandOff(c.Request().Context(), v.link); err != nil {
		return web.NewProblem(http.StatusServiceUnavailable, err)
	}
	if v.link.OpenedAt.IsZero() {
		h.cfg.Meter.Linked("opened")
	}
	return h.showConsents(c, v, http.StatusOK, shown{})
}

// visit is a request with a link's token.
type visit struct {
	token string
	link  lead.HandOff
	lead  lead.Lead
}

func (h *Handlers) find(c echo.Context) (v visit, err error) {
	v.token = c.Param("token")
	v.link, v.lead, err = h.cfg.Links.FindHandOff(c.Request().Context(), v.token)
	if err != nil && !errors.Is(err, lead.ErrNotFound) {
		err = web.NewProblem(http.StatusServiceUnavailable, err)
	}
	return v, err
}

// showOver says what has become of a link.
func (h *Handlers) showOver(c echo.Context, v visit) error {
	page := views.Over{Page: h.Page(c.Request()), State: v.link.State()}
	status := http.StatusGone
	switch page.State {
	case lead.HandOffAccepted:
		status, page.StatusPath = http.StatusOK, page.Link("/status/"+v.lead.Handle.Reveal())
	case lead.HandOffDeclined:
		status = http.StatusOK
	}
	return h.Render(c, status, views.OverPage(page))
}

// shown is what a page shows of an answer that was not taken.
type shown struct {
	form   validation.Form
	errors validation.Errors
	notice validation.Text
}

// showConsents stores the page, byte for byte, and then sends it.
func (h *Handlers) showConsents(c echo.Context, v visit, status int, s shown) error {
	id := lead.NewName()
	page := views.Consents{
		Page: h.Page(c.Request()), FirstName: v.lead.Applicant.FirstName, LastName: v.lead.Applicant.LastName, Phone: v.lead.Applicant.HomePhone,
		Asks: v.link.Asks, Form: s.form, Errors: s.errors, Notice: s.notice, Texts: h.cfg.Texts,
	}
	page.PageID = id + "." + base64.RawURLEncoding.EncodeToString(h.proof(id, page.Language, v))
	if h.cfg.Recorder != nil {
		page.Recording = &apply.Recording{Script: h.cfg.Recorder.Script(), Strict: trustedform.IsStrict(v.lead.Applicant.State.Reveal())}
	}
	var body bytes.Buffer
	if err := views.ConsentPage(page).Render(c.Request().Context(), &body); err != nil {
		return err
	}
	parts, err := consent.Cut(body.Bytes())
	if err != nil {
		return err
	}
	kept := consent.Page{ID: id, At: h.Clock.Now().UTC().Truncate(time.Millisecond), Language: page.Language, Parts: parts, Sheet: h.Site.Look.SheetBytes()}
	err = h.cfg.Answers.KeepHandOffPage(c.Request().Context(), v.token, kept)
	switch {
	case errors.Is(err, lead.ErrHandOffOver): // it has ended just now
		return h.showNow(c)
	case err != nil:
		return web.NewProblem(http.StatusServiceUnavailable, err) // without its page a consent would be no evidence
	}
	h.cfg.Recorder.Allow(c.Response().Header())
	web.Send(c.Response(), c.Request(), status, kept.Bytes())
	return nil
}

// showNow reads the link once more and says what has become of it.
func (h *Handlers) showNow(c echo.Context) error {
	v, err := h.find(c)
	if err != nil {
		return err
	}
	if v.link.Open() {
		v.link.Ended = true // its lead is being changed
	}
	return h.showOver(c, v)
}

// proof shows that a page was made for this link, in this language and with these texts.
func (h *Handlers) proof(id, language string, v visit) []byte {
	mac := hmac.New(sha256.New, h.cfg.FormSecret)
	mac.Write([]byte(strings.Join([]string{"hand-off page", id, language, v.link.ID, h.cfg.Texts.Edition(), h.Site.Seller, h.Site.Phone}, "\x00")))
	return mac.Sum(nil)
}

// shownPage is the id of the page that the person saw.
func (h *Handlers) shownPage(posted, language string, v visit) (id string, ok bool) {
	id, proof, _ := strings.Cut(posted, ".")
	sum, err := base64.RawURLEncoding.DecodeString(proof)
	return id, err == nil && hmac.Equal(sum, h.proof(id, language, v))
}

// linkIn is the address of a link's page in a language.
func linkIn(language, token string) string { return frame.LinkIn(language, path(token)) }
