package evidence_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/evidence"
	"intake/internal/evidence/evidencetest"
	"intake/internal/evidence/packet"
	"intake/internal/evidence/verify"
	"intake/internal/lead"
)

func TestBuild_MakesAPacketThatVerifies(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		c := evidencetest.NewCase(t, language)
		data := c.Build(t)
		report, err := verify.Packet(data, evidencetest.Ours.Public())
		if err != nil {
			t.Fatalf("%s: %v", language, err)
		}
		said := strings.Join(report.Proven, "\n")
		for _, want := range []string{"All 11 files", packet.Fingerprint(evidencetest.Ours.Public()), "byte for byte as it was sent", "3 of 3 consents", "Link 2 of the chain says the same as the record and the page", "the chain's signed end is this link"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the report lacks %q:\n%s", language, want, said)
			}
		}
		files := evidencetest.Files(t, data)
		if !bytes.Equal(files[packet.PageFile], c.Page.Bytes()) || !bytes.Equal(files[packet.StyleFile], c.Page.Sheet) {
			t.Errorf("%s: page or sheet are not as they were sent", language)
		}
		r := evidencetest.Decode[packet.Record](t, files[packet.RecordFile])
		if *r.PersonName != "María O'Brien" || *r.PhoneConsented != "5125550148" || *r.ClientIP != "198.51.100.7" || r.ResultCode != 1015 ||
			r.LocalAt != "2026-03-02T09:04:05.678-06:00" || r.At != "2026-03-02T15:04:05.678Z" || len(r.Objects) != 3 || !r.Objects[0].Given || r.Objects[2].Given {
			t.Errorf("%s: the record is %+v", language, r)
		}
		want := []string{"agent", "callId", "certificateExpires", "certificateMadeAt", "consentGivenCopy", "linesChecked", "linkOpenedAt", "linkRoute", "linkSentTo",
			"notACondition", "objects: recording", "partnerListVersion", "recordId", "scriptVersion", "submissionKey", "autodialerWords"}
		slices.Sort(want)
		if got := evidencetest.GapNames(report.Gaps); !slices.Equal(got, want) {
			t.Errorf("%s: gaps %q, want %q", language, got, want)
		}
	}
}

func TestBuild_TheSameCaseGivesTheSameBytes(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	if !bytes.Equal(c.Build(t), c.Build(t)) {
		t.Error("two packets of one case differ")
	}
}

func TestBuild_NamesNoAnswerOutsideThePage(t *testing.T) {
	for name, body := range evidencetest.Files(t, evidencetest.NewCase(t, "en").Build(t)) {
		if name == packet.PageFile {
			continue
		}
		for _, secret := range []string{evidencetest.SSN, "9999", evidencetest.BirthDate, "March 14", "1979", evidencetest.Income} {
			if bytes.Contains(body, []byte(secret)) {
				t.Errorf("%s holds %s", name, secret)
			}
		}
	}
}

