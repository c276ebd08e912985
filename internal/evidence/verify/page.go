package verify

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
)

// checkPage compares the page with its parts, its hashes and its style sheet.
func (p *contents) checkPage() error {
	page := p.record.Page
	if page == nil {
		return p.checkNoPage()
	}
	parts, err := p.split()
	if err != nil {
		return err
	}
	if got := packet.Hash(p.files[packet.StyleFile]); got != page.SheetSHA256 {
		return fmt.Errorf("%s is not the sheet whose hash %s has", packet.StyleFile, packet.RecordFile)
	}
	if !namesSheet(p.files[packet.PageFile], page.SheetSHA256) {
		return fmt.Errorf("%s does not name %s as its style sheet", packet.PageFile, packet.StyleFile)
	}
	if page.Erased {
		return p.checkErased(parts)
	}
	return p.checkFull(parts)
}

func (p *contents) checkNoPage() error {
	for _, name := range []string{packet.PageFile, packet.StyleFile, packet.PartsFile} {
		if _, there := p.files[name]; there {
			return fmt.Errorf("the packet has %s, of which %s knows nothing", name, packet.RecordFile)
		}
	}
	return nil
}

// split cuts page.html into the parts that page-parts.json lists.
func (p *contents) split() ([][]byte, error) {
	if p.files[packet.PageFile] == nil || p.files[packet.StyleFile] == nil || p.files[packet.PartsFile] == nil {
		return nil, fmt.Errorf("%s, %s or %s is missing", packet.PageFile, packet.StyleFile, packet.PartsFile)
	}
	left := p.files[packet.PageFile]
	parts := make([][]byte, len(p.parts))
	for i, line := range p.parts {
		if line.Length < 0 || line.Length > len(left) {
			return nil, fmt.Errorf("%s is shorter than its parts", packet.PageFile)
		}
		parts[i], left = left[:line.Length], left[line.Length:]
		if packet.Hash(parts[i]) != line.SHA256 {
			return nil, fmt.Errorf("part %d of %s is not as %s has it", i+1, packet.PageFile, packet.PartsFile)
		}
		if line.Kind != packet.ShellPart && line.Kind != packet.WordsPart && line.Kind != packet.AnswersPart {
			return nil, fmt.Errorf("part %d of %s is of an unknown kind", i+1, packet.PageFile)
		}
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("%s is longer than its parts", packet.PageFile)
	}
	return parts, nil
}

// checkErased checks that a marker stands for each part of the answers, and nothing else is changed.
func (p *contents) checkErased(parts [][]byte) error {
	for i, line := range p.parts {
		if line.Kind == packet.AnswersPart && !bytes.Equal(parts[i], consent.Marker(line.Salted)) {
			return fmt.Errorf("part %d of %s should be the marker of erased answers", i+1, packet.PageFile)
		}
	}
	if packet.Hash(p.files[packet.PageFile]) != p.record.Page.KeptSHA256 {
		return fmt.Errorf("%s is not the page that was kept: its hash is another", packet.PageFile)
	}
	return nil
}

// checkFull checks that the page is as it was sent, and that the page as it will be kept follows from it.
func (p *contents) checkFull(parts [][]byte) error {
	page, kept := p.record.Page, bytes.Buffer{}
	for i, line := range p.parts {
		if line.Kind != packet.AnswersPart {
			kept.Write(parts[i])
			continue
		}
		if consent.Digest(page.Salt, parts[i]) != line.Salted {
			return fmt.Errorf("part %d of %s has another salted hash", i+1, packet.PageFile)
		}
		kept.Write(consent.Marker(line.Salted))
	}
	switch {
	case len(p.files[packet.PageFile]) != page.Length || consent.Digest(page.Salt, p.files[packet.PageFile]) != page.FullSHA256:
		return fmt.Errorf("%s is not the page that was sent: its salted hash is another", packet.PageFile)
	case packet.Hash(kept.Bytes()) != page.KeptSHA256:
		return fmt.Errorf("what is kept of %s does not follow from it", packet.PageFile)
	}
	return nil
}

var styleSheet = regexp.MustCompile(`<link rel="stylesheet" href="([^"]*)"`)

// fingerprintDigits is the number of digits of a style sheet's hash that are in its URL.
const fingerprintDigits = 16

// namesSheet says whether the page asks for the style sheet with this hash.
func namesSheet(page []byte, sha256 string) bool {
	link := styleSheet.FindSubmatch(page)
	return link != nil && strings.Contains(string(link[1]), sha256[:fingerprintDigits])
}
