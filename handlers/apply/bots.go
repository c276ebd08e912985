package apply

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"intake/internal/lead"
)

// shownInput carries the time at which the first page was shown, signed. It is all that a form says of
// itself: nothing in it names a draft, a lead or a person.
const shownInput = "shown"

// trapInput is a box that no person sees. Machines that fill in everything fill it in.
const trapInput = "website"

// minFillTime is how long the fastest person with a full autofill takes to read and tick.
const minFillTime = 3 * time.Second

// Why a lead is suspect. The words stand in its history; no visitor sees them.
const (
	trapFilled  = "the hidden box was filled in"
	filledFast  = "filled in within 3 s"
	notFromPage = "not from a page of ours"
)

// stamp is a time with our signature. It comes back with the form, in this process or another.
func (h *Handlers) stamp(at time.Time) string {
	body := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(body, h.signature("shown", body)...))
}

// readStamp is what stamp wrote; the zero time when it is not ours.
func (h *Handlers) readStamp(text string) time.Time {
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(body) != 8+sha256.Size || !hmac.Equal(body[8:], h.signature("shown", body[:8])) {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(body))).UTC()
}

// botSigns say why a form looks filled in by a machine; nothing when it does not.
func (h *Handlers) botSigns(s submission) []string {
	if h.cfg.BotChecksOff {
		return nil
	}
	var signs []string
	if s.form.Value(trapInput) != "" || s.saved.Trapped {
		signs = append(signs, trapFilled)
	}
	switch {
	case s.ShownAt.IsZero():
		signs = append(signs, notFromPage)
	case h.Clock.Since(s.ShownAt) < minFillTime:
		signs = append(signs, filledFast)
	}
	return signs
}

// screen makes a lead suspect that looks machine-made or is one too many: it is stored like any other,
// its visitor sees the same pages, and it waits for a person instead of going out. undoCount takes back
// the count of a form that turns out to be stored already, or not at all.
func (h *Handlers) screen(r *http.Request, s submission, l *lead.Lead) (undoCount func()) {
	signs, undoCount := h.botSigns(s), func() {}
	if !h.LimitsOff {
		var tooMany []string
		tooMany, undoCount = h.limits.countForm(h.Household(r), s.applicant.HomePhone, h.Clock.Now())
		signs = append(signs, tooMany...)
	}
	if len(signs) > 0 {
		l.Status, l.Step, l.NextAttemptAt = lead.Suspect, lead.AtRest, time.Time{}
		l.Reason = strings.Join(signs, ", ")
	}
	return undoCount
}
