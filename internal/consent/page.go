package consent

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Hole is what a part of a page is about, which says how long its bytes are kept.
type Hole string

// The kinds of parts.
const (
	Shell   Hole = ""        // the same for many people: kept once, by its hash
	Words   Hole = "words"   // name, telephone number, the proofs in the form: kept as long as the consent record
	Answers Hole = "answers" // what the person answered: erased with the answers
)

// Part is a stretch of a page.
type Part struct {
	Hole  Hole
	Bytes []byte
}

// Page is a page with consent texts exactly as it was sent to one browser, kept before it is sent.
type Page struct {
	ID       string // 130 random bits; it stands in the page and comes back with the form
	At       time.Time
	Language string
	Parts    []Part
	Sheet    []byte // the style sheet that the page names

	// What storage adds to a page that it gives back.
	Erased     bool   // the answers are gone: a marker with their salted hash stands for each part
	FullSHA256 string // of a salt and the page as it was sent; the salt goes with the answers
	KeptSHA256 string // of the page with a marker for each part of the answers
}

// Bytes is the page as it goes over the wire, before any compression.
func (p Page) Bytes() []byte {
	var whole bytes.Buffer
	for _, part := range p.Parts {
		whole.Write(part.Bytes)
	}
	return whole.Bytes()
}

// A marker is a comment of HTML, so that a page with its hole can still be looked at.
const (
	markerStart = "<!-- answers erased, salted SHA-256 "
	markerEnd   = " -->"
)

// Marker is what stands for a part that is erased: it holds the digest of what stood there.
func Marker(digest string) []byte { return []byte(markerStart + digest + markerEnd) }

// Digest is SHA-256 over the salt and what it salts, in hexadecimal. With a salt of 32 random bytes
// that is gone nobody can find the value by trying.
func Digest(salt, value []byte) string {
	hash := sha256.New()
	hash.Write(salt)
	hash.Write(value)
	return hex.EncodeToString(hash.Sum(nil))
}

// Kept is p with a marker for each part of its answers: what stays of it for as long as the consent
// record does.
func (p Page) Kept(salt []byte) Page {
	p.Parts, p.Erased = slices.Clone(p.Parts), true
	for i, part := range p.Parts {
		if part.Hole == Answers {
			p.Parts[i].Bytes = Marker(Digest(salt, part.Bytes))
		}
	}
	return p
}
