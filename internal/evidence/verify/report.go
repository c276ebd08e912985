package verify

import (
	"crypto/ed25519"
	"fmt"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
	"intake/internal/lead"
)

// Report is what a packet proves. Nothing in it is about the person.
type Report struct {
	Lead    lead.PartnerID
	MadeAt  string
	Program string
	Proven  []string // sentences
	Gaps    []packet.Gap
}

func (p *contents) report(key ed25519.PublicKey) Report {
	return Report{
		Lead: p.manifest.Lead, MadeAt: p.manifest.MadeAt, Program: p.manifest.Program, Gaps: p.record.Gaps,
		Proven: []string{
			fmt.Sprintf("All %d files are as they were signed by the key %s.", len(p.manifest.Files), packet.Fingerprint(key)),
			p.pageSentence(), p.textsSentence(), p.chainSentence(),
		},
	}
}

func (p *contents) pageSentence() string {
	switch page := p.record.Page; {
	case page == nil:
		return "There is no page."
	case page.Erased:
		return fmt.Sprintf("%s is the page of %s as it is kept, with a marker for each part of the answers; the rest of it is as it was sent.", packet.PageFile, page.At)
	default:
		return fmt.Sprintf("%s is the page of %s, byte for byte as it was sent: %d bytes in %d parts.", packet.PageFile, page.At, page.Length, len(p.parts))
	}
}

func (p *contents) textsSentence() string {
	there := 0
	for _, act := range p.record.Objects {
		if p.files[packet.TextFile(act.TextID, act.Version)] != nil {
			there++
		}
	}
	onPage := "there is no page to look for them on"
	if p.record.Channel == consent.RecordedCall {
		onPage = fmt.Sprintf("they were read aloud on a call, and the boxes of %d were checked; its recording is not in the packet", len(p.record.LinesChecked))
	}
	if p.record.Page != nil {
		onPage = "the page shows their words and the labels of their boxes, none of them checked"
	}
	return fmt.Sprintf("The texts of %d of %d consents have the hashes of the record; %s.", there, len(p.record.Objects), onPage)
}

func (p *contents) chainSentence() string {
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
