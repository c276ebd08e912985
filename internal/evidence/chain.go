package evidence

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"intake/internal/consent"
)

// What chain.json says of the record.
const (
	linked   = "linked"
	unlinked = "not linked yet"
)

// chainFile is chain.json.
type chainFile struct {
	State      string        `json:"state"`
	Link       *linkLine     `json:"link,omitempty"`
	DigestSalt []byte        `json:"digestSalt,omitempty"` // base64
	Head       *consent.Head `json:"head,omitempty"`
}

// linkLine is a link of the chain.
type linkLine struct {
	Seq      int64      `json:"seq"`
	Facts    []factLine `json:"facts"`
	Previous string     `json:"previous"` // hexadecimal; empty in the first link
	Hash     string     `json:"hash"`
}

type factLine struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// addChain puts the link into the packet, with the end of the chain.
func (b *builder) addChain(c Case) error {
	chain := chainFile{State: unlinked}
	if c.Link.Seq > 0 {
		chain = chainFile{State: linked, Link: lineOf(c.Link), DigestSalt: c.DigestSalt, Head: &c.Head}
		b.record.ChainSeq, b.record.Hash, b.record.PreviousHash = c.Link.Seq, chain.Link.Hash, chain.Link.Previous
	}
	return b.addJSON(chainName, chain)
}

func lineOf(l consent.Link) *linkLine {
	line := &linkLine{Seq: l.Seq, Previous: hex.EncodeToString(l.Previous), Hash: hex.EncodeToString(l.Hash)}
	for _, fact := range l.Facts {
		line.Facts = append(line.Facts, factLine(fact))
	}
	return line
}

func (l *linkLine) says(fact string) bool {
	return slices.ContainsFunc(l.Facts, func(f factLine) bool { return f.Name == fact })
}

func (l *linkLine) link() (consent.Link, error) {
	previous, err := hex.DecodeString(l.Previous)
	hash, hashErr := hex.DecodeString(l.Hash)
	if err := errors.Join(err, hashErr); err != nil {
		return consent.Link{}, fmt.Errorf("%s has a hash that is none", chainName)
	}
	link := consent.Link{Seq: l.Seq, Previous: previous, Hash: hash}
	for _, fact := range l.Facts {
		link.Facts = append(link.Facts, consent.Fact(fact))
	}
	return link, nil
}

// checkChain recomputes the link, holds what it says against the rest of the packet, and verifies the
// end of the chain.
func (p *packet) checkChain(key ed25519.PublicKey) error {
	switch {
	case p.chain.State == unlinked && p.chain.Link == nil && p.record.Hash == "":
		return nil
	case p.chain.State != linked || p.chain.Link == nil || p.chain.Head == nil:
		return fmt.Errorf("%s has neither a link nor the word that there is none yet", chainName)
	}
	link, err := p.chain.Link.link()
	if err != nil {
		return err
	}
	if _, err := (consent.Head{Seq: link.Seq - 1, Hash: link.Previous}).Follow(link); err != nil {
		return fmt.Errorf("%s: the hash of the link does not follow from what it says: %w", chainName, err)
	}
	if r := p.record; r.ChainSeq != link.Seq || r.Hash != p.chain.Link.Hash || r.PreviousHash != p.chain.Link.Previous {
		return fmt.Errorf("%s and %s tell of two links", chainName, recordName)
	}
	if err := p.checkFacts(link.Facts); err != nil {
		return err
	}
	return checkHead(*p.chain.Head, link, key)
}

func checkHead(head consent.Head, link consent.Link, key ed25519.PublicKey) error {
	switch {
	case !ed25519.Verify(key, head.Statement(), head.Signature):
		return fmt.Errorf("%s: the end of the chain is not signed by the trusted key", chainName)
	case head.Seq < link.Seq:
		return fmt.Errorf("%s: the chain ends before the link", chainName)
	case head.Seq == link.Seq && !bytes.Equal(head.Hash, link.Hash):
		return fmt.Errorf("%s: the chain ends with another link of this number", chainName)
	}
	return nil
}

