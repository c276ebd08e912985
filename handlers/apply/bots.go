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

// shownInput carries the signed time at which the first page was shown.
const shownInput = "shown"

// trapInput is the honeypot: an input that people do not see, and that bots fill in.
const trapInput = "website"

// minFillTime is less than the fastest person takes who has everything filled in by the browser.
const minFillTime = 3 * time.Second

// Reasons why a lead is suspect. They are in its history; no visitor sees them.
const (
	trapFilled  = "the hidden box was filled in"
	filledFast  = "filled in within 3 s"
	notFromPage = "not from a page of ours"
)

// stamp is a signed time for a form. Any process of the database can read it.
func (h *Handlers) stamp(at time.Time) string {
	body := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(body, h.signature("shown", body)...))
}

// readStamp reads a time that stamp wrote. It is the zero time when the signature is not ours.
func (h *Handlers) readStamp(text string) time.Time {
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(body) != 8+sha256.Size || !hmac.Equal(body[8:], h.signature("shown", body[:8])) {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(body))).UTC()
}

// botSigns are the reasons to believe that a bot filled in the form.
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

// screen marks a lead as suspect when it looks like a bot's or exceeds a limit. A suspect lead is stored like any
// other and its visitor sees the same pages, but it waits for a person's decision and is not sent. undoCount
// takes back the count of a form that was stored before or could not be stored.
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
