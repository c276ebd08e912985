package verify

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
)

// checkChain computes the hash of the link again, compares its facts with the rest of the packet, and
// verifies the signed end of the chain.
func (p *contents) checkChain(key ed25519.PublicKey) error {
	switch {
	case p.chain.State == packet.Unlinked && p.chain.Link == nil && p.record.Hash == "":
		return nil
	case p.chain.State != packet.Linked || p.chain.Link == nil || p.chain.Head == nil:
		return fmt.Errorf("%s has neither a link nor the word that there is none yet", packet.ChainFile)
	}
	link, err := p.chain.Link.Consent()
	if err != nil {
		return err
	}
	if _, err := (consent.Head{Seq: link.Seq - 1, Hash: link.Previous}).Follow(link); err != nil {
		return fmt.Errorf("%s: the hash of the link does not follow from what it says: %w", packet.ChainFile, err)
	}
	if r := p.record; r.ChainSeq != link.Seq || r.Hash != p.chain.Link.Hash || r.PreviousHash != p.chain.Link.Previous {
		return fmt.Errorf("%s and %s tell of two links", packet.ChainFile, packet.RecordFile)
	}
	if err := p.checkFacts(link.Facts); err != nil {
		return err
	}
	return checkHead(*p.chain.Head, link, key)
}

func checkHead(head consent.Head, link consent.Link, key ed25519.PublicKey) error {
	switch {
	case !ed25519.Verify(key, head.Statement(), head.Signature):
		return fmt.Errorf("%s: the end of the chain is not signed by the trusted key", packet.ChainFile)
	case head.Seq < link.Seq:
		return fmt.Errorf("%s: the chain ends before the link", packet.ChainFile)
	case head.Seq == link.Seq && !bytes.Equal(head.Hash, link.Hash):
		return fmt.Errorf("%s: the chain ends with another link of this number", packet.ChainFile)
	}
	return nil
}

// checkFacts requires of the link exactly the facts that follow from the rest of the packet.
func (p *contents) checkFacts(facts []consent.Fact) error {
	want, err := p.facts()
	if err != nil {
		return err
	}
	for _, fact := range facts {
		value, known := want[fact.Name]
		delete(want, fact.Name)
		switch {
		case !known && p.mayBeErased(fact.Name):
		case !known:
			return fmt.Errorf("%s says %q, or says it twice, and nothing in the packet does", packet.ChainFile, fact.Name)
		case fact.Name == actsFact:
			if err := p.checkActs(fact.Value); err != nil {
				return err
			}
		case fact.Value != value:
			return fmt.Errorf("%s and the rest of the packet do not say the same of %q", packet.ChainFile, fact.Name)
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("%s does not say %q", packet.ChainFile, slices.Sorted(maps.Keys(want)))
	}
	return nil
}

const (
	actsFact   = "acts"
	keptDigest = "page_kept_sha256"
)

// facts are the values of the facts that the link must have, by name.
func (p *contents) facts() (map[string]string, error) {
	r := p.record
	at, err := time.Parse(packet.TimeFormat, r.At)
	if err != nil {
		return nil, fmt.Errorf("%s has no time", packet.RecordFile)
	}
	facts := map[string]string{
		"lead": string(r.PartnerLeadID), "at": strconv.FormatInt(at.UnixMilli(), 10),
		"channel": r.Channel, "language": r.Language, "page_url": r.PageURL, "landing_url": r.LandingURL, "referrer": r.Referrer,
		"viewport": r.Viewport, "gpc": strconv.FormatBool(r.GPC), "seller": r.Seller, "form_version": r.FormVersion,
		"certificate_state": r.CertificateState, "certificate_id": r.CertificateID, actsFact: "", "page_id": r.PageID,
	}
	if r.Channel != consent.ConsumerWeb {
		facts["script"], facts["oral_opt_in"] = r.ScriptVersion, strconv.FormatBool(r.OralOptIn)
	}
	if r.WrittenFollows {
		facts["written_follows"] = "true"
	}
	if r.Channel == consent.ConsumerLink {
		if facts["link_route"], facts["link_opened_at"], err = r.LinkRoute, "0", nil; r.LinkOpenedAt != "" {
			opened, err := time.Parse(packet.TimeFormat, r.LinkOpenedAt)
			if err != nil {
				return nil, fmt.Errorf("%s has a time that cannot be read", packet.RecordFile)
			}
			facts["link_opened_at"] = strconv.FormatInt(opened.UnixMilli(), 10)
		}
	}
	if err := p.addPageFacts(facts); err != nil {
		return nil, err
	}
	return facts, p.addDigests(facts)
}

func (p *contents) addPageFacts(facts map[string]string) error {
	page := p.record.Page
	if page == nil {
		return nil
	}
	at, err := time.Parse(packet.TimeFormat, page.At)
	if err != nil {
		return fmt.Errorf("%s has no time of the page", packet.RecordFile)
	}
	facts["page_at"], facts["page_language"] = strconv.FormatInt(at.UnixMilli(), 10), page.Language
	facts["page_length"], facts["page_full_sha256"], facts["page_sheet_sha256"] = strconv.Itoa(page.Length), page.FullSHA256, page.SheetSHA256
	return nil
}

// addDigests adds the facts that are salted hashes. Without the salt, which is erased together with the
// values, they cannot be checked.
func (p *contents) addDigests(facts map[string]string) error {
	salt := p.chain.DigestSalt
	for name, value := range p.personal() {
		switch {
		case len(salt) == 0 && value != nil:
			return fmt.Errorf("%s: the salt of its hashes is missing", packet.ChainFile)
		case len(salt) == 0:
		case value == nil:
			facts[name] = ""
		default:
			facts[name] = consent.Digest(salt, []byte(name+"\x00"+*value))
		}
	}
	return nil
}

// personal are the values that the link has as salted hashes, by the names of their facts.
func (p *contents) personal() map[string]*string {
	r := p.record
	values := map[string]*string{
		"person_name": r.PersonName, "phone": r.PhoneConsented, "client_ip": r.ClientIP, "user_agent": r.UserAgent,
		"proxy_chain": r.ProxyChain, "certificate_url": r.CertificateURL, "zone": r.Zone, keptDigest: nil,
	}
	if r.Page != nil {
		values[keptDigest] = &r.Page.KeptSHA256
	}
	if r.Channel == consent.ConsumerLink {
		values["link_sent_to"] = r.LinkSentTo
	}
	if r.Channel != consent.ConsumerWeb {
		values["call_id"], values["call_agent"] = r.CallID, r.Agent
	}
	return values
}

// mayBeErased says whether the link may have a fact that the packet no longer has a value for: one about
// an erased page, or a hash whose salt is erased.
func (p *contents) mayBeErased(fact string) bool {
	if strings.HasPrefix(fact, "page_") && fact != keptDigest {
		return p.record.Page == nil && p.record.PageID != ""
	}
	_, salted := p.personal()[fact]
	return salted && len(p.chain.DigestSalt) == 0
}

// checkActs compares the consents in the link, which are JSON, with those of the record.
func (p *contents) checkActs(text string) error {
	var acts []consent.Act
	if err := packet.Decode([]byte(text), &acts); err != nil {
		return fmt.Errorf("%s tells of consents in a form that this program does not know", packet.ChainFile)
	}
	if !slices.Equal(acts, p.record.Objects) {
		return fmt.Errorf("%s and %s do not tell of the same consents", packet.ChainFile, packet.RecordFile)
	}
	return nil
}
