package verify_test

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"intake/internal/consent"
	"intake/internal/evidence"
	"intake/internal/evidence/evidencetest"
	"intake/internal/evidence/packet"
	"intake/internal/evidence/verify"
)

func TestPacket_FindsEveryChangeWithoutTheKey(t *testing.T) {
	data := evidencetest.NewCase(t, "en").Build(t)
	fresh := func() map[string][]byte { return evidencetest.Files(t, data) }
	edited := func(name, old, new string) []byte {
		files := fresh()
		if !bytes.Contains(files[name], []byte(old)) {
			t.Fatalf("%s has no %q", name, old)
		}
		files[name] = bytes.Replace(files[name], []byte(old), []byte(new), 1)
		return evidencetest.Pack(t, files)
	}
	with := func(name string, body []byte) []byte {
		files := fresh()
		files[name] = body
		return evidencetest.Pack(t, files)
	}
	without := func(name string) []byte {
		files := fresh()
		delete(files, name)
		return evidencetest.Pack(t, files)
	}
	renamed := func(name, to string) []byte {
		files := fresh()
		files[to] = files[name]
		delete(files, name)
		return evidencetest.Pack(t, files)
	}
	swapped := func(a, b string) []byte {
		files := fresh()
		files[a], files[b] = files[b], files[a]
		return evidencetest.Pack(t, files)
	}
	more := func(e ...entry) []byte { return packedInOrder(t, append(entriesOf(fresh()), e...)...) }
	sig := fresh()[packet.SignatureFile]
	for _, tt := range []struct {
		story string
		data  []byte
		says  string
	}{
		{"a byte of the page", edited(packet.PageFile, "March", "march"), "page.html is not as it was signed: its SHA-256 is another"},
		{"a word of the page more", edited(packet.PageFile, "<main>", "<main>x"), "page.html is not as it was signed: it has"},
		{"a byte of the sheet", edited(packet.StyleFile, "#123", "#124"), "style.css is not as it was signed"},
		{"a byte of the record", edited(packet.RecordFile, `"given": false`, `"given": true `), "record.json is not as it was signed"},
		{"a byte of the chain", edited(packet.ChainFile, "linked", "Linked"), "chain.json is not as it was signed"},
		{"a byte of the parts", edited(packet.PartsFile, "shell", "words"), "page-parts.json is not as it was signed"},
		{"a byte of a text", edited("texts/credit-3.json", "credit", "debits"), "texts/credit-3.json is not as it was signed"},
		{"a byte of the README", edited(packet.ReadmeFile, "WHAT", "what"), "README.txt is not as it was signed"},
		{"a byte of the manifest", edited(packet.ManifestFile, `"v1"`, `"v2"`), "manifest.sig is not the signature of manifest.json"},
		{"white space in the manifest", edited(packet.ManifestFile, "\n", "\n "), "manifest.sig is not the signature of manifest.json"},
		{"a byte of the signature", with(packet.SignatureFile, append([]byte{sig[0] ^ 1}, sig[1:]...)), "manifest.sig is not the signature of manifest.json"},
		{"a short signature", with(packet.SignatureFile, sig[1:]), "manifest.sig is not the signature of manifest.json"},
		{"a signature and more", with(packet.SignatureFile, append(bytes.Clone(sig), 0)), "manifest.sig is not the signature of manifest.json"},
		{"no signature", without(packet.SignatureFile), "manifest.sig is missing"},
		{"no manifest", without(packet.ManifestFile), "manifest.json is missing"},
		{"no page", without(packet.PageFile), "page.html is missing"},
		{"no text", without("texts/terms-3.json"), "texts/terms-3.json is missing"},
		{"no chain", without(packet.ChainFile), "chain.json is missing"},
		{"a file more", with("note.txt", nil), "the packet has the file note.txt, which was not in it when it was signed"},
		{"a text more", with("texts/credit-1.json", []byte("{}")), "the packet has the file texts/credit-1.json, which was not"},
		{"another name", renamed(packet.RecordFile, "Record.json"), "record.json is missing"},
		{"another folder", renamed("texts/credit-3.json", "credit-3.json"), "texts/credit-3.json is missing"},
		{"two files that changed places", swapped(packet.PageFile, packet.StyleFile), "page.html is not as it was signed"},
		{"a file twice, the same", more(entry{name: packet.PageFile, body: fresh()[packet.PageFile]}), "the packet has the file page.html twice"},
		{"a file twice, another", more(entry{name: packet.PageFile, body: []byte("x")}), "the packet has the file page.html twice"},
		{"a name that leads out", more(entry{name: "../../etc/passwd"}), "leads out of its folder"},
		{"a name from the root", more(entry{name: "/etc/passwd"}), "leads out of its folder"},
		{"a name that leads out on Windows", more(entry{name: `..\..\evil.txt`}), "leads out of its folder"},
		{"a name with a drive", more(entry{name: `c:/evil.txt`}), "leads out of its folder"},
		{"a name that goes up in the middle", more(entry{name: "texts/../../evil.txt"}), "leads out of its folder"},
		{"a folder", more(entry{name: "folder/"}), `has a file named "folder/"`},
		{"a name of another script", more(entry{name: "раgе.html"}), "has a file named"},
		{"a name with a line feed", more(entry{name: "page.html\nx"}), "has a file named"},
		{"another order", packedInOrder(t, slices.Concat(entriesOf(fresh())[1:], entriesOf(fresh())[:1])...), "the zip around them is not"},
		{"a little data behind the end", append(bytes.Clone(data), "more"...), "the zip around them is not"},
		{"much data behind the end", append(bytes.Clone(data), make([]byte, 1<<17)...), "something behind its end"},
		{"data before the start", append([]byte("more"), data...), "the zip around them is not"},
		{"a comment", withComment(data), "the zip around them is not"},
		{"cut off", data[:len(data)-1], "is cut off"},
		{"cut in half", data[:len(data)/2], "is cut off"},
		{"empty", nil, "is no zip file"},
		{"no zip", []byte("%PDF-1.7"), "is no zip file"},
		{"packed anew by another program", packedBy(t, entriesOf(fresh())...), "the zip was packed anew"},
		{"compressed", packedBy(t, entry{packet.PageFile, fresh()[packet.PageFile], zip.Deflate}), "page.html is compressed"},
		{"a bomb", packedBy(t, entry{packet.PageFile, make([]byte, 64<<20), zip.Deflate}), "page.html is compressed"},
		{"a broken header of a file", append([]byte{'p'}, data[1:]...), "README.txt cannot be read: the zip is damaged"},
		{"a file that says it is huge", claiming(t, 1<<30), "page.html says that it is larger than the packet"},
		{"a file that goes on behind the end", claiming(t, 100), "page.html is cut off"},
		{"larger than any packet", make([]byte, packet.MaxBytes+1), "larger than 16 MB"},
		{"more files than any packet", packedBy(t, slices.Repeat([]entry{{name: "a.txt"}}, 65)...), "has 65 files"},
		{"hashes made anew, signed by a stranger", evidencetest.Resign(t, withEdit(fresh(), packet.PageFile, "March", "Marsh"), evidencetest.Stranger), "the packet is signed by the key " + packet.Fingerprint(evidencetest.Stranger.Public())},
		{"nothing changed, signed by a stranger", evidencetest.Resign(t, fresh(), evidencetest.Stranger), "the packet is signed by the key " + packet.Fingerprint(evidencetest.Stranger.Public())},
		{"signed by a stranger in our name", signedInOurName(t, fresh()), "manifest.sig is not the signature of manifest.json by the trusted key"},
	} {
		report, err := verify.Packet(tt.data, evidencetest.Ours.Public())
		if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", tt.story, err, tt.says)
		}
		if report.Proven != nil {
			t.Errorf("%s: it reports %q", tt.story, report.Proven)
		}
	}
	if _, err := verify.Packet(data, evidencetest.Ours.Public()); err != nil {
		t.Errorf("unchanged: %v", err)
	}
	if _, err := verify.Packet(data, nil); err == nil || !strings.Contains(err.Error(), "a public key from outside it") {
		t.Errorf("without a key: %v", err)
	}
}

