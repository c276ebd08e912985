package desk

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
	"intake/internal/prefill"
	"intake/internal/staff"
	"intake/validation"
	views "intake/views/desk"
)

const (
	prefillPath  = "/desk/prefill"
	tokenInput   = "t"       // of the dialer
	prefillInput = "prefill" // why the desk shows no form that the dialer has filled in
)

// PrefillUses remembers which tokens of the dialer were used, for all processes.
type PrefillUses interface {
	// Use says whether the token with the id, which may be used until end, is used for the first time. After an error it may count as used.
	Use(ctx context.Context, id string, end time.Time) (first bool, err error)
}

// HideToken keeps the address of a dialer's link out of the Referer of all that its answer leads to. It is middleware inside the router.
func HideToken(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Path() == prefillPath {
			c.Response().Header().Set("Referrer-Policy", "no-referrer")
		}
		return next(c)
	}
}

// Prefill opens the desk with what the dialer's token holds, in a new draft of this agent alone. Every answer leads away from the
// address with the token.
func (h *Handlers) Prefill(c echo.Context) error {
	p, err := person(c)
	if err != nil {
		return err
	}
	if isPrefetch(c.Request()) { // a look ahead must not use up the token
		return web.NewProblem(http.StatusServiceUnavailable, errors.New("a browser looks ahead"))
	}
	if h.cfg.Prefill == nil {
		return h.refusePrefill(c, views.PrefillOff, "not set up")
	}
	query, err := web.ReadQuery(c.Request(), web.Keys{Once: []string{tokenInput}})
	switch {
	case err != nil:
		return h.refusePrefill(c, views.PrefillUnreadable, err.Error())
	case query.Get(tokenInput) == "":
		return h.refusePrefill(c, views.PrefillMissing, "no token")
	}
	filled, err := h.cfg.Prefill.Open(query.Get(tokenInput), h.Clock.Now())
	if err != nil {
		return h.refusePrefill(c, refusalOf(err), err.Error())
	}
	first, err := h.cfg.PrefillUses.Use(c.Request().Context(), filled.ID, filled.MadeAt.Add(prefill.Lasts))
	switch {
	case err != nil:
		h.LogFailure(c.Request(), "prefill token not stored", err)
		return h.refusePrefill(c, views.PrefillFailed, "not stored")
	case !first:
		return h.refusePrefill(c, views.PrefillUsed, "used before")
	}
	return h.showPrefilled(c, p, filled)
}

// showPrefilled leads to a new draft with what the dialer knows.
func (h *Handlers) showPrefilled(c echo.Context, p staff.Person, filled prefill.Prefill) error {
	f := form{person: p, handle: lead.NewHandle(), boxes: h.boxesOf(filled), source: filled.Source}
	d := lead.Draft{Handle: lead.Keep(f.handle), Request: 1, Agent: p.Key, Language: f.language()}
	d.SetForm(lead.DraftForm{Boxes: f.boxes})
	if filled.Source != "" {
		d.Origin = lead.Keep(lead.Attribution{UTMSource: filled.Source})
	}
	if err := h.cfg.Drafts.StartDraft(c.Request().Context(), d); err != nil { // the token is used up: the values are here alone
		h.NotStored(c, "prefilled form not saved", err)
		return h.Render(c, http.StatusServiceUnavailable, views.DeskPage(h.page(c, f, nil)))
	}
	return c.Redirect(http.StatusSeeOther, "/desk?draft="+h.token(f.handle, p.Key))
}

// boxesOf are the boxes that the dialer fills in. A phone that is valid is written as it is read back, any other one as it came.
func (h *Handlers) boxesOf(filled prefill.Prefill) lead.Boxes {
	boxes := lead.Boxes{}
	if filled.Phone.Given() {
		boxes["homePhone"] = filled.Phone.Reveal()
		applicant, _ := validation.Parse(validation.NewForm(boxes), h.rules())
		if said := validation.ReadBack("homePhone", applicant, h.rules().Today); said != "" {
			boxes["homePhone"] = said
		}
	}
	if filled.Call.Given() {
		boxes[callInput] = filled.Call.Reveal()
	}
	return boxes
}

// refusePrefill leads to an empty form that says why it is empty. The reason goes to the log and must not quote what was sent.
func (h *Handlers) refusePrefill(c echo.Context, why views.Prefill, reason string) error {
	h.Log.Info("prefill refused", "request", web.RequestID(c.Request()), "reason", reason)
	return c.Redirect(http.StatusSeeOther, "/desk?"+prefillInput+"="+string(why))
}

func refusalOf(err error) views.Prefill {
	switch {
	case errors.Is(err, prefill.ErrExpired):
		return views.PrefillExpired
	case errors.Is(err, prefill.ErrEarly):
		return views.PrefillEarly
	}
	return views.PrefillUnreadable
}

// prefillStatus are the statuses of the desk that shows why a link was refused.
var prefillStatus = map[views.Prefill]int{
	views.PrefillUsed: http.StatusGone, views.PrefillExpired: http.StatusGone,
	views.PrefillEarly: http.StatusBadRequest, views.PrefillUnreadable: http.StatusBadRequest, views.PrefillMissing: http.StatusBadRequest,
	views.PrefillOff: http.StatusNotFound, views.PrefillFailed: http.StatusServiceUnavailable,
}

// isPrefetch says whether the browser asks before anybody has opened the link.
func isPrefetch(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") || r.Header.Get("Purpose") == "prefetch"
}
