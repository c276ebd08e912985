// Package consent has the texts that people are asked to accept, and the evidence of what they were shown and
// did. A text is data: English and Spanish have one version together.
package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Text is one consent object in both languages.
type Text struct {
	ID          Purpose `json:"id"`
	Version     string  `json:"version"`     // a whole number; the highest of an id is in use
	Placeholder bool    `json:"placeholder"` // not yet reviewed by counsel
	Note        string  `json:"note"`        // for whoever reads the file; no visitor sees it
	EN          Wording `json:"en"`
	ES          Wording `json:"es"`
}

// Wording is a text in one language: the words above the box, and the label of the box. A notice has neither a summary nor
// a box.
// Words in braces are replaced when the text is shown; see Names.
type Wording struct {
	Heading    string   `json:"heading"`
	Summary    string   `json:"summary"` // one plain sentence or two above the words of law
	Paragraphs []string `json:"paragraphs"`
	Control    string   `json:"control"`
}

// Shown is a wording as one visitor sees it, with the names filled in.
type Shown struct {
	Purpose  Purpose
	Version  string
	Language string
	Wording
}

// Names replace words in braces in the texts, which are noted beside each.
type Names struct {
	Seller  string // {seller}: who asks
	Contact string // {contact}: the seller's telephone number
	Name    string // {name}: the person
	Phone   string // {phone}: the person's number, the one that would be called
}

// Texts are all texts in use. The zero value has none.
type Texts struct {
	consents  []Text // in the order in which they are shown
	recording *Text
	documents []Document
	script    Script
	acts      map[string][]Act // by language, of the consents, nothing given
	published []Published
	read      []Text // every version, also those that are no longer in use
}

// Published is one version of a text or document, with the hash of its words in both languages.
type Published struct {
	ID, Version, SHA256 string
	File                string
	InUse               bool // the highest version of its id
}

// Published is every version that was read, older ones too.
func (t Texts) Published() []Published { return slices.Clone(t.published) }

// Button is the label of the button that gives the consents checked above it; the texts name it as {button}.
func Button(language string) string {
	if language == "es" {
		return "Aceptar y enviar"
	}
	return "Accept and send"
}

// For returns the consents in one language, in the order in which they are shown.
func (t Texts) For(language string, names Names) []Shown {
	fill := t.filler(language, names)
	shown := make([]Shown, len(t.consents))
	for i, text := range t.consents {
		shown[i] = text.shown(language, fill)
	}
	return shown
}

// Recording is the notice that a visit is recorded; false when there is no such text.
func (t Texts) Recording(language string, names Names) (Shown, bool) {
	if t.recording == nil {
		return Shown{}, false
	}
	return t.recording.shown(language, t.filler(language, names)), true
}

// recordings is the notice as a list of none or one.
func (t Texts) recordings() []Text {
	if t.recording == nil {
		return nil
	}
	return []Text{*t.recording}
}

// Agreed is the text of an act as it was worded then, and false when no file has these very words.
func (t Texts) Agreed(act Act, names Names) (Shown, bool) {
	for _, text := range t.read {
		if string(text.ID) == act.TextID && text.Version == act.Version && text.in(act.Language).hash() == act.SHA256 {
			return text.shown(act.Language, t.filler(act.Language, names)), true
		}
	}
	return Shown{}, false
}

// Acts are the consents with no box checked, in the order of For. The caller may change them.
func (t Texts) Acts(language string) []Act { return append([]Act(nil), t.acts[language]...) }

// RecordingAct is the notice of a recorded visit: it is shown, and nothing is given.
func (t Texts) RecordingAct(language string) (Act, bool) {
	if t.recording == nil {
		return Act{}, false
	}
	act := t.recording.act(language)
	act.Shown = "shown"
	return act, true
}

// Edition is a hash of all consent texts in use. It changes with every change of their words.
func (t Texts) Edition() string {
	h := sha256.New()
	for _, language := range []string{"en", "es"} {
		for _, act := range t.acts[language] {
			h.Write([]byte(act.SHA256))
		}
		if act, ok := t.RecordingAct(language); ok {
			h.Write([]byte(act.SHA256))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Placeholders names the texts, documents and script that counsel has not reviewed.
func (t Texts) Placeholders() []string {
	var ids []string
	for _, text := range t.consents {
		if text.Placeholder {
			ids = append(ids, string(text.ID))
		}
	}
	if t.recording != nil && t.recording.Placeholder {
		ids = append(ids, string(Recording))
	}
	for _, d := range t.documents {
		if d.Placeholder {
			ids = append(ids, d.ID)
		}
	}
	if t.script.Placeholder {
		ids = append(ids, ScriptID)
	}
	return ids
}

// filler replaces words in braces by the names and the versions of the documents.
func (t Texts) filler(language string, names Names) *strings.Replacer {
	return strings.NewReplacer(
		"{seller}", names.Seller, "{contact}", names.Contact, "{name}", names.Name, "{phone}", names.Phone,
		"{button}", Button(language), "{terms}", t.versionOf(TermsOfUse), "{privacy}", t.versionOf(PrivacyNotice))
}

func (t Text) in(language string) Wording {
	if language == "es" {
		return t.ES
	}
	return t.EN
}

func (t Text) shown(language string, fill *strings.Replacer) Shown {
	w := t.in(language)
	return Shown{Purpose: t.ID, Version: t.Version, Language: language, Wording: Wording{
		Heading: fill.Replace(w.Heading), Summary: fill.Replace(w.Summary), Control: fill.Replace(w.Control),
		Paragraphs: replaceAll(fill, w.Paragraphs),
	}}
}

// act is the record of a box that was not checked.
func (t Text) act(language string) Act {
	w := t.in(language)
	return Act{
		Purpose: t.ID, TextID: string(t.ID), Version: t.Version, Language: language,
		SHA256: w.hash(), Control: w.Control, Shown: "unchecked",
	}
}

// hash is the SHA-256 over heading, summary, paragraphs and control as published, each ended by a line
// feed. The names are not filled in: from the hash of a text with a person's number, anybody could find the
// number by trying all.
func (w Wording) hash() string {
	h := sha256.New()
	for _, line := range append(append([]string{w.Heading, w.Summary}, w.Paragraphs...), w.Control) {
		h.Write([]byte(line + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// pairHash is a hash of the words of both languages.
func pairHash(en, es string) string {
	sum := sha256.Sum256([]byte(en + "\n" + es + "\n"))
	return hex.EncodeToString(sum[:])
}

func replaceAll(fill *strings.Replacer, paragraphs []string) []string {
	filled := make([]string, len(paragraphs))
	for i, p := range paragraphs {
		filled[i] = fill.Replace(p)
	}
	return filled
}
