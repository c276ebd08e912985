// Package consent holds the texts that people are asked to accept and the evidence of what they
// were shown and did. A text is data: English and Spanish locked together under one version.
package consent

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed texts/*.json
var builtIn embed.FS

// BuiltIn are the texts that ship with the program: placeholders for counsel to replace.
func BuiltIn() fs.FS {
	sub, err := fs.Sub(builtIn, "texts")
	if err != nil {
		panic("consent: " + err.Error())
	}
	return sub
}

// Text is one consent object in both languages.
type Text struct {
	ID          Purpose `json:"id"`
	Version     string  `json:"version"`
	Placeholder bool    `json:"placeholder"` // not yet reviewed by counsel
	EN          Wording `json:"en"`
	ES          Wording `json:"es"`
}

// Wording is a text in one language: what stands above the box, and the words on the box.
type Wording struct {
	Heading    string   `json:"heading"`
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

// Texts are the consent objects of a page, in the order in which they are shown.
type Texts []Text

// order is how the objects follow each other on a page: what is required comes first.
var order = []Purpose{Credit, Terms, Marketing}

// Load reads one JSON file for each purpose. It refuses, naming the file, a text that lacks a
// language, a purpose that is missing or comes twice, and a marketing text without the words
// that 47 CFR 64.1200(f)(9) asks for.
func Load(files fs.FS) (Texts, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, err
	}
	var texts Texts
	var problems []error
	for _, name := range names {
		text, err := read(files, name)
		if err != nil {
			problems = append(problems, fmt.Errorf("consent text %s: %w", name, err))
			continue
		}
		texts = append(texts, text)
	}
	for _, p := range order {
		if n := count(texts, p); n != 1 {
			problems = append(problems, fmt.Errorf("consent texts: there must be one text %q in use, there are %d", p, n))
		}
	}
	slices.SortFunc(texts, func(a, b Text) int { return slices.Index(order, a.ID) - slices.Index(order, b.ID) })
	return texts, errors.Join(problems...)
}

// Placeholders names the texts that counsel has not reviewed.
func (t Texts) Placeholders() []Purpose {
	var ids []Purpose
	for _, text := range t {
		if text.Placeholder {
			ids = append(ids, text.ID)
		}
	}
	return ids
}

// In is every text in one language, with the seller's name filled in.
func (t Texts) In(language, seller string) []Shown {
	shown := make([]Shown, len(t))
	for i, text := range t {
		w := text.EN
		if language == "es" {
			w = text.ES
		}
		filled := Wording{Heading: w.Heading, Control: w.Control}
		for _, p := range w.Paragraphs {
			filled.Paragraphs = append(filled.Paragraphs, strings.ReplaceAll(p, "{seller}", seller))
		}
		shown[i] = Shown{Purpose: text.ID, Version: text.Version, Language: language, Wording: filled}
	}
	return shown
}

// Act is the record of what a person did with the box under the text.
func (s Shown) Act(given bool) Act {
	return Act{
		Purpose: s.Purpose, Given: given, TextID: string(s.Purpose), Version: s.Version, Language: s.Language,
		SHA256: s.Hash(), Control: s.Control, Shown: "unticked",
	}
}

// Hash is the SHA-256 over heading, paragraphs and control as shown, each ended by a line feed.
func (s Shown) Hash() string {
	h := sha256.New()
	for _, line := range append(append([]string{s.Heading}, s.Paragraphs...), s.Control) {
		h.Write([]byte(line + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func read(files fs.FS, name string) (Text, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return Text{}, err
	}
	var text Text
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&text); err != nil {
		return Text{}, err
	}
	return text, text.check()
}

func (t Text) check() error {
	if !slices.Contains(order, t.ID) {
		return fmt.Errorf("its id is %q; it must be one of %v", t.ID, order)
	}
	if t.Version == "" {
		return errors.New("it has no version")
	}
	for language, w := range map[string]Wording{"en": t.EN, "es": t.ES} {
		if w.Heading == "" || w.Control == "" || len(w.Paragraphs) == 0 {
			return fmt.Errorf("its %q half is missing or not complete; both languages are published together", language)
		}
	}
	if t.ID == Marketing {
		return errors.Join(t.EN.mentions("en", "{seller}", "call", "text", "autodialer", "artificial or prerecorded", "not a condition"),
			t.ES.mentions("es", "{seller}", "llame", "mensajes de texto", "marcador automático", "artificial o pregrabada", "no es condición"))
	}
	return nil
}

func (w Wording) mentions(language string, words ...string) error {
	all := strings.Join(w.Paragraphs, " ")
	for _, word := range words {
		if !strings.Contains(all, word) {
			return fmt.Errorf("its %q half does not say %q", language, word)
		}
	}
	return nil
}

func count(texts Texts, p Purpose) int {
	n := 0
	for _, text := range texts {
		if text.ID == p {
			n++
		}
	}
	return n
}
