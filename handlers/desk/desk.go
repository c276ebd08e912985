// Package desk is the page on which an agent types a lead while a caller is on the line.
package desk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/prefill"
	"intake/internal/staff"
	"intake/validation"
)

// Leads is the store of leads.
type Leads interface {
	// Save returns once the lead is durable. The same draft and request with the same answers get the first receipt
	// again; with other answers the first receipt and lead.ErrChanged.
	Save(ctx context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error)
	// Find returns the lead of the id, or lead.ErrNotFound.
	Find(ctx context.Context, id lead.PartnerID) (lead.Lead, error)
	// CompleteConsent replaces the record of a lead that waits for it, which goes out then. The same consent again is no error;
	// with another one a lead that does not wait, or has waited too long, is lead.ErrNotWaiting. The lead of a person who has opted out
	// since is closed, which is lead.ErrOptedOut.
	CompleteConsent(ctx context.Context, id lead.PartnerID, record consent.Record, by lead.Agent) error
	// LeadsLike are the leads of one of the phones or of the email, the newest first.
	LeadsLike(ctx context.Context, phones []string, email string, since time.Time) ([]lead.Summary, error)
}

// Drafts is the store of forms that are not sent yet. What it accepted is durable; what has expired is
// lead.ErrNotFound.
type Drafts interface {
	// StartDraft saves a new draft.
	StartDraft(ctx context.Context, d lead.Draft) error
	// FindDraft returns the draft that the handle names.
	FindDraft(ctx context.Context, handle string) (lead.Draft, error)
	// ChangeDraft replaces the draft by what change makes of it and returns that. It may call change more than once.
	ChangeDraft(ctx context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error)
	// DraftsOfAgent are the agent's drafts that were not sent, or whose lead awaits its consent, the newest first.
	DraftsOfAgent(ctx context.Context, key string) ([]lead.Draft, error)
}

// Meter counts leads. It never blocks.
type Meter interface {
	// Stored counts a new lead.
	Stored(status lead.Status)
}

// Options are the settings of the desk.
type Options struct {
	RecordedCall bool // a lead may go out on a consent that was given on a recorded call
	OralOptIn    bool // an oral consent to marketing is passed on
	WrittenLater bool // createLead goes out on the spoken permission for the credit check, and the rest is given in writing before submitLead
	SSN          bool // the desk asks for the Social Security number
}

// Config is what the desk needs beside web.Base.
type Config struct {
	Options
	Leads Leads
	// Panel is what becomes of a lead that the person has just sent for a caller in the ZIP code, as a part of the page; nil: the page has
	// a link to it.
	Panel       func(ctx context.Context, p staff.Person, id lead.PartnerID, zip string) (templ.Component, error)
	Drafts      Drafts
	Meter       Meter
	Texts       consent.Texts
	Version     string          // of the program, kept with each consent record
	FormSecret  []byte          // signs the names of drafts; every process of one database needs the same
	Prefill     *prefill.Reader // of the dialer's tokens; nil: links from the dialer are not set up
	PrefillUses PrefillUses     // nil with Prefill
}

// Handlers serves the desk.
type Handlers struct {
	*web.Base
	cfg Config
}

// New makes the desk from cfg.
func New(base *web.Base, cfg Config) *Handlers { return &Handlers{base, cfg} }

// Routes adds the desk's pages to the group of /desk.
func (h *Handlers) Routes(g *echo.Group) {
	g.GET("", h.ShowDesk)
	g.POST("", h.ReceiveForm)
	g.POST("/check", h.CheckField)
	g.POST("/draft", h.ReceiveDraft)
	g.POST("/keys", h.ReceiveKeys)
	g.GET("/prefill", h.Prefill)
}

// surfaces are those whose fields the desk asks for.
func (h *Handlers) surfaces() validation.Surface {
	if h.cfg.SSN {
		return validation.Desk | validation.DeskMore | validation.DeskSSN
	}
	return validation.Desk | validation.DeskMore
}

// rules are the options by which every answer is validated.
func (h *Handlers) rules() validation.Options {
	return validation.Options{
		Today:      lead.DateOf(h.Clock.Now()),
		Production: h.Site.Environment == "production",
		Phone:      h.Site.Phone,
		Asked:      h.surfaces(),
		Desk:       true,
	}
}

// handlePattern is what lead.NewHandle makes.
var handlePattern = regexp.MustCompile(`^[A-Z2-7]{35}$`)

// token names a draft in a form or in an address. It opens the draft for one agent alone.
func (h *Handlers) token(handle, agentKey string) string {
	return handle + "." + base64.RawURLEncoding.EncodeToString(h.tokenMAC(handle, agentKey))
}

func (h *Handlers) tokenMAC(handle, agentKey string) []byte {
	mac := hmac.New(sha256.New, h.cfg.FormSecret)
	mac.Write([]byte("desk draft\x00" + handle + "\x00" + agentKey))
	return mac.Sum(nil)
}

// handleIn is the handle of a token of the agent's; lead.ErrNotFound for any other.
func (h *Handlers) handleIn(token, agentKey string) (string, error) {
	handle, proof, _ := strings.Cut(token, ".")
	sum, err := base64.RawURLEncoding.DecodeString(proof)
	if err != nil || !handlePattern.MatchString(handle) || !hmac.Equal(sum, h.tokenMAC(handle, agentKey)) {
		return "", lead.ErrNotFound
	}
	return handle, nil
}

// person is who is signed in. The middleware lets nobody else get here.
func person(c echo.Context) (staff.Person, error) {
	p, ok := web.Person(c.Request())
	if !ok || p.Key == "" {
		return staff.Person{}, web.NewProblem(http.StatusUnauthorized, errors.New("nobody is signed in"))
	}
	return p, nil
}
