package verify_test

import (
	"strings"
	"testing"

	"intake/internal/consent"
	"intake/internal/evidence/evidencetest"
	"intake/internal/evidence/packet"
	"intake/internal/evidence/verify"
)

// Whoever has the key can sign anything. A record of a call must still fit itself, its script and its link.
func TestPacket_FindsARecordOfACallThatDoesNotFit(t *testing.T) {
	address, other := "198.51.100.7", "call-2"
	for _, tt := range []struct {
		story string
		edit  func(*packet.Record)
		says  string
	}{
		{"an address", func(r *packet.Record) { r.ClientIP = &address }, "tells of a browser"},
		{"a browser", func(r *packet.Record) { r.UserAgent = &address }, "tells of a browser"},
		{"a page", func(r *packet.Record) { r.PageID = "PAGE" }, "tells of a browser"},
		{"a line more", func(r *packet.Record) { r.LinesChecked = append(r.LinesChecked, "marketing") }, "are not those of the acts"},
		{"a line less", func(r *packet.Record) { r.LinesChecked = r.LinesChecked[1:] }, "are not those of the acts"},
		{"another version", func(r *packet.Record) { r.ScriptVersion = "8" }, "is no line of its script"},
		{"a box on a page", func(r *packet.Record) { r.Objects[0].Shown = "unchecked" }, "is no line of its script"},
		{"a text of a page", func(r *packet.Record) { r.Objects[0].TextID = "credit" }, "is no line of its script"},
		{"a yes that was none", func(r *packet.Record) {
			r.Objects[3].Given = true
			r.LinesChecked = append(r.LinesChecked, "marketing")
		}, "do not tell of the same consents"},
		{"another call", func(r *packet.Record) { r.CallID = &other }, `do not say the same of "call_id"`},
		{"another agent", func(r *packet.Record) { r.Agent = &other }, `do not say the same of "call_agent"`},
		{"no opt-in", func(r *packet.Record) { r.OralOptIn = false }, `do not say the same of "oral_opt_in"`},
		{"other words", func(r *packet.Record) { r.Objects[0].SHA256 = "00ff" }, "do not have the hash of the act"},
		{"another purpose", func(r *packet.Record) { r.Objects[0].Purpose = consent.Terms }, "has no line"},
		{"the record of a page", func(r *packet.Record) { r.Channel = "consumer-web" }, "tells of a call"},
		{"no id, and no gap", func(r *packet.Record) { r.CallID = nil }, "leaves out callId"},
	} {
		files := evidencetest.Files(t, evidencetest.NewCallCase(t, "en").Build(t))
		r := evidencetest.Decode[packet.Record](t, files[packet.RecordFile])
		tt.edit(&r)
		files[packet.RecordFile] = evidencetest.Encode(t, r)
		_, err := verify.Packet(evidencetest.Resign(t, files, evidencetest.Ours), evidencetest.Ours.Public())
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.story, err, tt.says)
		}
	}
}