func TestBuild_NamesWhatIsErasedOrMissing(t *testing.T) {
	for _, tt := range []struct {
		story string
		edit  func(*evidencetest.Case)
		says  string   // the report
		gaps  []string // among them
		reads string   // a reason
	}{
		{"the answers are erased", (*evidencetest.Case).EraseAnswers, "as it is kept, with a marker", []string{"requestCopy", "revocations: in part"}, "erased on 2026-04-02 with the answers: in page.html a marker"},
		{"the evidence is erased", (*evidencetest.Case).EraseEvidence, "as far as that is not erased", []string{"personName", "phoneConsented", "clientIP", "userAgent", "requestCopyKept", "certificateURL", "zone", "localAt"}, "erased on 2031-03-02: the time for which evidence is kept was over"},
		{"the record is not in the chain yet", func(c *evidencetest.Case) { c.Link, c.Head = consent.Link{}, consent.Head{} }, "not in the chain yet", []string{"hash", "previousHash", "chainSeq"}, "linked in the background"},
		{"there is no answer yet", func(c *evidencetest.Case) { c.Lead.AlleviateID, c.Lead.ResultCode, c.Events = "", 0, nil }, "Link 2", []string{"mlasId", "resultCode", "results"}, "Alleviate has not answered"},
		{"no script told the size, and the browser asked not to be followed", func(c *evidencetest.Case) {
			c.Record.Viewport, c.Record.Referrer, c.Record.GPC = "", "", true
			c.Link = consent.Link{}
		}, "not in the chain", []string{"viewport", "referrer"}, "Global Privacy Control"},
		{"the ZIP code leads to no zone", func(c *evidencetest.Case) { c.SetZone(t, "") }, "Link 2", []string{"zone", "localAt"}, "missing or unknown"},
		{"a zone that this machine does not know", func(c *evidencetest.Case) { c.SetZone(t, "Mars/Base") }, "Link 2", []string{"localAt"}, "this machine has no clock for the zone"},
	} {
		c := evidencetest.NewCase(t, "en")
		tt.edit(&c)
		report, err := verify.Packet(c.Build(t), evidencetest.Ours.Public())
		if err != nil {
			t.Errorf("%s: %v", tt.story, err)
			continue
		}
		if said := strings.Join(report.Proven, "\n"); !strings.Contains(said, tt.says) {
			t.Errorf("%s: the report lacks %q:\n%s", tt.story, tt.says, said)
		}
		named, reasons := evidencetest.GapNames(report.Gaps), ""
		for _, g := range report.Gaps {
			reasons += g.Reason + "\n"
		}
		for _, want := range tt.gaps {
			if !slices.Contains(named, want) {
				t.Errorf("%s: the gap %s is not named among %q", tt.story, want, named)
			}
		}
		if !strings.Contains(reasons, tt.reads) {
			t.Errorf("%s: no reason says %q:\n%s", tt.story, tt.reads, reasons)
		}
	}
}

// The zone is that of the day of the consent, whatever became of the ZIP code.
func TestBuild_AddsTheLocalTimeOfThePerson(t *testing.T) {
	for _, tt := range []struct {
		story      string
		edit       func(*evidencetest.Case)
		zone, time string
	}{
		{"in the record", func(*evidencetest.Case) {}, "America/Chicago", "2026-03-02T09:04:05.678-06:00"},
		{"when the answers are erased", (*evidencetest.Case).EraseAnswers, "America/Chicago", "2026-03-02T09:04:05.678-06:00"},
		{"before the record is linked", func(c *evidencetest.Case) { c.Link = consent.Link{} }, "America/Chicago", "2026-03-02T09:04:05.678-06:00"},
		{"without a zone", func(c *evidencetest.Case) { c.SetZone(t, "") }, "", ""},
		{"on a machine without its clock", func(c *evidencetest.Case) { c.SetZone(t, "Mars/Base") }, "Mars/Base", ""},
	} {
		c := evidencetest.NewCase(t, "en")
		tt.edit(&c)
		data := c.Build(t)
		if _, err := verify.Packet(data, evidencetest.Ours.Public()); err != nil {
			t.Errorf("%s: %v", tt.story, err)
		}
		var r packet.Record
		if err := json.Unmarshal(evidencetest.Files(t, data)[packet.RecordFile], &r); err != nil {
			t.Fatal(err)
		}
		zone := ""
		if r.Zone != nil {
			zone = *r.Zone
		}
		if zone != tt.zone || r.LocalAt != tt.time {
			t.Errorf("%s: it was %s in %s, want %s in %s", tt.story, r.LocalAt, zone, tt.time, tt.zone)
		}
	}
}

