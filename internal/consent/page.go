package consent

import (
	"bytes"
	"time"
)

// Hole is what a part of a page is about, which says how long its bytes are kept.
type Hole string

// The kinds of parts.
const (
	Shell   Hole = ""        // the same for many people: kept once, by its hash
	Words   Hole = "words"   // name, telephone number, ticket: kept as long as the consent record
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
}

// Bytes is the page as it goes over the wire, before any compression.
func (p Page) Bytes() []byte {
	var whole bytes.Buffer
	for _, part := range p.Parts {
		whole.Write(part.Bytes)
	}
	return whole.Bytes()
}
