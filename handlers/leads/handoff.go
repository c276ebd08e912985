package leads

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"rsc.io/qr"

	"intake/handlers/web"
	"intake/internal/lead"
	views "intake/views/leads"
)

// HandOffs are the links with which people agree on their own phones.
type HandOffs interface {
	// StartHandOff makes a new link, which replaces an open one, and has it sent. It may be lead.ErrNoHandOff or lead.ErrOptedOut.
	StartHandOff(ctx context.Context, id lead.PartnerID, language string, asks lead.Asked, send bool, by lead.Agent) (lead.HandOff, error)
	// HandOffOf returns the newest link of a lead, or lead.ErrNotFound.
	HandOffOf(ctx context.Context, id lead.PartnerID) (lead.HandOff, error)
	// TypedInPrivate says what staff may know of the Social Security number of a lead, its last four digits, and whether it has a date of
	// birth.
	TypedInPrivate(ctx context.Context, id lead.PartnerID) (ssnEnds string, born bool, err error)
}

// Inputs of the form that makes a link.
const (
	askSSNInput   = "askSSN"
	askBirthInput = "askDateOfBirth"
)

// ReceiveHandOff makes a link for a lead, and sends it where there is a sender.
func (h *Handlers) ReceiveHandOff(c echo.Context) error {
	form, err := web.ReadStaffForm(c.Request(), web.Keys{Once: []string{askSSNInput, askBirthInput}})
	if err != nil {
		return err
	}
	p, l, err := h.open(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	_, born, err := h.cfg.HandOffs.TypedInPrivate(ctx, l.ID)
	if err != nil {
		return err
	}
	asks := lead.Asked{SSN: form.Get(askSSNInput) == "yes", DateOfBirth: form.Get(askBirthInput) == "yes" || !born}
	if l.AlleviateID != "" {
		asks = lead.Asked{} // createLead was made: nothing would take the answers
	}
	_, err = h.cfg.HandOffs.StartHandOff(ctx, l.ID, l.Language, asks, h.cfg.SendsLinks, web.AgentOf(p))
	notice, code := "", http.StatusOK
	switch {
	case errors.Is(err, lead.ErrNoHandOff), errors.Is(err, lead.ErrOptedOut):
		notice, code = noHandOff, http.StatusUnprocessableEntity
	case err != nil:
		return err
	}
	if code == http.StatusOK && !web.IsFragment(c.Request()) {
		return c.Redirect(http.StatusSeeOther, resultPath(l.ID))
	}
	if l, err = h.cfg.Leads.Facts(ctx, l.ID); err != nil {
		return err
	}
	return h.showNotice(c, code, l, notice)
}

const noHandOff = "No link was made: this lead does not wait for the caller any more."

func consentPath(language string) string {
	if language == "es" {
		return "/es/consent"
	}
	return "/consent"
}

// handOff is the part of the panel about the link of a lead; nil when there is nothing to say.
func (h *Handlers) handOff(ctx context.Context, l lead.Lead) (*views.HandOff, error) {
	if h.cfg.HandOffs == nil || l.Agent.Key == "" || !l.ErasedAt.IsZero() {
		return nil, nil
	}
	part := &views.HandOff{Clock: h.StaffClock(), Lead: l.ID, May: l.MayHandOff(), MayAsk: l.AlleviateID == "", Sends: h.cfg.SendsLinks}
	link, err := h.cfg.HandOffs.HandOffOf(ctx, l.ID)
	switch {
	case err == nil:
		part.Link = &link
	case !errors.Is(err, lead.ErrNotFound):
		return nil, err
	case !part.May:
		return nil, nil
	}
	if part.May || part.Asked() {
		if part.SSNEnds, part.Born, err = h.cfg.HandOffs.TypedInPrivate(ctx, l.ID); err != nil {
			return nil, err
		}
	}
	if part.Link == nil {
		return part, nil
	}
	if part.Link.Open() {
		part.Address, part.CodeAddress = h.OurURL(consentPath(link.Language)+"/"+link.Tokens[lead.RouteShown].Reveal()), h.PublicURL.Host+consentPath(link.Language)
		part.QR, err = drawQR(part.Address)
	}
	return part, err
}

// drawQR is the picture of a text, as the path of an SVG.
func drawQR(text string) (views.QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return views.QR{}, errors.New("the address of a link does not fit into a picture") // the cause would quote it
	}
	var dark strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				dark.WriteString(views.Square(x, y))
			}
		}
	}
	return views.QR{Size: code.Size, Dark: dark.String()}, nil
}
