// Package apply is the pages on which a consumer fills in and sends the form: the landing page, the
// steps and the check page.
package apply

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"

	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
)

// Leads saves leads and finds them. Its promises are those of the store.
type Leads interface {
	// Save returns once the lead is durable. The same submission key with the same answers gets the
	// first receipt again; with other answers the first receipt and lead.ErrChanged. Any other error
	// says nothing about whether the lead was saved: the same key makes a second try safe.
	Save(ctx context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error)
	// FindByHandle returns the lead that a status page is about, or lead.ErrNotFound.
	FindByHandle(ctx context.Context, handle string) (lead.Lead, error)
}

// Drafts saves what people have typed before they send it. Its promises are those of the store: what
// it accepted is durable, and what is not there any more is lead.ErrNotFound.
type Drafts interface {
	// StartDraft saves a new draft.
	StartDraft(ctx context.Context, d lead.Draft) error
	// FindDraft returns the draft that the handle names.
	FindDraft(ctx context.Context, handle string) (lead.Draft, error)
	// ChangeDraft replaces the draft by what change makes of it and returns that. It may call change
	// more than once.
	ChangeDraft(ctx context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error)
	// KeepPage saves a page that is about to be sent to the owner of the draft.
	KeepPage(ctx context.Context, draft string, page consent.Page) error
}

// Meter counts leads. It never blocks.
type Meter interface {
	// Stored notes a lead that was not there before.
	Stored(status lead.Status)
}

// Config is what this room needs beside the base of all rooms.
type Config struct {
	Leads    Leads
	Drafts   Drafts
	Meter    Meter
	Texts    consent.Texts
	Version  string    // of the program, kept with each consent record
	Recorder *Recorder // the vendor that records the check page; nil when none does

	CreditOptional bool // outside production: a request is accepted without the permission for a credit check

	// FormSecret signs what a form carries from one page to the next. Every process of one database needs
	// the same: the forms of another one look machine-made.
	FormSecret   []byte
	BotChecksOff bool // for load tests: nobody looks like a machine
}

// Handlers are the pages of this room.
type Handlers struct {
	*web.Base
	cfg     Config
	edition string // of what a check page says, answers apart
	limits  *limits
}

// New makes the pages from cfg.
func New(base *web.Base, cfg Config) *Handlers {
	h := &Handlers{Base: base, cfg: cfg, limits: newLimits()}
	h.edition = h.editionOfPages()
	return h
}

// names are filled into the texts that are the same for everybody.
func (h *Handlers) names() consent.Names {
	return consent.Names{Seller: h.Site.Seller, Contact: h.Site.Phone}
}

// rules are what every answer is checked against.
func (h *Handlers) rules() validation.Options {
	return validation.Options{
		Today:         lead.DateOf(h.Clock.Now()),
		Production:    h.Site.Environment == "production",
		Phone:         h.Site.Phone,
		RequireCredit: !h.cfg.CreditOptional,
		Asked:         h.Site.Asked(),
	}
}

// signature is over something that we write into a page and believe when it comes back. No two purposes
// share one.
func (h *Handlers) signature(purpose string, body []byte) []byte {
	mac := hmac.New(sha256.New, h.cfg.FormSecret)
	mac.Write([]byte(purpose + "\x00"))
	mac.Write(body)
	return mac.Sum(nil)
}
