package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// The documents that every visitor can read.
const (
	PrivacyNotice = "privacy-notice"
	TermsOfUse    = "terms-of-use"
	Questions     = "questions"     // what people ask before they begin, with honest answers
	AboutUs       = "about-us"      // hours, languages, licenses: one passage each
	AfterResult   = "result-notice" // of somebody whose request has ended without an offer, such as an adverse-action notice; may be missing
)

// documents must be there, but for AfterResult.
var documents = []string{PrivacyNotice, TermsOfUse, Questions, AboutUs}

// Document is a text for everybody, in both languages under one version.
type Document struct {
	ID          string   `json:"id"`
	Version     string   `json:"version"`
	Placeholder bool     `json:"placeholder"`
	Note        string   `json:"note"`
	EN          Contents `json:"en"`
	ES          Contents `json:"es"`
}

// Contents is a document in one language.
type Contents struct {
	Title    string    `json:"title"`
	Passages []Passage `json:"passages"`

	Sample bool `json:"-"` // counsel has not reviewed it; set by Texts.Document
}

// Passage is a part of a document.
type Passage struct {
	Heading    string   `json:"heading"` // may be empty
	Paragraphs []string `json:"paragraphs"`
}

// Document is one of the documents in a language, names filled in, and its version. One that is missing has no passages.
func (t Texts) Document(id, language string, names Names) (contents Contents, version string) {
	d := t.document(id)
	source := d.EN
	if language == "es" {
		source = d.ES
	}
	fill := t.filler(language, names)
	contents = Contents{Title: fill.Replace(source.Title), Sample: d.Placeholder}
	for _, p := range source.Passages {
		contents.Passages = append(contents.Passages, Passage{fill.Replace(p.Heading), replaceAll(fill, p.Paragraphs)})
	}
	return contents, d.Version
}

func (t Texts) versionOf(id string) string { return t.document(id).Version }

func (t Texts) document(id string) Document {
	i := slices.IndexFunc(t.documents, func(d Document) bool { return d.ID == id })
	if i < 0 {
		return Document{}
	}
	return t.documents[i]
}

// hash is the SHA-256 over title, headings and paragraphs as published, each ended by a line feed,
// passages by another.
func (c Contents) hash() string {
	h := sha256.New()
	h.Write([]byte(c.Title + "\n"))
	for _, p := range c.Passages {
		for _, line := range append([]string{p.Heading}, p.Paragraphs...) {
			h.Write([]byte(line + "\n"))
		}
		h.Write([]byte("\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}
