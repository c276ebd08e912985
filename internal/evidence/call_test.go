package evidence_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"intake/internal/consent"
	"intake/internal/evidence/evidencetest"
	"intake/internal/evidence/packet"
	"intake/internal/evidence/verify"
	"intake/internal/lead"
)

func TestBuild_APacketOfACallHasTheCallAndTheScriptAndNoPage(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		data := evidencetest.NewCallCase(t, language).Build(t)
		report, err := verify.Packet(data, evidencetest.Ours.Public())
		if err != nil {
			t.Fatalf("%s: %v", language, err)
		}
		said := strings.Join(report.Proven, "\n")
		for _, want := range []string{"There is no page.", "The texts of 4 of 4 consents", "read aloud on a call, and the boxes of 3 were checked", "Link 2 of the chain says the same as the record;"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the report lacks %q:\n%s", language, want, said)
			}
		}
		files := evidencetest.Files(t, data)
		r := evidencetest.Decode[packet.Record](t, files[packet.RecordFile])
		if *r.CallID != "call-7319" || *r.Agent != "Ann https://id.example 7" || r.ScriptVersion != "7" || !r.OralOptIn || !slices.Equal(r.LinesChecked, []string{"recording", "credit", "terms"}) {
			t.Errorf("%s: the record is %+v", language, r)
		}
		if files["texts/script-7.json"] == nil || files[packet.PageFile] != nil || len(files) != 6 {
			t.Errorf("%s: there are %d files", language, len(files))
		}
		want := []string{"autodialerWords", "certificateExpires", "certificateID", "certificateMadeAt", "certificateState", "certificateURL", "clientIP", "consentGivenCopy",
			"landingURL", "linkOpenedAt", "linkRoute", "linkSentTo", "notACondition", "pageURL", "partnerListVersion", "proxyChain", "recordId", "referrer", "requestCopy",
			"requestCopyKept", "submissionKey", "texts/privacy-notice", "texts/terms-of-use", "userAgent", "viewport"}
		if got := evidencetest.GapNames(report.Gaps); !slices.Equal(got, want) {
			t.Errorf("%s: gaps %q, want %q", language, got, want)
		}
	}
}

func TestBuild_NamesTheReasonOfEachGapOfACall(t *testing.T) {
	for _, tt := range []struct {
		story, field, reason string
		edit                 func(*evidencetest.Case)
	}{
		{"no page", "requestCopy", "read aloud on a call", nil},
		{"no browser", "clientIP", "that of the agent is not theirs", nil},
		{"no certificate", "certificateURL", "no certificate is made of a call", nil},
		{"no link", "linkSentTo", "no link took part", nil},
		{"no id", "callId", "nobody completed the record", func(c *evidencetest.Case) { c.Record.Call.ID = lead.Private[string]{} }},
		{"its time is over", "callId", "erased on 2031-03-02", (*evidencetest.Case).EraseEvidence},
		{"nothing was agreed to", "linesChecked", "agreed to none", func(c *evidencetest.Case) {
			for i := range c.Record.Acts {
				c.Record.Acts[i].Given = false
			}
		}},
		{"a line that was not read", "objects: marketing", "not read aloud", func(c *evidencetest.Case) { c.Record.Acts = c.Record.Acts[:3] }},
		{"it waits for consent", "hash", "not complete yet", func(c *evidencetest.Case) { c.Lead.Status, c.Lead.Hold = lead.Received, lead.AwaitingConsent }},
		{"the script is not there", "texts/script-7.json", "not among the texts", func(c *evidencetest.Case) { c.Texts = []fs.FS{consent.BuiltIn()} }},
		{"a line had other words", "texts/script-7.json", "has other words", func(c *evidencetest.Case) { c.Record.Acts[1].SHA256 = "00ff" }},
		{"a line that the script does not have", "texts/script-7.json", "has other words", func(c *evidencetest.Case) { c.Record.Acts[1].TextID = "script/other" }},
		{"the documents", "texts/terms-of-use", "the person spoke on a call", nil},
	} {
		c := evidencetest.NewCallCase(t, "en")
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

func TestBuild_APacketOfACallHoldsWhenItsEvidenceIsErased(t *testing.T) {
	c := evidencetest.NewCallCase(t, "en")
	c.EraseEvidence()
	report, err := verify.Packet(c.Build(t), evidencetest.Ours.Public())
	if err != nil || !strings.Contains(strings.Join(report.Proven, "\n"), "as far as that is not erased") {
		t.Errorf("%q, %v", report.Proven, err)
	}
}
