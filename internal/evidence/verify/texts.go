package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
)

// Text checks that body is the text that the act is about, word for word.
func Text(body []byte, act consent.Act) error {
	_, err := wording(body, act)
	return err
}

// wording is the wording that the act is about. It must have the act's hash.
func wording(body []byte, act consent.Act) (consent.Wording, error) {
	if line, ofScript := strings.CutPrefix(act.TextID, packet.ScriptLine); ofScript {
		return lineOf(body, line, act)
	}
	var text consent.Text
	if err := packet.Decode(body, &text); err != nil {
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

// hashOfWording is SHA-256 over heading, summary, paragraphs and control, each ended by a line feed. It does not use
// the code of package consent, so that a change there cannot make an old packet fail.
func hashOfWording(w consent.Wording) string {
	h := sha256.New()
	for _, line := range slices.Concat([]string{w.Heading, w.Summary}, w.Paragraphs, []string{w.Control}) {
		_, _ = io.WriteString(h, line+"\n") // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Document checks that body is this version of the document.
func Document(body []byte, id, version string) error {
	var d consent.Document
	if err := packet.Decode(body, &d); err != nil {
		return fmt.Errorf("it is no document: %w", err)
	}
	if d.ID != id || d.Version != version {
		return fmt.Errorf("it is version %s of %q", d.Version, d.ID)
	}
	return nil
}