func TestBuild_NamesTheReasonOfEachGap(t *testing.T) {
	for _, tt := range []struct {
		story, field, reason string
		edit                 func(*evidencetest.Case)
	}{
		{"the specification", "recordId", "a record has no id of its own", nil},
		{"no agent", "callId", "the person filled in the form alone", nil},
		{"another channel", "callId", "not written down", func(c *evidencetest.Case) { c.Record.Channel = "paper" }},
		{"the visit was not recorded", "objects: recording", "not shown: the visit was not recorded", nil},
		{"a text that was not asked", "objects: marketing", "not asked", func(c *evidencetest.Case) { c.Record.Acts = c.Record.Acts[:2] }},
		{"no page", "requestCopy", "no page was kept when", func(c *evidencetest.Case) { c.Record.PageID, c.Page = "", consent.Page{} }},
		{"a page that is not there", "requestCopy", "the page is not in the database", func(c *evidencetest.Case) { c.Page = consent.Page{} }},
		{"a page whose time is over", "requestCopyKept", "erased on 2031-03-02", (*evidencetest.Case).EraseEvidence},
		{"the ZIP code is unknown", "zone", "missing or unknown", func(c *evidencetest.Case) { c.SetZone(t, "") }},
		{"the time is over", "zone", "erased on 2031-03-02", (*evidencetest.Case).EraseEvidence},
		{"no name", "personName", "not written down when", func(c *evidencetest.Case) { c.Record.PersonName = lead.Private[string]{} }},
		{"no proxy", "proxyChain", "no proxy of ours", func(c *evidencetest.Case) { c.Record.ProxyChain = lead.Private[string]{} }},
		{"no script", "viewport", "no script told it", func(c *evidencetest.Case) { c.Record.Viewport = "" }},
		{"no referrer", "referrer", "the browser named none", func(c *evidencetest.Case) { c.Record.Referrer = "" }},
		{"no certificate wanted", "certificateID", "no certificate was asked for", certificateIs("off")},
		{"no certificate came", "certificateURL", "the form brought none", certificateIs("none")},
		{"a certificate of others", "certificateURL", "was not the vendor's", certificateIs("refused")},
		{"opt-outs of the erased", "revocations: in part", "other numbers and address were erased on 2026-04-02", (*evidencetest.Case).EraseAnswers},
		{"opt-outs of nobody any more", "revocations: in part", "an opt-out of theirs cannot be found any more", (*evidencetest.Case).EraseEvidence},
		{"an opt-out", "revocations: words, done by", "a press of its button", func(c *evidencetest.Case) { c.OptOuts = []lead.OptOut{{At: evidencetest.At}} }},
		{"a document that is not there", "texts/terms-of-use-3.json", "not among the documents", func(c *evidencetest.Case) {
			c.Texts = []fs.FS{without(t, "terms-of-use-3.json")}
		}},
		{"a version that nobody knows", "texts/terms-of-use", "which version was named is not known", func(c *evidencetest.Case) {
			c.Texts = []fs.FS{without(t, "terms-3.json")}
		}},
	} {
		c := evidencetest.NewCase(t, "en")
		if tt.edit != nil {
			tt.edit(&c)
			c.Link, c.Head, c.DigestSalt = consent.Link{}, consent.Head{}, nil
		}
		report, err := verify.Packet(c.Build(t), evidencetest.Ours.Public())
		if err != nil {
			t.Errorf("%s: %v", tt.story, err)
			continue
		}
		i := slices.IndexFunc(report.Gaps, func(g packet.Gap) bool { return g.Field == tt.field })
		if i < 0 || !strings.Contains(report.Gaps[i].Reason, tt.reason) {
			t.Errorf("%s: gaps %q, want %s because %q", tt.story, report.Gaps, tt.field, tt.reason)
		}
	}
}

func certificateIs(state string) func(*evidencetest.Case) {
	return func(c *evidencetest.Case) { c.Record.Certificate = consent.Certificate{State: state} }
}

// without is the texts that ship but for one.
func without(t *testing.T, name string) fs.FS {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, consent.BuiltIn()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	return os.DirFS(dir)
}

func TestBuild_TheFirstLinkFollowsNone(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	c.Link = consent.Head{}.Append(c.Link.Facts)
	c.SetHead(c.Link)
	report, err := verify.Packet(c.Build(t), evidencetest.Ours.Public())
	if err != nil || !slices.Contains(report.Gaps, packet.Gap{Field: "previousHash", Reason: "the first link of the chain follows none"}) || slices.Contains(evidencetest.GapNames(report.Gaps), "hash") {
		t.Errorf("gaps %q, %v", report.Gaps, err)
	}
}

func TestBuild_RefusesANameThatIsNotUTF8(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	c.Record.PersonName = lead.Keep("Mar\xff")
	if _, err := evidence.Build(c.Case, evidencetest.Ours); err == nil || !strings.Contains(err.Error(), "not made of characters") {
		t.Errorf("got %v", err)
	}
}

