package consent

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Hole is the kind of a part of a page, which decides how long its bytes are stored.
type Hole string

// The kinds of parts.
const (
	Shell   Hole = ""        // the same for many people: stored once, by its hash
	Words   Hole = "words"   // name, telephone number, tokens in the form: stored as long as the consent record
	Answers Hole = "answers" // what the person answered: erased with the answers
)

// Part is a part of a page.
type Part struct {
	Hole  Hole
	Bytes []byte
}

// Page is a page with consent texts, exactly as it was sent to one browser. It is stored before it is sent.
type Page struct {
	ID       string // 130 random bits; it is in the page and returns with the form
	At       time.Time
	Language string
	Parts    []Part
	Sheet    []byte // the style sheet that the page names

	// Set by the store on a page that it returns.
	Erased     bool   // the answers are erased: a marker with the salted hash replaces each part
	FullSHA256 string // of a salt and the page as it was sent; the salt is erased with the answers
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

// A marker is an HTML comment, so that an erased page can still be displayed.
const (
	markerStart = "<!-- answers erased, salted SHA-256 "
	markerEnd   = " -->"
)

// Marker replaces an erased part: it has the digest of the part.
func Marker(digest string) []byte { return []byte(markerStart + digest + markerEnd) }

// Digest is SHA-256 over salt and value, in hexadecimal. Once a salt of 32 random bytes is erased, nobody can
// find the value by trying.
func Digest(salt, value []byte) string {
	hash := sha256.New()
	hash.Write(salt)
	hash.Write(value)
	return hex.EncodeToString(hash.Sum(nil))
}

// Kept is p with a marker for each part of its answers, which is stored as long as the consent record.
func (p Page) Kept(salt []byte) Page {
	p.Parts, p.Erased = slices.Clone(p.Parts), true
	for i, part := range p.Parts {
		if part.Hole == Answers {
			p.Parts[i].Bytes = Marker(Digest(salt, part.Bytes))
		}
	}
	return p
}
