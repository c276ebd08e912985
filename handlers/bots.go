package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"regexp"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/lead"
)

// keyInput carries the ticket of a form and in it the submission key: the same key is the same
// submission.
const keyInput = "submissionKey"

// trapInput is a box that no person sees. Machines that fill in everything fill it in.
const trapInput = "website"

// fillAtLeast is how long the fastest person with a full autofill takes to read and tick.
const fillAtLeast = 3 * time.Second

// Why a lead is suspect; no visitor sees it.
const (
	trapFilled  = "the hidden box was filled in"
	filledFast  = "filled in within 3 s"
	notFromPage = "not from a page of ours"
)

// A ticket is the submission key and, behind a dot, the signed time at which its form was shown
// first. It stands in the form and comes back with it, in this process or another.
var ticketForm = regexp.MustCompile(`^[A-Z2-7]{35}(\.[A-Za-z0-9_-]{54})?$`)

// newTicket is a fresh key for a form that is shown at the time.
func (h *Handlers) newTicket(at time.Time) string {
	key := lead.NewName()
	body := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli()))
	return key + "." + base64.RawURLEncoding.EncodeToString(append(body, h.sign(key, body)...))
}

func (h *Handlers) sign(key string, at []byte) []byte {
	mac := hmac.New(sha256.New, h.FormSecret)
	mac.Write([]byte(key)) // always of one length, so nothing can move between the two
	mac.Write(at)
	return mac.Sum(nil)
}

// keyOf is the submission key of a ticket.
func keyOf(ticket string) string {
	key, _, _ := strings.Cut(ticket, ".")
	return key
}

// shownAt is when the ticket's form was shown first; false when the ticket is not ours.
func (h *Handlers) shownAt(ticket string) (time.Time, bool) {
	key, stamp, _ := strings.Cut(ticket, ".")
	body, err := base64.RawURLEncoding.DecodeString(stamp)
	if err != nil || len(body) != 8+sha256.Size || !hmac.Equal(body[8:], h.sign(key, body[:8])) {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(body))), true
}

// likeAMachine says why a form looks filled in by a machine; nothing when it does not.
func (h *Handlers) likeAMachine(ticket, trap string) []string {
	if h.BotChecksOff {
		return nil
	}
	var reasons []string
	if trap != "" {
		reasons = append(reasons, trapFilled)
	}
	shown, ours := h.shownAt(ticket)
	if !ours {
		reasons = append(reasons, notFromPage)
	}
	if ours && h.Now().Sub(shown) < fillAtLeast {
		reasons = append(reasons, filledFast)
	}
	return reasons
}

// judge makes a lead suspect that looks machine-made or is one too many: it is stored like any
// other, its visitor sees the same pages, and it waits for a person instead of going out. giveBack
// undoes the count of a form that turns out to be stored already, or not at all.
func (h *Handlers) judge(c echo.Context, l lead.Lead, reasons []string) (judged lead.Lead, giveBack func()) {
	giveBack = func() {}
	if !h.LimitsOff {
		var tooMany []string
		tooMany, giveBack = h.limits.finished(h.addressOf(c.Request()), l.Applicant.HomePhone, h.Now())
		reasons = append(reasons, tooMany...)
	}
	if len(reasons) > 0 {
		l.Status, l.Step, l.NextAttemptAt = lead.Suspect, lead.AtRest, time.Time{}
		l.Reason = strings.Join(reasons, ", ")
	}
	return l, giveBack
}
