// Package evidence makes the packet that proves what one person was shown and what they agreed to. Package
// packet has its format and package verify checks it; docs/evidence.md describes both.
package evidence

import (
	"io/fs"
	"time"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
	"intake/internal/lead"
)

// Case is everything stored about one lead's consent when its packet is made.
type Case struct {
	Lead    lead.Lead // its answers are in the packet only as part of the page
	Events  []packet.Event
	Record  consent.Record
	OptOuts []lead.OptOut // of the person, as far as they can be found

	Page       consent.Page // without an id when there is none
	PageLength int          // of the page as it was sent
	PageSalt   []byte       // of FullSHA256; nil when it is erased

	Link       consent.Link // without a number when it is not in the chain yet
	DigestSalt []byte       // of the hashes in the link; nil when it is erased
	Head       consent.Head // signed, at the link or behind it

	Texts          []fs.FS // where the published texts are looked for, in this order
	EvidenceErased time.Time
	MadeAt         time.Time
	Program        string // version
}
