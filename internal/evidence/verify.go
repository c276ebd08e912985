package evidence

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"intake/internal/lead"
)

// Report is what a packet proves. Nothing in it is about the person.
type Report struct {
	Lead    lead.PartnerID
	MadeAt  string
	Program string
	Proven  []string // sentences
	Gaps    []Gap
}

// packet is an opened packet whose signature holds.
type packet struct {
	files    map[string][]byte
	manifest manifest
	record   recordFile
	parts    []partLine
	chain    chainFile
}

// Verify proves a packet against the public key of whoever should have made it, from the packet's
// bytes alone. Its error is one sentence that names what is wrong.
func Verify(data []byte, key ed25519.PublicKey) (Report, error) {
	if len(key) != ed25519.PublicKeySize {
		return Report{}, errors.New("a packet is verified by a public key from outside it")
	}
	p, err := open(data, key)
	if err != nil {
		return Report{}, err
	}
	for _, check := range []func() error{p.checkRecord, p.checkPage, p.checkTexts, func() error { return p.checkChain(key) }} {
		if err := check(); err != nil {
			return Report{}, err
		}
	}
	return p.report(key), nil
}

// open believes nothing that the key did not sign.
func open(data []byte, key ed25519.PublicKey) (*packet, error) {
	files, err := unpack(data)
	if err != nil {
		return nil, err
	}
	p := &packet{files: files}
	if p.manifest, err = readManifest(files, key); err != nil {
		return nil, err
	}
	if err := p.manifest.checkFiles(files); err != nil {
		return nil, err
	}
	if err := checkContainer(data, files); err != nil {
		return nil, err
	}
	return p, p.decode()
}

func (p *packet) decode() error {
	wanted := map[string]any{recordName: &p.record, chainName: &p.chain}
	if p.files[pageName] != nil {
		wanted[partsName] = &p.parts
	}
	for name, into := range wanted {
		if p.files[name] == nil {
			return fmt.Errorf("%s is missing", name)
		}
		if err := strictly(p.files[name], into); err != nil {
			return fmt.Errorf("%s is not of a form that this program knows: %w", name, err)
		}
	}
	return nil
}

// checkRecord holds the record against the manifest, and finds fields that are left out in silence.
func (p *packet) checkRecord() error {
	r := &p.record
	switch {
	case r.Format != recordFormat:
		return fmt.Errorf("%s is of the format %q, and this program knows %q", recordName, r.Format, recordFormat)
	case r.PartnerLeadID != p.manifest.Lead:
		return fmt.Errorf("%s and %s are about two leads", recordName, manifestFile)
	case !reflect.DeepEqual(r.Page, p.manifest.Page):
		return fmt.Errorf("%s and %s tell of two pages", recordName, manifestFile)
	}
	if err := checkLocal(r); err != nil {
		return err
	}
	return r.complete()
}

// checkLocal sees that both clocks show one moment.
func checkLocal(r *recordFile) error {
	if r.LocalAt == "" {
		return nil
	}
	at, err := time.Parse(stamp, r.At)
	local, localErr := time.Parse(stamp, r.LocalAt)
	if err != nil || localErr != nil || !at.Equal(local) {
		return fmt.Errorf("the two times in %s are not one moment", recordName)
	}
	return nil
}

// checkTexts holds the texts against the acts and the page, and finds a text that nobody acted on.
func (p *packet) checkTexts() error {
	used := map[string]bool{}
	for _, act := range p.record.Objects {
		name := textName(act.TextID, act.Version)
		used[name] = true
		if p.files[name] == nil && !p.names(name) {
			return fmt.Errorf("%s is missing, and %s does not name the gap", name, recordName)
		}
		if p.files[name] == nil {
			continue
		}
		if _, err := wordingOf(p.files[name], act); err != nil {
			return fmt.Errorf("%s is not the text that was shown: %w", name, err)
		}
	}
	if err := p.checkDocuments(used); err != nil {
		return err
	}
	for name := range p.files {
		if strings.HasPrefix(name, textsFolder) && !used[name] {
			return fmt.Errorf("%s is a text that nobody was asked about", name)
		}
	}
	return nil
}

// checkDocuments reads the page, and finds the documents whose versions it names.
func (p *packet) checkDocuments(used map[string]bool) error {
	if p.files[pageName] == nil {
		return nil
	}
	filled, err := checkWords(p.files[pageName], &p.record, p.files)
	if err != nil {
		return err
	}
	for id, version := range versionsIn(filled) {
		name := textName(id, version)
		used[name] = true
		switch body := p.files[name]; {
		case version == "" || p.names(name):
		case body == nil:
			return fmt.Errorf("%s is missing, and %s does not name the gap", name, recordName)
		default:
			if err := checkDocument(body, id, version); err != nil {
				return fmt.Errorf("%s is not the document that the page names: %w", name, err)
			}
		}
	}
	return nil
}

// names says whether the record names the gap.
func (p *packet) names(field string) bool {
	return slices.ContainsFunc(p.record.Gaps, func(g Gap) bool { return g.Field == field && g.Reason != "" })
}

func (p *packet) report(key ed25519.PublicKey) Report {
	return Report{
		Lead: p.manifest.Lead, MadeAt: p.manifest.MadeAt, Program: p.manifest.Program, Gaps: p.record.Gaps,
		Proven: []string{
			fmt.Sprintf("All %d files are as they were signed by the key %s.", len(p.manifest.Files), Fingerprint(key)),
			p.aboutPage(), p.aboutTexts(), p.aboutChain(),
		},
	}
}

func (p *packet) aboutPage() string {
	switch page := p.record.Page; {
	case page == nil:
		return "There is no page."
	case page.Erased:
		return fmt.Sprintf("%s is the page of %s as it is kept, with a marker for each part of the answers; the rest of it is as it was sent.", pageName, page.At)
	default:
		return fmt.Sprintf("%s is the page of %s, byte for byte as it was sent: %d bytes in %d parts.", pageName, page.At, page.Length, len(p.parts))
	}
}

func (p *packet) aboutTexts() string {
	there := 0
	for _, act := range p.record.Objects {
		if p.files[textName(act.TextID, act.Version)] != nil {
			there++
		}
	}
	onPage := "there is no page to look for them on"
	if p.record.Page != nil {
		onPage = "the page shows their words and the labels of their boxes, none of them ticked"
	}
	return fmt.Sprintf("The texts of %d of %d consents have the hashes of the record; %s.", there, len(p.record.Objects), onPage)
}

func (p *packet) aboutChain() string {
	if p.chain.Link == nil {
		return "The record is not in the chain yet."
	}
	says := "says the same as the record"
	switch {
	case len(p.chain.DigestSalt) == 0:
		says += ", as far as that is not erased"
	case p.record.Page != nil:
		says += " and the page"
	}
	end := "the chain's signed end is this link"
	if p.chain.Head.Seq > p.chain.Link.Seq {
		end = fmt.Sprintf("the chain's signed end is link %d, and only the database shows the way there", p.chain.Head.Seq)
	}
	return fmt.Sprintf("Link %d of the chain %s; %s.", p.chain.Link.Seq, says, end)
}
