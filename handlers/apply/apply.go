// Package apply is the pages on which a consumer fills in and sends the form: the landing page, the
// steps and the check page.
package apply

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"

	"intake/handlers/trustedform"
	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
)

// Leads is the store of leads.
type Leads interface {
	// Save returns once the lead is durable. The same draft and request with the same answers get the
	// first receipt again; with other answers the first receipt and lead.ErrChanged. Any other error
	// does not say whether the lead was saved: the same draft and request make a second try safe.
	Save(ctx context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error)
	// FindByHandle returns the lead that a status page is about, or lead.ErrNotFound.
	FindByHandle(ctx context.Context, handle string) (lead.Lead, error)
}

// Drafts is the store of forms that are not sent yet. What it accepted is durable; what has expired is
// lead.ErrNotFound.
type Drafts interface {
	// StartDraft saves a new draft.
	StartDraft(ctx context.Context, d lead.Draft) error
	// FindDraft returns the draft that the handle names.
	FindDraft(ctx context.Context, handle string) (lead.Draft, error)
	// ChangeDraft replaces the draft by what change makes of it and returns that. It may call change
	// more than once.
	ChangeDraft(ctx context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error)
	// KeepPage saves a page before it is sent to the visitor who holds the draft.
	KeepPage(ctx context.Context, draft string, page consent.Page) error
}

// Meter counts leads. It never blocks.
type Meter interface {
	// Stored counts a new lead.
	Stored(status lead.Status)
}

// Config is what these pages need beside web.Base.
type Config struct {
	Leads    Leads
	Drafts   Drafts
	Meter    Meter
	Texts    consent.Texts
	Version  string                // of the program, kept with each consent record
	Recorder *trustedform.Recorder // the vendor that records the check page; nil when none does

	CreditOptional bool // outside production: a request is accepted without the permission for a credit check

	// FormSecret signs what a form carries from one page to the next. Every process of one database needs
	// the same: a form that another secret signed looks filled in by a bot.
	FormSecret   []byte
	BotChecksOff bool // for load tests
}

// Handlers serves these pages.
type Handlers struct {
	*web.Base
	cfg     Config
	edition string // names what every check page says beside the answers
	limits  *limits
	macs    sync.Pool // of hash.Hash: keying one costs more than a signature
}

// New makes the pages from cfg.
func New(base *web.Base, cfg Config) *Handlers {
	h := &Handlers{Base: base, cfg: cfg, limits: newLimits()}
	h.macs.New = func() any { return hmac.New(sha256.New, cfg.FormSecret) }
	h.edition = h.editionOfPages()
	return h
}

// names are filled into the texts that are the same for everybody.
func (h *Handlers) names() consent.Names {
	return consent.Names{Seller: h.Site.Seller, Contact: h.Site.Phone}
}

// rules are the options by which every answer is validated.
func (h *Handlers) rules() validation.Options {
	return validation.Options{
		Today:         lead.DateOf(h.Clock.Now()),
		Production:    h.Site.Environment == "production",
		Phone:         h.Site.Phone,
		RequireCredit: !h.cfg.CreditOptional,
		Asked:         h.Site.Asked(),
	}
}

// signature authenticates what a page carries and its form sends back. The purpose keeps a signature from being
// valid in another place.
func (h *Handlers) signature(purpose string, body []byte) []byte {
	mac := h.macs.Get().(hash.Hash)
	defer h.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(purpose + "\x00"))
	mac.Write(body)
	return mac.Sum(nil)
}
