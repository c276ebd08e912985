package evidence

import (
	_ "embed"
	"fmt"

	"intake/internal/consent"
)

//go:embed README.txt
var readme []byte

// builder gathers the files of a packet.
type builder struct {
	files  map[string][]byte
	record *recordFile
}

// Build makes the packet of a case, and signs it. The same case and key give the same bytes. It signs
// nothing that Verify would refuse, and says why.
func Build(c Case, signer Signer) ([]byte, error) {
	if c.Lead.ID == "" || c.MadeAt.IsZero() || signer == nil {
		return nil, errNoCase
	}
	b := &builder{files: map[string][]byte{readmeFile: readme}, record: newRecord(c)}
	for _, add := range []func(Case) error{b.addPage, b.addTexts, b.addWords, b.addChain, b.addRecord} {
		if err := add(c); err != nil {
			return nil, fmt.Errorf("make the packet: %w", err)
		}
	}
	if err := b.sign(c, signer); err != nil {
		return nil, fmt.Errorf("make the packet: %w", err)
	}
	packet, err := pack(b.files)
	if err != nil {
		return nil, err
	}
	if _, err := Verify(packet, signer.Public()); err != nil {
		return nil, fmt.Errorf("what is stored does not hold together, and is not signed: %w", err)
	}
	return packet, nil
}

// addWords adds the documents that the texts on the page name.
func (b *builder) addWords(c Case) error {
	if c.Page.ID == "" {
		return b.addDocuments(c, nil)
	}
	filled, err := checkWords(b.files[pageName], b.record, b.files)
	if err != nil {
		return err
	}
	return b.addDocuments(c, versionsIn(filled))
}

// versionsIn are the versions of the documents by their ids.
func versionsIn(filled map[string]string) map[string]string {
	return map[string]string{consent.TermsOfUse: filled["{terms}"], consent.PrivacyNotice: filled["{privacy}"]}
}

func (b *builder) addRecord(c Case) error {
	if err := b.record.nameGaps(c); err != nil {
		return err
	}
	return b.addJSON(recordName, b.record)
}

func (b *builder) addJSON(name string, value any) error {
	text, err := writeJSON(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	b.files[name] = text
	return nil
}