func TestBuild_AnErasedPacketHoldsNoAnswer(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	c.EraseAnswers()
	data := c.Build(t)
	for _, gone := range []string{"March 14", evidencetest.Income, "ends 9999"} {
		if bytes.Contains(data, []byte(gone)) {
			t.Errorf("it holds %q", gone)
		}
	}
	if !bytes.Contains(data, []byte("<!-- answers erased, salted SHA-256 ")) {
		t.Error("it holds no marker")
	}
}

func TestBuild_AcceptsACaseWithAlmostNothing(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	c.Case = evidence.Case{Lead: c.Lead, Record: consent.Record{At: evidencetest.At}, MadeAt: c.MadeAt, Texts: c.Texts}
	report, err := verify.Packet(c.Build(t), evidencetest.Ours.Public())
	if err != nil {
		t.Fatal(err)
	}
	named := evidencetest.GapNames(report.Gaps)
	for _, want := range []string{"requestCopy", "requestCopyKept", "objects", "objects: marketing", "personName", "seller", "channel", "agent", "texts/terms-of-use"} {
		if !slices.Contains(named, want) {
			t.Errorf("the gap %s is not named among %q", want, named)
		}
	}
	if files := evidencetest.Files(t, c.Build(t)); files[packet.PageFile] != nil || files[packet.PartsFile] != nil {
		t.Error("it has a page")
	}
}

func TestBuild_NamesAMissingText(t *testing.T) {
	for story, edit := range map[string]func(*consent.Act){
		"this version is not among the texts": func(a *consent.Act) { a.Version = "1" },
		"has other words than those":          func(a *consent.Act) { a.SHA256 = packet.Hash(nil) },
	} {
		c := evidencetest.NewCase(t, "en")
		edit(&c.Record.Acts[0])
		c.Chain(t)
		report, err := verify.Packet(c.Build(t), evidencetest.Ours.Public())
		if err != nil {
			t.Errorf("%s: %v", story, err)
			continue
		}
		name := packet.TextFile("credit", c.Record.Acts[0].Version)
		if !slices.ContainsFunc(report.Gaps, func(g packet.Gap) bool { return g.Field == name && strings.Contains(g.Reason, story) }) {
			t.Errorf("%s: gaps are %q", story, report.Gaps)
		}
		if !strings.Contains(strings.Join(report.Proven, ""), "2 of 3 consents") {
			t.Errorf("%s: the report says %q", story, report.Proven)
		}
	}
}

func TestBuild_DistinguishesAnEmptyValueFromNone(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	c.Record.UserAgent, c.Record.ProxyChain = lead.Keep(""), lead.Private[string]{}
	c.Chain(t)
	report, err := verify.Packet(c.Build(t), evidencetest.Ours.Public())
	if err != nil {
		t.Fatal(err)
	}
	if named := evidencetest.GapNames(report.Gaps); slices.Contains(named, "userAgent") || !slices.Contains(named, "proxyChain") {
		t.Errorf("gaps %q", named)
	}
}

func TestBuild_ListsTheOptOutsOfThePerson(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	c.OptOuts = append(c.OptOuts, lead.OptOut{At: evidencetest.At.AddDate(0, 0, 3), Channel: "web", Language: "en", Phone: lead.Keep("5125550148")})
	r := evidencetest.Decode[packet.Record](t, evidencetest.Files(t, c.Build(t))[packet.RecordFile])
	if len(r.Revocations) != 1 || r.Revocations[0].At != "2026-03-05T15:04:05.678Z" || r.Revocations[0].Scope != "everything" || r.Revocations[0].Phone != "5125550148" {
		t.Errorf("revocations %+v", r.Revocations)
	}
}

func TestBuild_SaysHowFarTheEndOfTheChainIs(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	head := consent.Head{Seq: c.Link.Seq, Hash: c.Link.Hash}
	for range 3 {
		l := head.Append(nil)
		head = consent.Head{Seq: l.Seq, Hash: l.Hash}
	}
	c.Head = consent.Head{Seq: head.Seq, Hash: head.Hash, At: evidencetest.At}
	c.Head.Signature = evidencetest.Ours.Sign(c.Head.Statement())
	report, err := verify.Packet(c.Build(t), evidencetest.Ours.Public())
	if err != nil || !strings.Contains(strings.Join(report.Proven, ""), "signed end is link 5") {
		t.Errorf("%q, %v", report.Proven, err)
	}
}

