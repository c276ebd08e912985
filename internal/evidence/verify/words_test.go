package verify_test

import (
	"slices"
	"strings"
	"testing"

	"intake/internal/evidence"
	"intake/internal/evidence/evidencetest"
	"intake/internal/evidence/verify"
)

func TestPacket_ComparesTheWordsWithThePage(t *testing.T) {
	for _, tt := range []struct{ story, old, new, says string }{
		{"a heading is missing", "<h3>Your permission for a credit check</h3>", "", "does not show line 1 of texts/credit-3.json"},
		{"a word of the summary is another", "get your credit report.", "see your name.", "does not show line 2 of texts/credit-3.json"},
		{"a word of a paragraph is another", "written instructions", "wishes", "does not show line 3 of texts/credit-3.json"},
		{"a word stands before a paragraph", "<p>My consent", "<p>Not so: My consent", "does not show line 4 of texts/marketing-3.json"},
		{"a word stands behind a paragraph", "Stop calls and messages”.", "Stop calls and messages”. Or not.", "does not show line 4 of texts/marketing-3.json"},
		{"the words are in a comment", "<p>My consent", "<p><!-- My consent", "does not show line 4 of texts/marketing-3.json"},
		{"the label of a box is another", "<span>I agree to the credit check</span>", "<span>OK</span>", "does not show line 5 of texts/credit-3.json"},
		{"the label comes before the text", "<h3>Your permission", "<p>I agree to the credit check</p><h3>Your permission", ""},
		{"the label is before the text alone", "<h3>Your permission", "<p>I agree to the credit check</p><h3>Your permission", "does not show line 5 of texts/credit-3.json"},
		{"the number is another", "(512) 555-0148", "(512) 555-0149", "asks about another telephone number"},
		{"the number is written in another way", "(512) 555-0148", "512.555.0148", ""},
		{"the name is another", "María O&#39;Brien", "Mario O&#39;Brien", "does not show line 3 of texts/credit-3.json"},
		{"the seller is another in one place", "Seller &amp; Sons LLC uses", "Seller &amp; Daughters LLC uses", "does not show line 3 of texts/terms-3.json"},
		{"the button has two names", "pressing “Accept and send”", "pressing “Send”", "fills in {button} in two ways"},
		{"the button is not on the page", "<button>Accept and send</button>", "<button>Send</button>", "the button that the texts name is not on the page"},
		{"the button is no button", "<button>Accept and send</button>", "<p>Accept and send</p>", "the button that the texts name is not on the page"},
		{"the version is no version", "(version 2)", "(version x)", "does not show line 3 of texts/terms-3.json"},
		{"a box was checked", `name="terms" value="yes"`, `name="terms" value="yes" checked`, "a box that was checked"},
		{"a box was checked in its own way", `name="terms" value="yes"`, `checked="checked" name="terms" value="yes"`, "a box that was checked"},
		{"a box is missing", `<input type="checkbox" name="terms" value="yes">`, "", "has 2 boxes for 3 consents"},
	} {
		c := evidencetest.NewCase(t, "en")
		page := evidencetest.DrawPage(t, c)
		if strings.HasSuffix(tt.story, " alone") {
			page = strings.Replace(page, "<span>I agree to the credit check</span>", "", 1)
		}
		if !strings.Contains(page, tt.old) {
			t.Fatalf("%s: the page has no %q", tt.story, tt.old)
		}
		page = strings.Replace(page, tt.old, tt.new, 1)
		c.Show(t, page)
		c.Chain(t)
		_, err := evidence.Build(c.Case, evidencetest.Ours)
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%s: %v, want %q", tt.story, err, tt.says)
		}
	}
}

func TestPacket_RequiresTheLabelWithoutTheText(t *testing.T) {
	for label, wants := range map[string]string{"I agree to the credit check": "", "Another label": "does not show line 1 of texts/credit-1.json"} {
		c := evidencetest.NewCase(t, "en")
		c.Record.Acts[0].Version, c.Record.Acts[0].Control = "1", label
		c.Chain(t)
		_, err := evidence.Build(c.Case, evidencetest.Ours)
		if (err == nil) != (wants == "") || err != nil && !strings.Contains(err.Error(), wants) {
			t.Errorf("%s: %v, want %q", label, err, wants)
		}
	}
}

func TestPacket_RequiresNoBoxForTheNoticeOfARecording(t *testing.T) {
	c := evidencetest.NewCase(t, "en")
	notice, ok := evidencetest.BuiltIn(t).RecordingAct("en")
	if !ok {
		t.Fatal("no such text")
	}
	c.Record.Acts = slices.Insert(c.Record.Acts, 0, notice)
	page := strings.Replace(evidencetest.DrawPage(t, c), "<main>", "<main><h2>This visit is recorded</h2><p>To keep proof of what you agree to, ActiveProspect records for Seller &amp; Sons LLC what is shown and done on the page “Review and send”. Your Social Security number is not part of the recording.</p>", 1)
	c.Show(t, page)
	c.Chain(t)
	report, err := verify.Packet(c.Build(t), evidencetest.Ours.Public())
	if err != nil || !strings.Contains(report.Proven[2], "4 of 4 consents") {
		t.Errorf("%q, %v", report.Proven, err)
	}
}
