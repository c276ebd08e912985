package desk

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/lead"
)

const discardInput = "discard"

// savedDraft tells the script when the form was saved, as the page shows it.
type savedDraft struct {
	At string `json:"at"`
}

// ReceiveDraft saves what the agent has typed so far, or throws it away.
func (h *Handlers) ReceiveDraft(c echo.Context) error {
	f, err := h.readForm(c, discardInput)
	if err != nil {
		return err
	}
	discard := f.boxes[discardInput] != ""
	delete(f.boxes, discardInput)
	if discard {
		return h.discard(c, f)
	}
	if !f.isTyped() {
		return c.NoContent(http.StatusNoContent)
	}
	d, err := h.keep(context.WithoutCancel(c.Request().Context()), f.handle, f.person.Key, f)
	if err != nil {
		return notStored(err)
	}
	if !maps.Equal(d.Form().Boxes, f.boxes) { // answers that were changed after they were sent are not saved: the page must not say so
		return c.NoContent(http.StatusNoContent)
	}
	return c.JSON(http.StatusOK, savedDraft{h.StaffClock().Minute(savedAt(d))})
}

// discard erases what the draft holds. A draft that is gone already is as good.
func (h *Handlers) discard(c echo.Context, f form) error {
	_, err := h.cfg.Drafts.ChangeDraft(c.Request().Context(), f.handle, func(d *lead.Draft) {
		if d.Agent == f.person.Key {
			d.SetForm(lead.DraftForm{})
		}
	})
	if err != nil && !errors.Is(err, lead.ErrNotFound) {
		return notStored(err)
	}
	return c.Redirect(http.StatusSeeOther, "/desk")
}

// isTyped says whether the agent has answered anything.
func (f form) isTyped() bool {
	for box := range f.boxes {
		switch box {
		case languageInput, filledForInput, scriptStateInput:
		default:
			return true
		}
	}
	return false
}

// keep saves the form in its draft, without the Social Security number, and returns the draft. Answers that were sent stay as they were
// sent; what is said about the consent may still be missing, and is saved.
func (h *Handlers) keep(ctx context.Context, handle, agentKey string, f form) (lead.Draft, error) {
	change := func(d *lead.Draft) {
		if d.Agent != agentKey {
			return
		}
		boxes := f.boxes
		if d.Sent.ID != "" {
			boxes = withConsent(d.Form().Boxes, f.boxes)
		}
		d.SetForm(lead.DraftForm{Boxes: boxes})
		d.Language = f.language()
	}
	d, err := h.cfg.Drafts.ChangeDraft(ctx, handle, change)
	if errors.Is(err, lead.ErrNotFound) {
		fresh := lead.Draft{Handle: lead.Keep(handle), Request: 1, Agent: agentKey}
		change(&fresh)
		started := h.cfg.Drafts.StartDraft(ctx, fresh)
		d, err = h.cfg.Drafts.ChangeDraft(ctx, handle, change) // another request may have started it
		if errors.Is(err, lead.ErrNotFound) {
			err = started
		}
	}
	if err == nil && d.Agent != agentKey {
		return lead.Draft{}, lead.ErrNotFound
	}
	return d, err
}

// withConsent is what was sent, with what the form says about the consent now.
func withConsent(sent, now lead.Boxes) lead.Boxes {
	boxes := maps.Clone(sent)
	for _, name := range consentInputs() {
		if text, given := now[name]; given {
			boxes[name] = text
		} else {
			delete(boxes, name)
		}
	}
	return boxes
}

// notStored is a problem of the storage, unless there is no such draft.
func notStored(err error) error {
	if errors.Is(err, lead.ErrNotFound) {
		return lead.ErrNotFound
	}
	return web.NewProblem(http.StatusServiceUnavailable, err)
}
