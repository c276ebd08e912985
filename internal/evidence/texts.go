package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"

	"intake/internal/consent"
)

// textName is where the text of a version is in the packet.
func textName(id, version string) string { return textsFolder + id + "-" + version + ".json" }

// safeText is what ids and versions are made of; others get no file.
var safeText = regexp.MustCompile(`^[a-z][a-z-]*-[0-9]+$`)

// addTexts puts the texts of the acts into the packet, as they were published.
func (b *builder) addTexts(c Case) error {
	for _, act := range c.Record.Acts {
		name := textName(act.TextID, act.Version)
		body, other, err := find(c.Texts, act.TextID, act.Version, func(body []byte) bool { return publishes(body, act) })
		switch {
		case err != nil:
			return err
		case body != nil:
			b.files[name] = body
		case other:
			b.record.lacks(name, "the text of this version that is on this machine has other words than those that were shown")
		default:
			b.record.lacks(name, "this version is not among the texts on this machine")
		}
	}
	return nil
}

// addDocuments puts the documents into the packet that the page names by their versions.
func (b *builder) addDocuments(c Case, versions map[string]string) error {
	for _, id := range documents {
		version := versions[id]
		if version == "" {
			b.record.lacks(textsFolder+id, "which version was named is not known without the page and the text "+string(consent.Terms))
			continue
		}
		body, _, err := find(c.Texts, id, version, func(body []byte) bool { return checkDocument(body, id, version) == nil })
		if err != nil {
			return err
		}
		if body == nil {
			b.record.lacks(textName(id, version), "this version is not among the documents on this machine")
			continue
		}
		b.files[textName(id, version)] = body
	}
	return nil
}

var documents = []string{consent.TermsOfUse, consent.PrivacyNotice}

// find looks for the file of a text's version that fits; other says that there is one that does not.
func find(folders []fs.FS, id, version string, fits func([]byte) bool) (found []byte, other bool, err error) {
	if !safeText.MatchString(id + "-" + version) {
		return nil, false, nil
	}
	for _, folder := range folders {
		names, err := fs.Glob(folder, "*.json")
		if err != nil {
			return nil, false, err
		}
		for _, name := range names {
			body, err := fs.ReadFile(folder, name)
			if err != nil {
				return nil, false, fmt.Errorf("read the texts: %w", err)
			}
			var head struct{ ID, Version string }
			if json.Unmarshal(body, &head) != nil || head.ID != id || head.Version != version {
				continue
			}
			if fits(body) {
				return body, false, nil
			}
			other = true
		}
	}
	return nil, other, nil
}

// publishes says whether body is the text that the act is about, word for word.
func publishes(body []byte, act consent.Act) bool {
	_, err := wordingOf(body, act)
	return err == nil
}

// wordingOf is the wording that the act is about, held against the act's hash.
func wordingOf(body []byte, act consent.Act) (consent.Wording, error) {
	var text consent.Text
	if err := strictly(body, &text); err != nil {
		return consent.Wording{}, fmt.Errorf("it is no consent text: %w", err)
	}
	words := map[string]consent.Wording{"en": text.EN, "es": text.ES}[act.Language]
	switch {
	case string(text.ID) != act.TextID || text.ID != act.Purpose || text.Version != act.Version:
		return words, fmt.Errorf("it is version %s of %q", text.Version, text.ID)
	case hashOfWording(words) != act.SHA256:
		return words, fmt.Errorf("its words (%s) do not have the hash of the act", act.Language)
	case words.Control != act.Control:
		return words, fmt.Errorf("its box (%s) has another label than that of the act", act.Language)
	}
	return words, nil
}

// hashOfWording is SHA-256 over heading, paragraphs and control, each ended by a line feed. It is told
// apart from the program's own, so that a packet is held to what was written down.
func hashOfWording(w consent.Wording) string {
	h := sha256.New()
	for _, line := range slices.Concat([]string{w.Heading}, w.Paragraphs, []string{w.Control}) {
		_, _ = io.WriteString(h, line+"\n") // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

func checkDocument(body []byte, id, version string) error {
	var d consent.Document
	if err := strictly(body, &d); err != nil {
		return fmt.Errorf("it is no document: %w", err)
	}
	if d.ID != id || d.Version != version {
		return fmt.Errorf("it is version %s of %q", d.Version, d.ID)
	}
	return nil
}

// strictly decodes one JSON value with no field that is unknown and nothing behind it.
func strictly(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("something stands behind its end")
	}
	return nil
}
