// Package evidencetest has a case to make packets of, and the tools to change a packet. Tests use it.
package evidencetest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"slices"
	"strconv"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/evidence"
	"intake/internal/evidence/packet"
	"intake/internal/lead"
)

// Key signs as the keys of the program do.
type Key struct{ private ed25519.PrivateKey }

// Sign signs the message.
func (k Key) Sign(message []byte) []byte { return ed25519.Sign(k.private, message) }

// Public is the public key.
func (k Key) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

func keyOf(seed byte) Key {
	return Key{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
}

// Ours is the trusted key, and Stranger another one.
var Ours, Stranger = keyOf(1), keyOf(2)

// At is the time of the consent.
var At = time.Date(2026, time.March, 2, 15, 4, 5, 678e6, time.UTC)

// Answers of the applicant.
const (
	SSN       = "219099999"
	BirthDate = "1979-03-14"
	Income    = "$3,200"
)

// Case is the case of one lead, as the store would have it.
type Case struct{ evidence.Case }

// BuiltIn are the texts that ship with the program.
func BuiltIn(t testing.TB) consent.Texts {
	t.Helper()
	texts, err := consent.Load(consent.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// NewCase is the case of Maria, whose page is stored in full and whose record is the second link.
func NewCase(t testing.TB, language string) Case {
	t.Helper()
	acts := BuiltIn(t).Acts(language)
	acts[0].Given, acts[1].Given = true, true
	c := Case{evidence.Case{
		Lead: lead.Lead{
			ID: "LEAD2222", AlleviateID: "abc-1", ResultCode: 1015,
			Applicant: lead.Applicant{SocialSecurityNumber: lead.Keep(SSN), DateOfBirth: lead.Keep(lead.Date{Year: 1979, Month: 3, Day: 14})},
		},
		Events: []packet.Event{{At: At.Add(time.Second), Event: lead.Answered, AlleviateID: "abc-1", ResultCode: 1015}},
		Record: consent.Record{
			At: At, Channel: "consumer-web", Language: language, PageURL: "https://apply.example/apply/check", PageID: "PAGE2222PAGE2222PAGE",
			LandingURL: "https://apply.example/", Referrer: "https://news.example", Viewport: "360x640", Seller: "Seller & Sons LLC", FormVersion: "v1",
			PersonName: lead.Keep("María O'Brien"), Phone: lead.Keep("5125550148"), ClientIP: lead.Keep("198.51.100.7"),
			UserAgent: lead.Keep("Browser/1.0"), ProxyChain: lead.Keep("198.51.100.7"), Acts: acts, Zone: lead.Keep("America/Chicago"),
			Certificate: consent.Certificate{State: "given", URL: lead.Keep("https://cert.trustedform.com/0a1b"), ID: "0a1b"},
		},
		Texts: []fs.FS{consent.BuiltIn()}, MadeAt: At.Add(time.Hour), Program: "v1",
		PageSalt: bytes.Repeat([]byte{3}, 32), DigestSalt: bytes.Repeat([]byte{5}, 32),
	}}
	c.Show(t, DrawPage(t, c))
	c.Chain(t)
	return c
}

// DrawPage is a check page, with marks around the personal parts.
func DrawPage(t testing.TB, c Case) string {
	t.Helper()
	var page bytes.Buffer
	fmt.Fprintf(&page, `<!doctype html><html lang=%q><head><title>Check</title><link rel="stylesheet" href="/static/consumer.%s.css"></head><body><main>`,
		c.Record.Language, packet.Hash([]byte(sheet))[:16])
	fmt.Fprintf(&page, "%s<dl><dt>Date of birth</dt><dd>March 14, 1979</dd><dt>Income</dt><dd>%s</dd><dt>SSN</dt><dd>ends 9999</dd></dl>%s", consent.Begin(consent.Answers), Income, consent.End())
	fmt.Fprintf(&page, `<form><input type="hidden" name="request" value="%s">`, consent.Mark(consent.Words, "TOKEN"))
	names := consent.Names{Seller: c.Record.Seller, Contact: "(512) 555-0100", Name: consent.Mark(consent.Words, "María O'Brien"), Phone: consent.Mark(consent.Words, "(512) 555-0148")}
	for _, shown := range BuiltIn(t).For(c.Record.Language, names) {
		fmt.Fprintf(&page, "<section><h3>%s</h3>\n<p>%s</p>", html.EscapeString(shown.Heading), html.EscapeString(shown.Summary))
		for _, paragraph := range shown.Paragraphs {
			fmt.Fprintf(&page, "<p>%s</p>", html.EscapeString(paragraph))
		}
		fmt.Fprintf(&page, `<label><input type="checkbox" name="%s" value="yes"> <span>%s</span></label></section>`, shown.Purpose, html.EscapeString(shown.Control))
	}
	fmt.Fprintf(&page, "<button>%s</button></form></main></body></html>", consent.Button(c.Record.Language))
	return page.String()
}

const keptFact = "page_kept_sha256"

const sheet = "body{color:#123}"

// Show makes the drawn page the page of the case, as the store does.
func (c *Case) Show(t testing.TB, drawn string) {
	t.Helper()
	parts, err := consent.Cut([]byte(drawn))
	if err != nil {
		t.Fatal(err)
	}
	p := consent.Page{ID: c.Record.PageID, At: At.Add(-time.Minute), Language: c.Record.Language, Parts: parts, Sheet: []byte(sheet)}
	p.FullSHA256, p.KeptSHA256 = consent.Digest(c.PageSalt, p.Bytes()), packet.Hash(p.Kept(c.PageSalt).Bytes())
	c.Page, c.PageLength = p, len(p.Bytes())
}

// Chain makes the case the second link of a chain, as the store does.
func (c *Case) Chain(t testing.TB) {
	t.Helper()
	acts, err := json.Marshal(c.Record.Acts)
	if err != nil {
		t.Fatal(err)
	}
	r := c.Record
	facts := []consent.Fact{
		{Name: "lead", Value: string(c.Lead.ID)},
		{Name: "at", Value: strconv.FormatInt(r.At.UnixMilli(), 10)}, {Name: "channel", Value: r.Channel}, {Name: "language", Value: r.Language},
		{Name: "page_url", Value: r.PageURL}, {Name: "landing_url", Value: r.LandingURL}, {Name: "referrer", Value: r.Referrer},
		{Name: "viewport", Value: r.Viewport}, {Name: "gpc", Value: strconv.FormatBool(r.GPC)}, {Name: "seller", Value: r.Seller},
		{Name: "form_version", Value: r.FormVersion}, {Name: "certificate_state", Value: r.Certificate.State},
		{Name: "certificate_id", Value: r.Certificate.ID}, {Name: "acts", Value: string(acts)}, {Name: "page_id", Value: r.PageID},
	}
	if p := c.Page; p.ID != "" {
		facts = append(facts, consent.Fact{Name: "page_at", Value: strconv.FormatInt(p.At.UnixMilli(), 10)}, consent.Fact{Name: "page_language", Value: p.Language},
			consent.Fact{Name: "page_length", Value: strconv.Itoa(c.PageLength)}, consent.Fact{Name: "page_full_sha256", Value: p.FullSHA256},
			consent.Fact{Name: "page_sheet_sha256", Value: packet.Hash(p.Sheet)})
	}
	for _, f := range []struct {
		name  string
		value lead.Private[string]
	}{
		{"person_name", r.PersonName}, {"phone", r.Phone}, {"client_ip", r.ClientIP}, {"user_agent", r.UserAgent},
		{"proxy_chain", r.ProxyChain}, {"certificate_url", r.Certificate.URL}, {"zone", r.Zone}, {keptFact, lead.Keep(c.Page.KeptSHA256)},
	} {
		value := ""
		if f.value.Given() && (f.name != keptFact || c.Page.ID != "") {
			value = consent.Digest(c.DigestSalt, []byte(f.name+"\x00"+f.value.Reveal()))
		}
		facts = append(facts, consent.Fact{Name: f.name, Value: value})
	}
	if r.Channel == consent.RecordedCall {
		facts = append(facts, c.callFacts()...)
	}
	first := consent.Head{}.Append(nil)
	c.Link = consent.Head{Seq: first.Seq, Hash: first.Hash}.Append(facts)
	c.SetHead(c.Link)
}

// SetZone gives the record a zone, or none for an empty one, and links it again.
func (c *Case) SetZone(t testing.TB, zone string) {
	t.Helper()
	c.Record.Zone = lead.Private[string]{}
	if zone != "" {
		c.Record.Zone = lead.Keep(zone)
	}
	c.Chain(t)
}

// SetHead makes the link the signed end of the chain.
func (c *Case) SetHead(l consent.Link) {
	c.Head = consent.Head{Seq: l.Seq, Hash: l.Hash, At: At.Add(30 * time.Minute)}
	c.Head.Signature = Ours.Sign(c.Head.Statement())
}

// EraseAnswers leaves what is left when the answers are erased.
func (c *Case) EraseAnswers() {
	full, kept := c.Page.FullSHA256, c.Page.KeptSHA256
	c.Page = c.Page.Kept(c.PageSalt)
	c.Page.FullSHA256, c.Page.KeptSHA256, c.PageSalt = full, kept, nil
	c.Lead.Applicant, c.Lead.ErasedAt = lead.Applicant{}, At.AddDate(0, 1, 0)
}

// EraseEvidence leaves what is left five years later.
func (c *Case) EraseEvidence() {
	c.EraseAnswers()
	c.Page, c.PageLength, c.DigestSalt, c.EvidenceErased = consent.Page{}, 0, nil, At.AddDate(5, 0, 0)
	r := &c.Record
	for _, sealed := range []*lead.Private[string]{&r.PersonName, &r.Phone, &r.ClientIP, &r.UserAgent, &r.ProxyChain, &r.Certificate.URL, &r.Zone, &r.Call.ID, &r.Call.Agent} {
		*sealed = lead.Private[string]{}
	}
}

// Build makes the packet of the case.
func (c Case) Build(t testing.TB) []byte {
	t.Helper()
	data, err := evidence.Build(c.Case, Ours)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Files are the files of a packet.
func Files(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	files, err := packet.Unpack(data)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Decode reads a JSON file of a packet.
func Decode[T any](t testing.TB, body []byte) T {
	t.Helper()
	var value T
	if err := packet.Decode(body, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// Encode writes a JSON file of a packet.
func Encode(t testing.TB, value any) []byte {
	t.Helper()
	text, err := packet.Encode(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Pack packs the files.
func Pack(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	data, err := packet.Pack(files)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Resign makes all hashes and the signature of a packet again, with the key.
func Resign(t testing.TB, files map[string][]byte, key Key) []byte {
	t.Helper()
	m := Decode[packet.Manifest](t, files[packet.ManifestFile])
	var r packet.Record
	_ = json.Unmarshal(files[packet.RecordFile], &r) // some tests have broken it
	m.Page = r.Page
	delete(files, packet.ManifestFile)
	delete(files, packet.SignatureFile)
	if err := packet.Sign(files, m, key); err != nil {
		t.Fatal(err)
	}
	return Pack(t, files)
}

// GapNames are the fields of the gaps, sorted.
func GapNames(gaps []packet.Gap) []string {
	var names []string
	for _, g := range gaps {
		names = append(names, g.Field)
	}
	slices.Sort(names)
	return names
}
