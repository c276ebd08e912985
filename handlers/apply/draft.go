package apply

import (
	"errors"
	"maps"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/lead"
	"intake/validation"
)

// draft is a visitor's draft, with what it holds of the form decoded.
type draft struct {
	lead.Draft
	saved lead.DraftForm
}

func decode(d lead.Draft) draft { return draft{d, d.Form()} }

// edit changes a stored draft.
func edit(stored *lead.Draft, change func(*draft)) {
	d := decode(*stored)
	change(&d)
	d.SetForm(d.saved)
	*stored = d.Draft
}

// typed is the saved form without the Social Security number, which no page shows again.
func (d draft) typed() validation.Form { return validation.NewForm(d.saved.Boxes) }

// answers is everything that was typed, and the consents of the check page's form, which no draft holds.
func (d draft) answers(consents validation.Form) validation.Form {
	all := maps.Clone(d.saved.Boxes)
	all[ssnBox] = d.SSN.Reveal()
	for _, box := range consentBoxes {
		all[box] = consents.Value(box)
	}
	return validation.NewForm(all)
}

// requestName names the request that is filled in. It contains the handle, so that nobody without the draft can name it, and
// is as secret.
func (d draft) requestName() string { return d.Handle.Reveal() + "." + strconv.Itoa(d.Request) }

// sent reports whether a version of the draft has become a lead.
func (d draft) sent() bool { return d.Sent.Handle != "" }

// findDraft is the visitor's draft, or lead.ErrNotFound.
func (h *Handlers) findDraft(c echo.Context) (draft, error) {
	handle := h.DraftHandle(c.Request())
	if handle == "" {
		return draft{}, lead.ErrNotFound
	}
	found, err := h.cfg.Drafts.FindDraft(c.Request().Context(), handle)
	if err != nil {
		return draft{}, err
	}
	return decode(found), nil
}

// changeDraft changes the visitor's draft. When it has expired, a new one is started with what was posted and marked
// as restarted.
func (h *Handlers) changeDraft(c echo.Context, change func(*draft)) (d draft, restarted bool, err error) {
	handle := h.DraftHandle(c.Request())
	changed, err := lead.Draft{}, lead.ErrNotFound
	if handle != "" {
		changed, err = h.cfg.Drafts.ChangeDraft(c.Request().Context(), handle, func(stored *lead.Draft) { edit(stored, change) })
	}
	if errors.Is(err, lead.ErrNotFound) {
		d, err = h.startDraft(c, h.Clock.Now(), func(d *draft) {
			change(d)
			d.saved.Restarted = true
		})
		return d, true, err
	}
	if err != nil {
		return draft{}, false, err
	}
	h.SetDraftCookie(c, handle)
	return decode(changed), false, nil
}

// startDraft saves a new draft, whose first page was shown at the time. Its handle is a new one, never one that the
// browser sent.
func (h *Handlers) startDraft(c echo.Context, shown time.Time, change func(*draft)) (draft, error) {
	d := draft{lead.Draft{Handle: lead.Keep(lead.NewHandle()), Request: 1, ShownAt: shown}, lead.DraftForm{Boxes: lead.Boxes{}}}
	change(&d)
	d.SetForm(d.saved)
	if err := h.cfg.Drafts.StartDraft(c.Request().Context(), d.Draft); err != nil {
		return draft{}, err
	}
	h.SetDraftCookie(c, d.Handle.Reveal())
	return d, nil
}