func TestPacket_FindsAChangedByteAnywhere(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	c.EraseEvidence()
	c.Texts = nil
	data := c.Build(t)
	for i := 0; i < len(data); i += 23 {
		data[i] ^= 0x20
		if _, err := verify.Packet(data, evidencetest.Ours.Public()); err == nil {
			t.Errorf("byte %d of %d", i, len(data))
		}
		data[i] ^= 0x20
	}
	if _, err := verify.Packet(data, evidencetest.Ours.Public()); err != nil {
		t.Error(err)
	}
}

// TestPacket_FindsAContradictionUnderAValidSignature changes what only the owner of the key could have signed.
func TestPacket_FindsAContradictionUnderAValidSignature(t *testing.T) {
	full := evidencetest.NewCase(t, "en").Build(t)
	bare := evidencetest.NewCase(t, "en")
	bare.EraseAnswers()
	erased := bare.Build(t)
	onRecord := func(change func(*packet.Record)) func(*testing.T, map[string][]byte) {
		return func(t *testing.T, files map[string][]byte) {
			r := evidencetest.Decode[packet.Record](t, files[packet.RecordFile])
			change(&r)
			files[packet.RecordFile] = evidencetest.Encode(t, r)
		}
	}
	onChain := func(change func(*packet.Chain)) func(*testing.T, map[string][]byte) {
		return func(t *testing.T, files map[string][]byte) {
			chain := evidencetest.Decode[packet.Chain](t, files[packet.ChainFile])
			change(&chain)
			files[packet.ChainFile] = evidencetest.Encode(t, chain)
		}
	}
	onParts := func(change func([]packet.Part) []packet.Part) func(*testing.T, map[string][]byte) {
		return func(t *testing.T, files map[string][]byte) {
			files[packet.PartsFile] = evidencetest.Encode(t, change(evidencetest.Decode[[]packet.Part](t, files[packet.PartsFile])))
		}
	}
	replace := func(name, old, new string) func(*testing.T, map[string][]byte) {
		return func(t *testing.T, files map[string][]byte) {
			if !bytes.Contains(files[name], []byte(old)) {
				t.Fatalf("%s has no %q", name, old)
			}
			files[name] = bytes.Replace(files[name], []byte(old), []byte(new), 1)
		}
	}
	remove := func(names ...string) func(*testing.T, map[string][]byte) {
		return func(t *testing.T, files map[string][]byte) {
			for _, name := range names {
				delete(files, name)
			}
		}
	}
	gone := evidencetest.NewCase(t, "en")
	gone.EraseEvidence()
	bareOfAll := gone.Build(t)
	noZone := evidencetest.NewCase(t, "en")
	noZone.SetZone(t, "")
	withoutZone := noZone.Build(t)
	for _, tt := range []struct {
		story  string
		data   []byte
		change func(*testing.T, map[string][]byte)
		says   string
	}{
		{"other words of a text, and no page", bareOfAll, replace("texts/credit-3.json", "my credit report", "your credit report"), "texts/credit-3.json is not the text that was shown"},
		{"no record of the chain", full, remove(packet.ChainFile), "chain.json is missing"},
		{"no time", full, onRecord(func(r *packet.Record) {
			r.At, r.LocalAt = "now", ""
			r.Gaps = append(r.Gaps, packet.Gap{Field: "localAt", Reason: "none"})
		}), "record.json has no time"},
		{"another format of the record", full, replace(packet.RecordFile, packet.RecordFormat, "intake evidence record 2"), `of the format "intake evidence record 2"`},
		{"a field that nobody knows", full, replace(packet.RecordFile, `"seller"`, `"sellers"`), "record.json is not of a form that this program knows"},
		{"something behind the record", full, replace(packet.RecordFile, "\n}\n", "\n}\n{}"), "something stands behind its end"},
		{"another lead", full, onRecord(func(r *packet.Record) { r.PartnerLeadID = "OTHER" }), "are about two leads"},
		{"two times", full, onRecord(func(r *packet.Record) { r.LocalAt = "2026-03-02T10:04:05.678-06:00" }), "not one moment"},
		{"a field left out in silence", full, onRecord(func(r *packet.Record) { r.Gaps = r.Gaps[1:] }), "leaves out recordId and does not name the gap"},
		{"a gap without a reason", full, onRecord(func(r *packet.Record) { r.Gaps[0].Reason = "" }), "does not name the gap"},
		{"a text without a word", full, remove("texts/credit-3.json"), "texts/credit-3.json is missing, and record.json does not name the gap"},
		{"a document without a word", full, remove("texts/privacy-notice-2.json"), "texts/privacy-notice-2.json is missing, and record.json does not name the gap"},
		{"other words of a text", full, replace("texts/credit-3.json", "my credit report", "your credit report"), "do not have the hash of the act"},
		{"words of a text's other language", full, replace("texts/credit-3.json", `"es"`, `"fr"`), "it is no consent text"},
		{"the version of a text", full, replace("texts/credit-3.json", `"3"`, `"4"`), `it is version 4 of "credit"`},
		{"the version of a document", full, replace("texts/terms-of-use-3.json", `"3"`, `"4"`), "not the document that the page names"},
		{"no document at all", full, replace("texts/terms-of-use-3.json", `"passages"`, `"passage"`), "it is no document"},
		{"a text that nobody was asked about", full, func(t *testing.T, files map[string][]byte) { files["texts/recording-2.json"] = []byte("{}") }, "texts/recording-2.json is a text that nobody was asked about"},
		{"the label of a box", full, onRecord(func(r *packet.Record) { r.Objects[0].Control = "OK" }), "has another label"},
		{"a consent that was not given", full, onRecord(func(r *packet.Record) { r.Objects[2].Given = true }), "do not tell of the same consents"},
		{"another number", full, onRecord(func(r *packet.Record) { r.PhoneConsented = text("5125550149") }), "asks about another telephone number"},
		{"another name", full, onRecord(func(r *packet.Record) { r.PersonName = text("Mario O'Brien") }), "does not show line 3 of texts/credit-3.json"},
		{"another seller", full, onRecord(func(r *packet.Record) { r.Seller = "Another LLC" }), "does not show line 3 of texts/credit-3.json"},
		{"another address", full, onRecord(func(r *packet.Record) { r.ClientIP = text("198.51.100.8") }), `do not say the same of "client_ip"`},
		{"another zone", full, onRecord(func(r *packet.Record) { r.Zone = text("America/Denver") }), `do not say the same of "zone"`},
		{"no zone", full, onRecord(func(r *packet.Record) {
			r.Zone = nil
			r.Gaps = append(r.Gaps, packet.Gap{Field: "zone", Reason: "none"})
		}), `do not say the same of "zone"`},
		{"a zone that the link does not have", withoutZone, onRecord(func(r *packet.Record) {
			r.Zone = text("America/Denver")
		}), `do not say the same of "zone"`},
		{"no browser", full, onRecord(func(r *packet.Record) { r.UserAgent = nil }), "leaves out userAgent"},
		{"another time", full, onRecord(func(r *packet.Record) { r.At, r.LocalAt = "2026-03-02T15:04:05.679Z", "2026-03-02T15:04:05.679Z" }), `do not say the same of "at"`},
		{"another language", full, onRecord(func(r *packet.Record) { r.Language = "es" }), `do not say the same of "language"`},
		{"another signal", full, onRecord(func(r *packet.Record) { r.GPC = true }), `do not say the same of "gpc"`},
		{"another certificate", full, onRecord(func(r *packet.Record) { r.CertificateURL = text("https://cert.trustedform.com/0a1c") }), `do not say the same of "certificate_url"`},
		{"another link", full, onRecord(func(r *packet.Record) { r.ChainSeq = 3 }), "tell of two links"},
		{"a page of another moment", full, onRecord(func(r *packet.Record) { r.Page.At = "2026-03-02T15:03:05.679Z" }), `do not say the same of "page_at"`},
		{"a page without a time", full, onRecord(func(r *packet.Record) { r.Page.At = "now" }), "has no time of the page"},
		{"a page that nothing tells of", full, onRecord(func(r *packet.Record) { r.Page = nil }), "the packet has page.html, of which record.json knows nothing"},
		{"no page", full, remove(packet.PageFile, packet.PartsFile), "page.html, style.css or page-parts.json is missing"},
		{"no sheet", full, remove(packet.StyleFile), "page.html, style.css or page-parts.json is missing"},
		{"another sheet", full, replace(packet.StyleFile, "#123", "#321"), "style.css is not the sheet"},
		{"a byte of the page", full, replace(packet.PageFile, "Date of birth", "Date of Birth"), "is not as page-parts.json has it"},
		{"a page that is longer", full, replace(packet.PageFile, "</html>", "</html>\n"), "page.html is longer than its parts"},
		{"a page that is shorter", full, replace(packet.PageFile, "</html>", ""), "page.html is shorter than its parts"},
		{"parts in another order", full, onParts(func(p []packet.Part) []packet.Part { p[0], p[1] = p[1], p[0]; return p }), "is not as page-parts.json has it"},
		{"a part less", full, onParts(func(p []packet.Part) []packet.Part { return p[:len(p)-1] }), "page.html is longer than its parts"},
		{"a part of a negative length", full, onParts(func(p []packet.Part) []packet.Part { p[0].Length = -1; return p }), "page.html is shorter than its parts"},
		{"a part of no kind", full, onParts(func(p []packet.Part) []packet.Part { p[0].Kind = "salt"; return p }), "of an unknown kind"},
		{"answers that are no answers", full, onParts(func(p []packet.Part) []packet.Part { p[1].Kind = packet.WordsPart; return p }), "does not follow from it"},
		{"another hash of the answers", full, onParts(func(p []packet.Part) []packet.Part { p[1].Salted = packet.Hash(nil); return p }), "has another salted hash"},
		{"another salt", full, onRecord(func(r *packet.Record) { r.Page.Salt[0] ^= 1 }), "has another salted hash"},
		{"no salt", full, onRecord(func(r *packet.Record) { r.Page.Salt = nil }), "has another salted hash"},
		{"another hash of the page", full, onRecord(func(r *packet.Record) { r.Page.FullSHA256 = packet.Hash(nil) }), "not the page that was sent"},
		{"another length of the page", full, onRecord(func(r *packet.Record) { r.Page.Length++ }), "not the page that was sent"},
		{"another hash of what is kept", full, onRecord(func(r *packet.Record) { r.Page.KeptSHA256 = packet.Hash(nil) }), "does not follow from it"},
		{"erased answers that are there", full, onRecord(func(r *packet.Record) { r.Page.Erased = true }), "should be the marker of erased answers"},
		{"erased answers with another marker", erased, onParts(func(p []packet.Part) []packet.Part { p[1].Salted = packet.Hash(nil); return p }), "should be the marker of erased answers"},
		{"another hash of an erased page", erased, onRecord(func(r *packet.Record) { r.Page.KeptSHA256 = packet.Hash(nil) }), "not the page that was kept"},
		{"another hash of a page that nobody can have", erased, onRecord(func(r *packet.Record) { r.Page.FullSHA256 = packet.Hash(nil) }), `do not say the same of "page_full_sha256"`},
		{"another fact", full, onChain(func(c *packet.Chain) { c.Link.Facts[4].Value = "es" }), "is not as it was written"},
		{"a fact less", full, onChain(func(c *packet.Chain) { c.Link.Facts = c.Link.Facts[1:] }), "is not as it was written"},
		{"another link before", full, onChain(func(c *packet.Chain) { c.Link.Previous = packet.Hash(nil) }), "is not as it was written"},
		{"another number of the link", full, onChain(func(c *packet.Chain) { c.Link.Seq = 1 }), "is not as it was written"},
		{"a hash that is none", full, onChain(func(c *packet.Chain) { c.Link.Hash = "x" }), "has a hash that is none"},
		{"no link", full, onChain(func(c *packet.Chain) { c.Link = nil }), "neither a link nor the word"},
		{"no end", full, onChain(func(c *packet.Chain) { c.Head = nil }), "neither a link nor the word"},
		{"a link that is denied", full, onChain(func(c *packet.Chain) { *c = packet.Chain{State: packet.Unlinked} }), "neither a link nor the word"},
		{"no salt of the hashes", full, onChain(func(c *packet.Chain) { c.DigestSalt = nil }), "the salt of its hashes is missing"},
		{"another salt of the hashes", full, onChain(func(c *packet.Chain) { c.DigestSalt[0] ^= 1 }), "do not say the same of"},
		{"an end that was moved", full, onChain(func(c *packet.Chain) { c.Head.Seq++ }), "not signed by the trusted key"},
	} {
		files := evidencetest.Files(t, tt.data)
		tt.change(t, files)
		_, err := verify.Packet(evidencetest.Resign(t, files, evidencetest.Ours), evidencetest.Ours.Public())
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.story, err, tt.says)
		}
	}
}