// A packet is proved by what was stored, however the program draws pages by then.
func TestBuild_DoesNotRenderThePageAgain(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	c.Show(t, strings.ReplaceAll(evidencetest.DrawPage(t, c), "<section>", `<div class="of another time">`))
	c.Chain(t)
	if _, err := verify.Packet(c.Build(t), evidencetest.Ours.Public()); err != nil {
		t.Error(err)
	}
}

func TestBuild_RefusesAContradiction(t *testing.T) {
	for _, tt := range []struct {
		story string
		edit  func(*evidencetest.Case)
		says  string
	}{
		{"the page is not the one that was kept", func(c *evidencetest.Case) { c.Page.FullSHA256 = packet.Hash(nil) }, "not the page that was sent"},
		{"what is kept of the page is another", func(c *evidencetest.Case) { c.Page.KeptSHA256 = packet.Hash(nil) }, "does not follow from it"},
		{"the salt of the page is gone alone", func(c *evidencetest.Case) { c.PageSalt = nil }, "salt of the page is missing"},
		{"the page has another sheet", func(c *evidencetest.Case) { c.Page.Sheet = []byte("p{}") }, "does not name style.css"},
		{"the link is not as it was written", func(c *evidencetest.Case) { c.Link.Hash = bytes.Repeat([]byte{1}, 32) }, "not as it was written"},
		{"the record was changed behind the chain", func(c *evidencetest.Case) { c.Record.LandingURL = "https://other.example/" }, `do not say the same of "landing_url"`},
		{"the name was changed behind the chain", func(c *evidencetest.Case) { c.Record.UserAgent = c.Record.PersonName }, `do not say the same of "user_agent"`},
		{"the consents were changed behind the chain", func(c *evidencetest.Case) { c.Record.Acts[2].Given = true }, "do not tell of the same consents"},
		{"the salt of the digests is gone alone", func(c *evidencetest.Case) { c.DigestSalt = nil }, "the salt of its hashes is missing"},
		{"the head is nobody's", func(c *evidencetest.Case) { c.Head.Signature = evidencetest.Stranger.Sign(c.Head.Statement()) }, "not signed by the trusted key"},
		{"the head is before the link", func(c *evidencetest.Case) { c.SetHead(consent.Head{}.Append(nil)) }, "ends before the link"},
		{"the head is another link", func(c *evidencetest.Case) {
			c.Head.Hash = bytes.Repeat([]byte{1}, 32)
			c.Head.Signature = evidencetest.Ours.Sign(c.Head.Statement())
		}, "another link of this number"},
		{"no lead", func(c *evidencetest.Case) { c.Lead.ID = "" }, "needs the id of a lead"},
		{"no time", func(c *evidencetest.Case) { c.MadeAt = time.Time{} }, "the time at which it is made"},
	} {
		c := evidencetest.NewCase(t, "en")
		tt.edit(&c)
		if data, err := evidence.Build(c.Case, evidencetest.Ours); err == nil || data != nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %d bytes, %v, want %q", tt.story, len(data), err, tt.says)
		}
	}
}

func TestBuild_SaysWhyThereIsNoAddress(t *testing.T) {
	for proxyChain, want := range map[string]string{"unknown": "the site's own proxy did not tell it in a form that can be read; proxyChain is what it wrote", "": "the site's own proxy did not tell it"} {
		c := evidencetest.NewCase(t, "en")
		c.Record.ClientIP, c.Record.ProxyChain = lead.Private[string]{}, lead.Private[string]{}
		if proxyChain != "" {
			c.Record.ProxyChain = lead.Keep(proxyChain)
		}
		c.Chain(t)
		r := evidencetest.Decode[packet.Record](t, evidencetest.Files(t, c.Build(t))[packet.RecordFile])
		if !slices.Contains(r.Gaps, packet.Gap{Field: "clientIP", Reason: want}) || r.ClientIP != nil {
			t.Errorf("behind %q the gaps are %v", proxyChain, r.Gaps)
		}
	}
}
