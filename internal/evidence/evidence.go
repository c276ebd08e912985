// Package evidence makes the packet that proves what one person was shown and what they agreed to,
// and verifies a packet without network or database. docs/evidence.md tells what is in one.
package evidence

import (
	"io/fs"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
)

// Case is all that is known of one lead's consent when its packet is made.
type Case struct {
	Lead    lead.Lead // of the answers nothing gets into the packet, but as part of the page
	Events  []Event
	Record  consent.Record
	OptOuts []lead.OptOut // of the person, as far as they can be found

	Page       consent.Page // without an id when there is none
	PageLength int          // of the page as it was sent
	PageSalt   []byte       // of FullSHA256; nil when it is gone

	Link       consent.Link // without a number when it is not in the chain yet
	DigestSalt []byte       // of what the link says in hashes; nil when it is gone
	Head       consent.Head // signed, at the link or behind it

	Texts          []fs.FS // where the published texts are looked for, in this order
	EvidenceErased time.Time
	MadeAt         time.Time
	Program        string // version
}

// Event is something in the lead's history that tells of its result.
type Event struct {
	At           time.Time        `json:"at"`
	Event        lead.Event       `json:"event"`
	AlleviateID  lead.AlleviateID `json:"mlasId,omitempty"`
	ResultCode   int              `json:"resultCode,omitempty"`
	SubmitStatus int              `json:"submitStatus,omitempty"`
	Late         bool             `json:"late,omitempty"` // it came when the lead stood elsewhere, and moved nothing
}

// Gap is something that a packet does not hold, and why.
type Gap struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Files of a packet. The texts are beside them, in a folder.
const (
	readmeFile   = "README.txt"
	manifestFile = "manifest.json"
	sigFile      = "manifest.sig"
	recordName   = "record.json"
	chainName    = "chain.json"
	pageName     = "page.html"
	sheetName    = "style.css"
	partsName    = "page-parts.json"
	textsFolder  = "texts/"
)

// stamp is how times are written: UTC, or with their offset, to the millisecond.
const stamp = "2006-01-02T15:04:05.000Z07:00"
