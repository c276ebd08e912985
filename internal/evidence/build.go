package evidence

import (
	_ "embed"
	"errors"
	"fmt"

	"intake/internal/evidence/packet"
	"intake/internal/evidence/verify"
)

//go:embed README.txt
var readme []byte

// builder collects the files of a packet.
type builder struct {
	files  map[string][]byte
	record *packet.Record
}

// Build makes the packet of a case, and signs it. The same case and key give the same bytes. A packet that
// would not verify is an error that says why.
func Build(c Case, signer packet.Signer) ([]byte, error) {
	if c.Lead.ID == "" || c.MadeAt.IsZero() || signer == nil {
		return nil, errors.New("a packet needs the id of a lead, the time at which it is made, and who signs it")
	}
	b := &builder{files: map[string][]byte{packet.ReadmeFile: readme}, record: newRecord(c)}
	for _, add := range []func(Case) error{b.addPage, b.addTexts, b.addDocuments, b.addChain, b.addRecord} {
		if err := add(c); err != nil {
			return nil, fmt.Errorf("make the packet: %w", err)
		}
	}
	m := packet.Manifest{Lead: c.Lead.ID, MadeAt: c.MadeAt.UTC().Format(packet.TimeFormat), Program: c.Program, Page: b.record.Page}
	if err := packet.Sign(b.files, m, signer); err != nil {
		return nil, fmt.Errorf("make the packet: %w", err)
	}
	data, err := packet.Pack(b.files)
	if err != nil {
		return nil, err
	}
	if _, err := verify.Packet(data, signer.Public()); err != nil {
		return nil, fmt.Errorf("what is stored does not hold together, and is not signed: %w", err)
	}
	return data, nil
}

// addChain adds the link of the record, with the signed end of the chain.
func (b *builder) addChain(c Case) error {
	chain := packet.Chain{State: packet.Unlinked}
	if c.Link.Seq > 0 {
		chain = packet.Chain{State: packet.Linked, Link: packet.NewLink(c.Link), DigestSalt: c.DigestSalt, Head: &c.Head}
		b.record.ChainSeq, b.record.Hash, b.record.PreviousHash = c.Link.Seq, chain.Link.Hash, chain.Link.Previous
	}
	return b.addJSON(packet.ChainFile, chain)
}

func (b *builder) addRecord(c Case) error {
	if err := b.addGaps(c); err != nil {
		return err
	}
	return b.addJSON(packet.RecordFile, b.record)
}

func (b *builder) addJSON(name string, value any) error {
	text, err := packet.Encode(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	b.files[name] = text
	return nil
}
