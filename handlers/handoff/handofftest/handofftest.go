// Package handofftest keeps links in memory, for tests of the pages.
package handofftest

import (
	"context"
	"errors"
	"strings"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
)

// Handle is that of every lead's status page.
const Handle = "HANDLEOFTHESTATUSPAGE"

// HandOffs keeps links in memory, with the promises of the real store that the pages rely on. The Fail field makes it fail.
type HandOffs struct {
	Now    func() time.Time
	Leads  func(lead.PartnerID) (lead.Lead, error)
	Links  []*lead.HandOff
	Pages  map[string]consent.Page
	Record consent.Record // of the last acceptance
	Given  lead.Accepted
	Send   bool // as the last link was asked for
	Wrong  int  // codes
	Fail   error
}

func (h *HandOffs) token(route lead.Route, id string) string { return string(route) + "-" + id }

func (h *HandOffs) read(link *lead.HandOff) lead.HandOff {
	l, _ := h.Leads(link.Lead)
	now := *link
	now.Now, now.Ended = h.Now(), !l.MayHandOff()
	return now
}

// StartHandOff makes a link.
func (h *HandOffs) StartHandOff(_ context.Context, id lead.PartnerID, language string, asks lead.Asked, send bool, by lead.Agent) (lead.HandOff, error) {
	l, err := h.Leads(id)
	if err != nil || h.Fail != nil {
		return lead.HandOff{}, errors.Join(err, h.Fail)
	}
	if !l.MayHandOff() {
		return lead.HandOff{}, lead.ErrNoHandOff
	}
	link := &lead.HandOff{ID: lead.NewName(), Lead: id, By: by, Language: language, Asks: asks, CreatedAt: h.Now(), ExpiresAt: h.Now().Add(lead.HandOffKept),
		Code: lead.Keep("K7PM3XRT"), Tokens: map[lead.Route]lead.Private[string]{}}
	if h.Send = send; send {
		link.Sending.State = lead.SendDue
	}
	for _, route := range lead.Routes() {
		link.Tokens[route] = lead.Keep(h.token(route, link.ID))
	}
	for _, old := range h.Links {
		if old.Lead == id && h.read(old).Open() {
			old.ReplacedAt = h.Now()
		}
	}
	h.Links = append(h.Links, link)
	return h.read(link), nil
}

// HandOffOf finds the newest link of a lead.
func (h *HandOffs) HandOffOf(_ context.Context, id lead.PartnerID) (lead.HandOff, error) {
	for i := len(h.Links) - 1; i >= 0; i-- {
		if h.Links[i].Lead == id {
			return h.read(h.Links[i]), nil
		}
	}
	return lead.HandOff{}, lead.ErrNotFound
}

// TypedInPrivate says how the number ends.
func (h *HandOffs) TypedInPrivate(_ context.Context, id lead.PartnerID) (string, bool, error) {
	l, err := h.Leads(id)
	number := l.Applicant.SocialSecurityNumber.Reveal()
	if h.Given.SSN.Given() {
		number = h.Given.SSN.Reveal()
	}
	return number[max(0, len(number)-4):], l.Applicant.DateOfBirth.Given(), err
}

func (h *HandOffs) byToken(token string) (*lead.HandOff, error) {
	_, id, _ := strings.Cut(token, "-")
	for _, link := range h.Links {
		if link.ID == id {
			return link, h.Fail
		}
	}
	return nil, lead.ErrNotFound
}

// FindHandOff finds the link of a token.
func (h *HandOffs) FindHandOff(_ context.Context, token string) (lead.HandOff, lead.Lead, error) {
	link, err := h.byToken(token)
	if err != nil {
		return lead.HandOff{}, lead.Lead{}, err
	}
	l, err := h.Leads(link.Lead)
	now := h.read(link)
	if !now.Open() {
		l.Applicant = lead.Applicant{}
	}
	l.Handle = lead.Keep(Handle)
	return now, l, err
}

// OpenHandOff notes that it was opened.
func (h *HandOffs) OpenHandOff(_ context.Context, link lead.HandOff) error {
	if found, err := h.byToken("-" + link.ID); err == nil && found.OpenedAt.IsZero() {
		found.OpenedAt = h.Now()
	}
	return h.Fail
}

// HandOffByCode knows one code.
func (h *HandOffs) HandOffByCode(_ context.Context, typed string) (lead.Private[string], error) {
	if h.Fail != nil {
		return lead.Private[string]{}, h.Fail
	}
	for _, link := range h.Links {
		if strings.EqualFold(strings.ReplaceAll(typed, "-", ""), link.Code.Reveal()) && h.read(link).Open() {
			return link.Tokens[lead.RouteCode], nil
		}
	}
	h.Wrong++
	return lead.Private[string]{}, lead.ErrNotFound
}

// KeepHandOffPage keeps a page.
func (h *HandOffs) KeepHandOffPage(_ context.Context, token string, page consent.Page) error {
	link, err := h.byToken(token)
	if err != nil {
		return err
	}
	if !h.read(link).Open() {
		return lead.ErrHandOffOver
	}
	h.Pages[page.ID] = page
	return nil
}

// AcceptHandOff uses a link up.
func (h *HandOffs) AcceptHandOff(_ context.Context, token string, record consent.Record, given lead.Accepted) error {
	link, err := h.byToken(token)
	switch _, kept := h.Pages[record.PageID]; {
	case err != nil:
		return err
	case !h.read(link).Open():
		return lead.ErrHandOffOver
	case !kept:
		return lead.ErrNoPage
	}
	link.AcceptedAt, h.Record, h.Given = h.Now(), record, given
	return nil
}

// DeclineHandOff uses a link up.
func (h *HandOffs) DeclineHandOff(_ context.Context, token string) error {
	link, err := h.byToken(token)
	if err != nil {
		return err
	}
	if !h.read(link).Open() {
		return lead.ErrHandOffOver
	}
	link.DeclinedAt = h.Now()
	return nil
}
