package leads

import (
	"strconv"

	"intake/internal/lead"
	"intake/views/frame"
)

// HandOff is the part of the result panel about the link with which a caller agrees on their own phone.
type HandOff struct {
	frame.Clock
	Lead    lead.PartnerID
	May     bool // a link can be made now
	MayAsk  bool // the caller can be asked for private answers: createLead was not made yet
	Born    bool // the lead has a date of birth
	SSNEnds string
	Link    *lead.HandOff // the newest; nil: none was made

	Address     string // of the open link; empty: it is not open
	CodeAddress string // where a code is typed
	QR          QR

	Sends bool // links are sent by a program of others
}

// QR is a picture of squares, as the path of an SVG.
type QR struct {
	Size int
	Dark string
}

// Square is the square at a place, as a part of such a path.
func Square(x, y int) string {
	return "M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h1v1h-1z"
}

// quiet is how many squares are left free around the picture.
const quiet = 4

func (q QR) viewBox() string {
	size := strconv.Itoa(q.Size + 2*quiet)
	return "-" + strconv.Itoa(quiet) + " -" + strconv.Itoa(quiet) + " " + size + " " + size
}

// linkState is what has become of the link, and what the agent says and does next.
type linkState struct{ state, say, sayES, next string }

var linkStates = map[lead.HandOffState]linkState{
	lead.HandOffMade: {"Link ready", "Please open the link on your phone, read the page, and press one of the two buttons.",
		"Abra el enlace en su teléfono, lea la página y oprima uno de los dos botones.", "Wait on the line. This turns by itself when the caller opens it."},
	lead.HandOffOpened: {"Opened", "Take your time. Check each box that you agree to, then press the button.",
		"Tómese su tiempo. Marque cada casilla con la que esté de acuerdo y oprima el botón.", "Wait on the line. A message app may have opened it for a preview."},
	lead.HandOffAccepted: {"Accepted", "Thank you, I have it.", "Gracias, ya lo tengo.", "Nothing to do: the lead goes on by itself."},
	lead.HandOffDeclined: {"Declined", "That is fine. Nothing was sent.", "Está bien. No se envió nada.",
		"Do not press the caller. If they change their mind, make a new link."},
	lead.HandOffReplaced: {"Replaced", "", "", "A newer link was made."},
	lead.HandOffExpired: {"Expired", "The link has run out. May I send you a new one?", "El enlace venció. ¿Le puedo enviar uno nuevo?",
		"Make a new link. Nothing was sent with this one."},
	lead.HandOffEnded: {"Not needed any more", "", "", "The lead does not wait for the caller any more."},
}

func (h HandOff) state() linkState {
	if h.Link == nil {
		return linkState{}
	}
	return linkStates[h.Link.State()]
}

// spoken is a code as it is read aloud, in two groups.
func spoken(code string) string {
	if len(code) != 8 {
		return code
	}
	return code[:4] + "-" + code[4:]
}

// button is the label of the button that makes a link.
func (h HandOff) button() string {
	words := "Make a link"
	if h.Sends {
		words = "Send a link"
	}
	if h.Link != nil {
		words += " again"
	}
	return words
}

// Asked says whether the caller has agreed and was asked for their number.
func (h HandOff) Asked() bool {
	return h.Link != nil && h.Link.State() == lead.HandOffAccepted && h.Link.Asks.SSN
}

// privately is what is known of what the caller typed themselves.
func (h HandOff) privately() string {
	if !h.Asked() {
		return ""
	}
	if h.SSNEnds == "" {
		return "Not given, or erased"
	}
	return "Valid, ends " + h.SSNEnds
}

// sending is how far the sending of the link is, in words, and whether somebody should do something about it.
func (h HandOff) sending() (words string, bad bool) {
	s := h.Link.Sending
	switch {
	case s.State == lead.WasSent:
		return "Sent to the caller's phone.", false
	case s.State == lead.SendFailed:
		return "Not sent: " + s.Reason + ". Read the code aloud, or pass the link on.", true
	case s.State == lead.SendDue && s.Reason != "":
		return "Not sent yet: " + s.Reason + ". It is tried again. You can read the code aloud meanwhile.", true
	case s.State == lead.SendDue:
		return "Being sent to the caller's phone.", false
	}
	return "", false
}