// TestPacket_FindsALinkWithMoreOrFewerFacts makes links whose hash is right.
func TestPacket_FindsALinkWithMoreOrFewerFacts(t *testing.T) {
	for story, tt := range map[string]struct {
		change func([]consent.Fact) []consent.Fact
		says   string
	}{
		"more":  {func(f []consent.Fact) []consent.Fact { return append(f, consent.Fact{Name: "more", Value: "x"}) }, `says "more"`},
		"twice": {func(f []consent.Fact) []consent.Fact { return append(f, f[0]) }, `says "lead", or says it twice`},
		"less":  {func(f []consent.Fact) []consent.Fact { return f[1:] }, `does not say ["lead"]`},
		"acts in a form of another time": {func(f []consent.Fact) []consent.Fact {
			i := slices.IndexFunc(f, func(f consent.Fact) bool { return f.Name == "acts" })
			f[i].Value = strings.Replace(f[i].Value, `"given"`, `"granted"`, 1)
			return f
		}, "in a form that this program does not know"},
	} {
		c := evidencetest.NewCase(t, "en")
		c.Link = consent.Head{Seq: 1, Hash: c.Link.Previous}.Append(tt.change(c.Link.Facts))
		c.SetHead(c.Link)
		if _, err := evidence.Build(c.Case, evidencetest.Ours); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", story, err, tt.says)
		}
	}
}

