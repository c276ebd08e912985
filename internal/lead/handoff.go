package lead

import (
	"errors"
	"strings"
	"time"
)

// HandOffKept is how long the link of a hand-off may be used.
const HandOffKept = 15 * time.Minute

// HandOffDue is how the reason begins of a qualified lead that is not submitted before its person has agreed in their own browser.
const HandOffDue = "waits for consent in writing"

// HandOff is a link with which a person reads the consents on their own phone, while the agent is on the line, and agrees or
// does not. It is used up by one answer, never by being opened.
type HandOff struct {
	ID       string // of its row; no secret, and no key to the link
	Lead     PartnerID
	By       Agent // who made it
	Language string
	Asks     Asked
	Sending  LinkSending // to SendPhone of the lead

	CreatedAt, ExpiresAt   time.Time
	OpenedAt               time.Time // zero: never; a message app that makes a preview opens it too
	AcceptedAt, DeclinedAt time.Time
	ReplacedAt             time.Time // by a newer link
	Ended                  bool      // its lead waits for no consent any more
	Now                    time.Time // by the store's clock, when it was read

	Tokens map[Route]Private[string] // of the addresses, each by the way that it reaches the person
	Code   Private[string]           // to be read aloud
}

// Asked are the answers that the person types on their own phone.
type Asked struct{ DateOfBirth, SSN bool }

// LinkSending is how far the sending of a link is. The zero value is a link that is not sent.
type LinkSending struct {
	State    SendState
	Attempts int
	Reason   string    // why the last attempt failed, in words that hold nothing of the link
	NextAt   time.Time // of the next attempt; zero: there is none
}

// SendState is how far the sending of a link is.
type SendState string

// The states of sending.
const (
	NotSent    SendState = ""
	SendDue    SendState = "due"
	WasSent    SendState = "sent"
	SendFailed SendState = "failed" // for good
)

// Accepted is what a person typed on their own phone, where they were asked for it.
type Accepted struct {
	DateOfBirth Private[Date]
	SSN         Private[string]
}

// Route is the way on which a link reached the person. It is part of the link and cannot be changed.
type Route string

// The routes. A link that was sent proves the phone that it was sent to; the others prove none.
const (
	RouteSent  Route = "sent"  // by the link sender
	RouteShown Route = "shown" // as a picture or a text that the agent has passed on
	RouteCode  Route = "code"  // by a code that was read aloud
)

// Routes are all routes.
func Routes() []Route { return []Route{RouteSent, RouteShown, RouteCode} }

// HandOffState is what has become of a hand-off.
type HandOffState string

// The states. The first two can still be answered.
const (
	HandOffMade     HandOffState = "made"
	HandOffOpened   HandOffState = "opened"
	HandOffAccepted HandOffState = "accepted"
	HandOffDeclined HandOffState = "declined"
	HandOffReplaced HandOffState = "replaced"
	HandOffExpired  HandOffState = "expired"
	HandOffEnded    HandOffState = "ended"
)

// State is what has become of h.
func (h HandOff) State() HandOffState {
	switch {
	case !h.AcceptedAt.IsZero():
		return HandOffAccepted
	case !h.DeclinedAt.IsZero():
		return HandOffDeclined
	case !h.ReplacedAt.IsZero():
		return HandOffReplaced
	case h.Ended:
		return HandOffEnded
	case !h.Now.Before(h.ExpiresAt):
		return HandOffExpired
	case !h.OpenedAt.IsZero():
		return HandOffOpened
	}
	return HandOffMade
}

// Open says whether h can still be answered.
func (h HandOff) Open() bool { return h.State() == HandOffMade || h.State() == HandOffOpened }

// Errors of hand-offs.
var (
	// ErrHandOffOver: the link was answered, has expired, or its lead waits for no consent.
	ErrHandOffOver = errors.New("the link cannot be answered any more")
	// ErrNoHandOff: the lead waits for nothing that a person could give in their own browser.
	ErrNoHandOff = errors.New("the lead waits for no consent of its person")
	// ErrTooManyGuesses: too many codes that are of no link were typed in this minute.
	ErrTooManyGuesses = errors.New("too many wrong codes")
)

// The events of a hand-off that move a lead nowhere. An acceptance is ConsentGiven or Certificate.
const (
	LinkMade     Event = "link made"
	LinkSent     Event = "link sent"
	LinkFailed   Event = "link not sent"
	LinkOpened   Event = "link opened"
	LinkDeclined Event = "link declined"
)

// MayHandOff says whether the person of the lead may be asked for their consent in their own browser: an agent has typed it,
// and it awaits that consent before createLead, or before submitLead, or submitLead has asked for a certificate.
func (l Lead) MayHandOff() bool {
	return l.Agent.Key != "" && l.LeaseUntil.IsZero() && l.ErasedAt.IsZero() && (l.AwaitsConsent() || l.AwaitsHandOff() || l.NeedsCertificate())
}

// AwaitsHandOff says whether a qualified lead waits for its person's own consent before it is submitted.
func (l Lead) AwaitsHandOff() bool {
	return l.Status == Created && l.Step == AtRest && strings.HasPrefix(l.Reason, HandOffDue)
}

// NeedsCertificate says whether submitLead has refused the lead for want of a certificate.
func (l Lead) NeedsCertificate() bool { return l.Status == Refused && l.SubmitStatus == 400 }

// AcceptEvent is the event of a person's consent in their own browser, and the call that it lets go.
func (l Lead) AcceptEvent() (Event, Step) {
	switch {
	case l.AwaitsConsent():
		return ConsentGiven, Send
	case l.NeedsCertificate():
		return Certificate, Submit
	}
	return ConsentGiven, Submit
}

// SendPhone is the number that a link is sent to: the cell phone, if it is another one than the home phone.
func (a Applicant) SendPhone() Private[string] {
	if a.CellPhone.Given() {
		return a.CellPhone
	}
	return a.HomePhone
}
