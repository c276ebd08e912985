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
	// StartHandOff makes a new link, which replaces an open one. It may be lead.ErrNoHandOff or lead.ErrOptedOut.
	StartHandOff(ctx context.Context, id lead.PartnerID, language string, asks lead.Asked, by lead.Agent) (lead.HandOff, error)
	// HandOffOf returns the newest link of a lead, or lead.ErrNotFound.
	HandOffOf(ctx context.Context, id lead.PartnerID) (lead.HandOff, error)
	// TypedInPrivate says what staff may know of the Social Security number of a lead, its last four digits, and whether it has a date of
	// birth.
	TypedInPrivate(ctx context.Context, id lead.PartnerID) (ssnEnds string, born bool, err error)
}

// LinkSender sends links to the phones of people.
type LinkSender interface {
	// SendLink takes a link to be sent, and goes on trying by itself. The error says that it was not even taken.
	SendLink(ctx context.Context, h lead.HandOff, address string) error
	// LinkSent says how far the sending of a link is.
	LinkSent(ctx context.Context, id string) (views.Sending, error)
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
	link, err := h.cfg.HandOffs.StartHandOff(ctx, l.ID, l.Language, asks, web.AgentOf(p))
	notice, code := "", http.StatusOK
	switch {
	case errors.Is(err, lead.ErrNoHandOff), errors.Is(err, lead.ErrOptedOut):
		notice, code = noHandOff, http.StatusUnprocessableEntity
	case err != nil:
		return err
	default:
		notice = h.send(c, link)
	}
	if code == http.StatusOK && !web.IsFragment(c.Request()) {
		return c.Redirect(http.StatusSeeOther, resultPath(l.ID))
	}
	if l, err = h.cfg.Leads.Facts(ctx, l.ID); err != nil {
		return err
	}
	return h.showNotice(c, code, l, notice)
}

const (
	noHandOff = "No link was made: this lead does not wait for the caller any more."
	notSent   = "The link is made, but it could not be given to the sender. Read the code aloud, or pass the link on."
)

// send gives a new link to the sender, if there is one. It returns what the agent should know.
func (h *Handlers) send(c echo.Context, link lead.HandOff) (notice string) {
	if h.cfg.Sender == nil {
		return ""
	}
	if err := h.cfg.Sender.SendLink(c.Request().Context(), link, h.linkAddress(link, lead.RouteSent)); err != nil {
		h.LogFailure(c.Request(), "link not given to the sender", err)
		return notSent
	}
	return ""
}

// linkAddress is the address of a link on a route.
func (h *Handlers) linkAddress(link lead.HandOff, route lead.Route) string {
	return h.OurURL(consentPath(link.Language) + "/" + link.Tokens[route].Reveal())
}

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
	part := &views.HandOff{Clock: h.StaffClock(), Lead: l.ID, May: l.MayHandOff(), MayAsk: l.AlleviateID == "", Sends: h.cfg.Sender != nil}
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
	return part, h.addWays(ctx, part)
}

// addWays adds the ways on which the link reaches the caller.
func (h *Handlers) addWays(ctx context.Context, part *views.HandOff) (err error) {
	if h.cfg.Sender != nil {
		if part.Sending, err = h.cfg.Sender.LinkSent(ctx, part.Link.ID); err != nil {
			return err
		}
	}
	if part.Link.Open() {
		part.Address, part.CodeAddress = h.linkAddress(*part.Link, lead.RouteShown), h.PublicURL.Host+consentPath(part.Link.Language)
		part.QR, err = drawQR(part.Address)
	}
	return err
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