func TestPacket_ComparesThePageOfTheRecordWithTheManifest(t *testing.T) {
	files := evidencetest.Files(t, evidencetest.NewCase(t, "en").Build(t))
	for says, change := range map[string][2]string{
		"tell of two pages":                   {`"answersErased": false`, `"answersErased": true`},
		"not of a form that this program":     {`"program"`, `"programme"`},
		"something stands behind its end":     {"\n}\n", "\n}\n{}"},
		"and this program knows \"intake evi": {packet.ManifestFormat, "intake evidence packet 2"},
	} {
		changed := maps.Clone(files)
		changed[packet.ManifestFile] = bytes.Replace(files[packet.ManifestFile], []byte(change[0]), []byte(change[1]), 1)
		changed[packet.SignatureFile] = evidencetest.Ours.Sign(changed[packet.ManifestFile])
		if _, err := verify.Packet(evidencetest.Pack(t, changed), evidencetest.Ours.Public()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

func TestPacket_RefusesAManifestThatNamesAnotherKey(t *testing.T) {
	files := evidencetest.Files(t, evidencetest.NewCase(t, "en").Build(t))
	m := evidencetest.Decode[packet.Manifest](t, files[packet.ManifestFile])
	for story, change := range map[string]func(*packet.Manifest){
		"names another key than":      func(m *packet.Manifest) { m.Key.SHA256 = packet.Fingerprint(evidencetest.Stranger.Public()) },
		"the packet is of the format": func(m *packet.Manifest) { m.Format = "intake evidence packet 2" },
		"names another key":           func(m *packet.Manifest) { m.Key.Algorithm = "RSA" },
		"names another key than the":  func(m *packet.Manifest) { m.Key.PublicKey = []byte("x") },
	} {
		other := m
		change(&other)
		files[packet.ManifestFile] = evidencetest.Encode(t, other)
		files[packet.SignatureFile] = evidencetest.Ours.Sign(files[packet.ManifestFile])
		if _, err := verify.Packet(evidencetest.Pack(t, files), evidencetest.Ours.Public()); err == nil || !strings.Contains(err.Error(), story) {
			t.Errorf("%v, want %q", err, story)
		}
	}
}