// checkFacts holds what the link says against the packet: nothing more, nothing less, nothing else.
func (p *packet) checkFacts(facts []consent.Fact) error {
	want, err := p.facts()
	if err != nil {
		return err
	}
	for _, fact := range facts {
		value, known := want[fact.Name]
		delete(want, fact.Name)
		switch {
		case !known && p.mayBeGone(fact.Name):
		case !known:
			return fmt.Errorf("%s says %q, or says it twice, and nothing in the packet does", chainName, fact.Name)
		case fact.Name == actsFact:
			if err := p.checkActs(fact.Value); err != nil {
				return err
			}
		case fact.Value != value:
			return fmt.Errorf("%s and the rest of the packet do not say the same of %q", chainName, fact.Name)
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("%s does not say %q", chainName, slices.Sorted(maps.Keys(want)))
	}
	return nil
}

const (
	actsFact   = "acts"
	zoneFact   = "zone"
	keptDigest = "page_kept_sha256"
)

// facts is what the link has to say, by name.
func (p *packet) facts() (map[string]string, error) {
	r := p.record
	at, err := time.Parse(stamp, r.At)
	if err != nil {
		return nil, fmt.Errorf("%s has no time", recordName)
	}
	facts := map[string]string{
		"lead": string(r.PartnerLeadID), "at": strconv.FormatInt(at.UnixMilli(), 10),
		"channel": r.Channel, "language": r.Language, "page_url": r.PageURL, "landing_url": r.LandingURL, "referrer": r.Referrer,
		"viewport": r.Viewport, "gpc": strconv.FormatBool(r.GPC), "seller": r.Seller, "form_version": r.FormVersion,
		"certificate_state": r.CertificateState, "certificate_id": r.CertificateID, actsFact: "", "page_id": r.PageID,
	}
	if err := p.addPageFacts(facts); err != nil {
		return nil, err
	}
	return facts, p.addDigests(facts)
}

func (p *packet) addPageFacts(facts map[string]string) error {
	page := p.record.Page
	if page == nil {
		return nil
	}
	at, err := time.Parse(stamp, page.At)
	if err != nil {
		return fmt.Errorf("%s has no time of the page", recordName)
	}
	facts["page_at"], facts["page_language"] = strconv.FormatInt(at.UnixMilli(), 10), page.Language
	facts["page_length"], facts["page_full_sha256"], facts["page_sheet_sha256"] = strconv.Itoa(page.Length), page.FullSHA256, page.SheetSHA256
	return nil
}

// addDigests adds what the link says in salted hashes. Without the salt nobody can tell: it goes with
// what it salts.
func (p *packet) addDigests(facts map[string]string) error {
	salt := p.chain.DigestSalt
	for name, value := range p.sealed() {
		switch {
		case len(salt) == 0 && value != nil:
			return fmt.Errorf("%s: the salt of its hashes is missing", chainName)
		case len(salt) == 0:
		case value == nil:
			facts[name] = ""
		default:
			facts[name] = consent.Digest(salt, []byte(name+"\x00"+*value))
		}
	}
	return nil
}

// sealed is what the link says in salted hashes, by its names for it.
func (p *packet) sealed() map[string]*string {
	r := p.record
	values := map[string]*string{
		"person_name": r.PersonName, "phone": r.PhoneConsented, "client_ip": r.ClientIP, "user_agent": r.UserAgent,
		"proxy_chain": r.ProxyChain, "certificate_url": r.CertificateURL, keptDigest: nil,
	}
	if r.Page != nil {
		values[keptDigest] = &r.Page.KeptSHA256
	}
	if r.Zone != nil || p.chain.Link.says(zoneFact) { // a record without a zone has no such fact
		values[zoneFact] = r.Zone
	}
	return values
}

// mayBeGone says whether the link may say something that the packet cannot: of a page that is erased,
// and in hashes whose salt is.
func (p *packet) mayBeGone(fact string) bool {
	if strings.HasPrefix(fact, "page_") && fact != keptDigest {
		return p.record.Page == nil && p.record.PageID != ""
	}
	_, salted := p.sealed()[fact]
	return salted && len(p.chain.DigestSalt) == 0
}

// checkActs compares the consents by what they say: the link has them as they were written down.
func (p *packet) checkActs(written string) error {
	var acts []consent.Act
	if err := strictly([]byte(written), &acts); err != nil {
		return fmt.Errorf("%s tells of consents in a form that this program does not know", chainName)
	}
	if !slices.Equal(acts, p.record.Objects) {
		return fmt.Errorf("%s and %s do not tell of the same consents", chainName, recordName)
	}
	return nil
}
