// Package packet is the file format of a packet of evidence: a zip of JSON files, the page and the texts
// under one signed manifest. docs/evidence.md describes it.
package packet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"intake/internal/consent"
)

// Files of a packet. The texts are beside them, in TextsFolder.
const (
	ReadmeFile    = "README.txt"
	ManifestFile  = "manifest.json"
	SignatureFile = "manifest.sig"
	RecordFile    = "record.json"
	ChainFile     = "chain.json"
	PageFile      = "page.html"
	StyleFile     = "style.css"
	PartsFile     = "page-parts.json"
	TextsFolder   = "texts/"
)

// TimeFormat is how times are written: UTC, or with their offset, to the millisecond.
const TimeFormat = "2006-01-02T15:04:05.000Z07:00"

// TextFile is the name of the file with this version of a text or document. All lines of a script are in one: the id of a
// line is that of its script, a slash and its own.
func TextFile(id, version string) string { return TextsFolder + FileID(id) + "-" + version + ".json" }

// FileID is the id of the file that a text or a line is in.
func FileID(id string) string {
	id, _, _ = strings.Cut(id, "/")
	return id
}

// LinesChecked are the ids of the lines that were agreed to on a call.
func LinesChecked(acts []consent.Act) (lines []string) {
	for _, act := range acts {
		if line, ofScript := strings.CutPrefix(act.TextID, ScriptLine); ofScript && act.Given {
			lines = append(lines, line)
		}
	}
	return lines
}

// Spoken are the acts that were read aloud.
func Spoken(acts []consent.Act) (spoken []consent.Act) {
	for _, act := range acts {
		if act.Shown == consent.ReadAloud {
			spoken = append(spoken, act)
		}
	}
	return spoken
}

// ScriptLine is how the id of a line begins.
const ScriptLine = "script/"

// Hash is SHA-256 in hexadecimal.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Encode writes a value as the JSON files of a packet are written.
func Encode(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// Decode reads one JSON value. It refuses an unknown field and anything behind the value.
func Decode(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind its end")
	}
	return nil
}
