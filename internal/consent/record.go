package consent

import (
	"time"

	"intake/internal/lead"
)

// Purpose is the purpose of a consent. There is one consent for each, never one for several.
type Purpose string

// The purposes.
const (
	Credit    Purpose = "credit"    // written instructions for a credit check (FCRA)
	Terms     Purpose = "terms"     // terms and privacy
	Marketing Purpose = "marketing" // marketing calls and texts (TCPA)
	Recording Purpose = "recording" // notice that the visit or the call is recorded; shown or read only when it is
)

// Record is the evidence of what one person was shown and what they did: one for each lead, stored in the
// same commit and never changed once it is complete.
type Record struct {
	At          time.Time // when the form reached us, UTC, to the millisecond
	Channel     string    // ConsumerWeb, ConsumerLink or RecordedCall
	Language    string    // of the page as shown
	PageURL     string    // without query
	PageID      string    // of the page as shown, stored when it was served; empty without one
	LandingURL  string    // of the first page, without query
	Referrer    string    // scheme and host of where the visitor came from
	Viewport    string    // "360x640", when a script could measure it
	GPC         bool      // the browser sent Sec-GPC: 1 (Global Privacy Control)
	Seller      string
	FormVersion string // of the program that drew the page
	PersonName  lead.Private[string]
	Phone       lead.Private[string] // the number that the text says would be called
	ClientIP    lead.Private[string]
	UserAgent   lead.Private[string]
	Zone        lead.Private[string] // of the person's ZIP code, by its IANA name; not given when it is unknown
	ProxyChain  lead.Private[string] // X-Forwarded-For as our own proxies sent it; empty without proxies
	Certificate Certificate
	Call        Call
	HandOff     HandOff
	Acts        []Act
}

// Certificate is what is known of an independent recording of the visit (TrustedForm).
type Certificate struct {
	State string               // "off": not asked for; "none": asked for and not there; "given"; "refused": not one of the vendor's
	URL   lead.Private[string] // as received, when it is the vendor's
	ID    string               // the part of the URL that goes to Alleviate
}

// Act is the answer to one consent. It identifies the text by the hash of its words.
type Act struct {
	Purpose  Purpose `json:"purpose"`
	Given    bool    `json:"given"`
	TextID   string  `json:"textId"`
	Version  string  `json:"version"`
	Language string  `json:"language"`
	SHA256   string  `json:"sha256"`  // of the text as published, before names are filled in, hexadecimal
	Control  string  `json:"control"` // label of the box; empty for a line of a script
	Shown    string  `json:"shown"`   // state of the box when shown: always "unchecked"; a notice without a box is "shown", a line of a script ReadAloud
}

// Permission is what the record allows, in the form that Alleviate gets. A record of a call that is not complete allows
// nothing. What was said aloud is no opt-in to marketing unless the seller takes it as one.
func (r Record) Permission() lead.Permission {
	if r.Channel == RecordedCall && !r.Complete() {
		return lead.Permission{}
	}
	p := lead.Permission{
		Terms:       r.gave(Terms),
		CreditCheck: r.gave(Credit),
		Marketing:   r.gave(Marketing) && (r.Call.OptIn || r.Channel != RecordedCall),
		ClientIP:    r.ClientIP,

		CertificateID: r.Certificate.ID,
	}
	if r.Channel != RecordedCall {
		p.Written = lead.Send
	}
	if r.HandOff.Route == lead.RouteSent {
		p.MobilePhone = r.HandOff.SentTo
	}
	return p
}
