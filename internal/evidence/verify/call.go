package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
)

// checkCall refuses a record of a call that tells of a page or a browser, as only an agent has one, or that does not fit its
// acts; and any other record that tells of a call.
func (p *contents) checkCall() error {
	r := &p.record
	if r.Channel != consent.ConsumerLink && (r.LinkRoute != "" || r.LinkSentTo != nil || r.LinkOpenedAt != "") {
		return fmt.Errorf("%s tells of a link, and its channel is %q", packet.RecordFile, r.Channel)
	}
	if r.Channel == consent.ConsumerLink {
		return p.checkLines(packet.Spoken(r.Objects))
	}
	if r.Channel != consent.RecordedCall {
		if r.Agent != nil || r.CallID != nil || r.ScriptVersion != "" || len(r.LinesChecked) > 0 || r.OralOptIn {
			return fmt.Errorf("%s tells of a call, and its channel is %q", packet.RecordFile, r.Channel)
		}
		return nil
	}
	if r.PageID != "" || r.ClientIP != nil || r.UserAgent != nil || r.ProxyChain != nil {
		return fmt.Errorf("%s is of a call, and tells of a browser", packet.RecordFile)
	}
	return p.checkLines(r.Objects)
}

// checkLines holds acts that were read aloud against the script and the lines that were checked.
func (p *contents) checkLines(acts []consent.Act) error {
	r := &p.record
	for _, act := range acts {
		if act.Version != r.ScriptVersion || act.Shown != consent.ReadAloud || packet.FileID(act.TextID)+"/" != packet.ScriptLine {
			return fmt.Errorf("%s is of a call, and %q is no line of its script that was read aloud", packet.RecordFile, act.TextID)
		}
	}
	if !slices.Equal(r.LinesChecked, packet.LinesChecked(acts)) {
		return fmt.Errorf("the lines that were checked are not those of the acts in %s", packet.RecordFile)
	}
	return nil
}

// script is what agents read aloud, as it was published.
type script struct {
	ID          string `json:"id"`
	Version     string `json:"version"`
	Placeholder bool   `json:"placeholder"`
	Note        string `json:"note"`
	Lines       []struct {
		ID      string          `json:"id"`
		Field   string          `json:"field"`
		Purpose consent.Purpose `json:"purpose"`
		State   string          `json:"state"`
		EN      string          `json:"en"`
		ES      string          `json:"es"`
	} `json:"lines"`
}

// lineOf are the words of the line that the act is about. They must have the act's hash: SHA-256 of the words and a line feed.
func lineOf(body []byte, id string, act consent.Act) (none consent.Wording, err error) {
	var s script
	if err := packet.Decode(body, &s); err != nil {
		return none, fmt.Errorf("it is no script: %w", err)
	}
	if s.ID != packet.FileID(act.TextID) || s.Version != act.Version {
		return none, fmt.Errorf("it is version %s of %q", s.Version, s.ID)
	}
	for _, line := range s.Lines {
		if line.ID != id || line.Purpose != act.Purpose {
			continue
		}
		words := map[string]string{"en": line.EN, "es": line.ES}[act.Language]
		if sum := sha256.Sum256([]byte(words + "\n")); hex.EncodeToString(sum[:]) != act.SHA256 {
			return none, fmt.Errorf("the words (%s) of its line %q do not have the hash of the act", act.Language, id)
		}
		return consent.Wording{Paragraphs: []string{words}}, nil
	}
	return none, fmt.Errorf("it has no line %q about %q", id, act.Purpose)
}
