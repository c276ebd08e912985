// Package verify checks a packet of evidence against a public key, without network or database, as a
// partner does who has only the packet and the key.
package verify

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"intake/internal/evidence/packet"
)

// contents are the files of a packet whose signature holds.
type contents struct {
	files    map[string][]byte
	manifest packet.Manifest
	record   packet.Record
	parts    []packet.Part
	chain    packet.Chain
}

// Packet verifies a packet by its bytes alone, against the public key of whoever should have made it. Its
// error is one sentence that names the first thing that is wrong.
func Packet(data []byte, key ed25519.PublicKey) (Report, error) {
	if len(key) != ed25519.PublicKeySize {
		return Report{}, errors.New("a packet is verified by a public key from outside it")
	}
	p, err := open(data, key)
	if err != nil {
		return Report{}, err
	}
	for _, check := range []func() error{p.checkRecord, p.checkCall, p.checkPage, p.checkTexts, func() error { return p.checkChain(key) }} {
		if err := check(); err != nil {
			return Report{}, err
		}
	}
	return p.report(key), nil
}

// open reads the files of a packet. It uses nothing that the key did not sign.
func open(data []byte, key ed25519.PublicKey) (*contents, error) {
	files, err := packet.Unpack(data)
	if err != nil {
		return nil, err
	}
	p := &contents{files: files}
	if p.manifest, err = readManifest(files, key); err != nil {
		return nil, err
	}
	if err := checkFiles(p.manifest, files); err != nil {
		return nil, err
	}
	if err := checkZip(data, files); err != nil {
		return nil, err
	}
	return p, p.decode()
}

func (p *contents) decode() error {
	wanted := map[string]any{packet.RecordFile: &p.record, packet.ChainFile: &p.chain}
	if p.files[packet.PageFile] != nil {
		wanted[packet.PartsFile] = &p.parts
	}
	for name, into := range wanted {
		if p.files[name] == nil {
			return fmt.Errorf("%s is missing", name)
		}
		if err := packet.Decode(p.files[name], into); err != nil {
			return fmt.Errorf("%s is not of a form that this program knows: %w", name, err)
		}
	}
	return nil
}

// checkRecord compares the record with the manifest, and refuses a field without a value or a gap.
func (p *contents) checkRecord() error {
	r := &p.record
	switch {
	case r.Format != packet.RecordFormat:
		return fmt.Errorf("%s is of the format %q, and this program knows %q", packet.RecordFile, r.Format, packet.RecordFormat)
	case r.PartnerLeadID != p.manifest.Lead:
		return fmt.Errorf("%s and %s are about two leads", packet.RecordFile, packet.ManifestFile)
	case !reflect.DeepEqual(r.Page, p.manifest.Page):
		return fmt.Errorf("%s and %s tell of two pages", packet.RecordFile, packet.ManifestFile)
	}
	if err := checkLocalTime(r); err != nil {
		return err
	}
	return checkGaps(r)
}

// checkGaps refuses a field that has no value and no gap.
func checkGaps(r *packet.Record) error {
	missing, err := r.Missing()
	if err != nil {
		return err
	}
	for _, field := range missing {
		if !r.NamesGap(field) {
			return fmt.Errorf("%s leaves out %s and does not name the gap", packet.RecordFile, field)
		}
	}
	return nil
}

// checkLocalTime refuses two times that are not the same moment.
func checkLocalTime(r *packet.Record) error {
	if r.LocalAt == "" {
		return nil
	}
	at, err := time.Parse(packet.TimeFormat, r.At)
	local, localErr := time.Parse(packet.TimeFormat, r.LocalAt)
	if err != nil || localErr != nil || !at.Equal(local) {
		return fmt.Errorf("the two times in %s are not one moment", packet.RecordFile)
	}
	return nil
}

// checkTexts compares the texts with the acts and the page, and refuses a text that nobody acted on.
func (p *contents) checkTexts() error {
	used := map[string]bool{}
	for _, act := range p.record.Objects {
		name := packet.TextFile(act.TextID, act.Version)
		used[name] = true
		if p.files[name] == nil && !p.record.NamesGap(name) {
			return fmt.Errorf("%s is missing, and %s does not name the gap", name, packet.RecordFile)
		}
		if p.files[name] == nil {
			continue
		}
		if _, err := wording(p.files[name], act); err != nil {
			return fmt.Errorf("%s is not the text that was shown: %w", name, err)
		}
	}
	if err := p.checkDocuments(used); err != nil {
		return err
	}
	for name := range p.files {
		if strings.HasPrefix(name, packet.TextsFolder) && !used[name] {
			return fmt.Errorf("%s is a text that nobody was asked about", name)
		}
	}
	return nil
}

// checkDocuments checks the words on the page, and the documents whose versions it names.
func (p *contents) checkDocuments(used map[string]bool) error {
	if p.files[packet.PageFile] == nil {
		return nil
	}
	versions, err := DocumentVersions(p.files[packet.PageFile], &p.record, p.files)
	if err != nil {
		return err
	}
	for id, version := range versions {
		name := packet.TextFile(id, version)
		used[name] = true
		switch body := p.files[name]; {
		case version == "" || p.record.NamesGap(name):
		case body == nil:
			return fmt.Errorf("%s is missing, and %s does not name the gap", name, packet.RecordFile)
		default:
			if err := Document(body, id, version); err != nil {
				return fmt.Errorf("%s is not the document that the page names: %w", name, err)
			}
		}
	}
	return nil
}
