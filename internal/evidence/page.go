package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"intake/internal/consent"
)

// pageLine is what record.json tells of the page.
type pageLine struct {
	At          string `json:"servedAt"`
	Language    string `json:"language"`
	Encoding    string `json:"encoding"`
	Length      int    `json:"length"`     // of the page as it was sent
	FullSHA256  string `json:"fullSha256"` // of salt and page as it was sent
	KeptSHA256  string `json:"keptSha256"` // of the page with a marker for each part of the answers
	SheetSHA256 string `json:"sheetSha256"`
	Salt        []byte `json:"salt,omitempty"` // base64
	Erased      bool   `json:"answersErased"`
}

// partLine is a part of the page in page-parts.json.
type partLine struct {
	Kind   string `json:"kind"`
	Length int    `json:"length"`                 // in page.html
	SHA256 string `json:"sha256"`                 // in page.html
	Salted string `json:"saltedSha256,omitempty"` // of answers: of salt and part as it was sent
}

// Kinds of parts as page-parts.json names them.
const (
	shellKind   = "shell"
	wordsKind   = string(consent.Words)
	answersKind = string(consent.Answers)
)

// addPage puts the page with its sheet and parts into the packet.
func (b *builder) addPage(c Case) error {
	if c.Page.ID == "" {
		return nil
	}
	parts, err := partsOf(c)
	if err != nil {
		return err
	}
	b.files[pageName], b.files[sheetName] = c.Page.Bytes(), c.Page.Sheet
	b.record.Page = &pageLine{
		At: c.Page.At.UTC().Format(stamp), Language: c.Page.Language, Encoding: "UTF-8", Length: c.PageLength,
		FullSHA256: c.Page.FullSHA256, KeptSHA256: c.Page.KeptSHA256, SheetSHA256: hashOf(c.Page.Sheet),
		Salt: c.PageSalt, Erased: c.Page.Erased,
	}
	b.record.RequestCopyKept = pageName
	if !c.Page.Erased {
		b.record.RequestCopy = pageName
		b.record.RequestCopyKept = pageName + ", with a marker for each part of the kind answers"
	}
	return b.addJSON(partsName, parts)
}

func partsOf(c Case) ([]partLine, error) {
	lines := make([]partLine, len(c.Page.Parts))
	for i, part := range c.Page.Parts {
		lines[i] = partLine{Kind: string(part.Hole), Length: len(part.Bytes), SHA256: hashOf(part.Bytes)}
		switch {
		case part.Hole == consent.Shell:
			lines[i].Kind = shellKind
		case part.Hole == consent.Answers && c.Page.Erased:
			lines[i].Salted = digestInMarker.FindString(string(part.Bytes))
		case part.Hole == consent.Answers && c.PageSalt == nil:
			return nil, errors.New("the salt of the page is missing although its answers are there")
		case part.Hole == consent.Answers:
			lines[i].Salted = consent.Digest(c.PageSalt, part.Bytes)
		}
	}
	return lines, nil
}

var digestInMarker = regexp.MustCompile(`[0-9a-f]{64}`)

// checkPage holds the page against its parts and its hashes, and returns it as it is kept for as long
// as the consent record.
func (p *packet) checkPage() error {
	page := p.record.Page
	if page == nil {
		return p.checkNoPage()
	}
	parts, err := p.cut()
	if err != nil {
		return err
	}
	if got := hashOf(p.files[sheetName]); got != page.SheetSHA256 {
		return fmt.Errorf("%s is not the sheet whose hash %s has", sheetName, recordName)
	}
	if !namesSheet(p.files[pageName], page.SheetSHA256) {
		return fmt.Errorf("%s does not name %s as its style sheet", pageName, sheetName)
	}
	if page.Erased {
		return p.checkErased(parts)
	}
	return p.checkFull(parts)
}

func (p *packet) checkNoPage() error {
	for _, name := range []string{pageName, sheetName, partsName} {
		if _, there := p.files[name]; there {
			return fmt.Errorf("the packet has %s, of which %s knows nothing", name, recordName)
		}
	}
	return nil
}

// cut splits page.html as page-parts.json says.
func (p *packet) cut() ([][]byte, error) {
	if p.files[pageName] == nil || p.files[sheetName] == nil || p.files[partsName] == nil {
		return nil, fmt.Errorf("%s, %s or %s is missing", pageName, sheetName, partsName)
	}
	left := p.files[pageName]
	parts := make([][]byte, len(p.parts))
	for i, line := range p.parts {
		if line.Length < 0 || line.Length > len(left) {
			return nil, fmt.Errorf("%s is shorter than its parts", pageName)
		}
		parts[i], left = left[:line.Length], left[line.Length:]
		if hashOf(parts[i]) != line.SHA256 {
			return nil, fmt.Errorf("part %d of %s is not as %s has it", i+1, pageName, partsName)
		}
		if line.Kind != shellKind && line.Kind != wordsKind && line.Kind != answersKind {
			return nil, fmt.Errorf("part %d of %s is of an unknown kind", i+1, pageName)
		}
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("%s is longer than its parts", pageName)
	}
	return parts, nil
}

// checkErased sees that a marker stands for each part of the answers, and nothing else is changed.
func (p *packet) checkErased(parts [][]byte) error {
	for i, line := range p.parts {
		if line.Kind == answersKind && !bytes.Equal(parts[i], consent.Marker(line.Salted)) {
			return fmt.Errorf("part %d of %s should be the marker of erased answers", i+1, pageName)
		}
	}
	if hashOf(p.files[pageName]) != p.record.Page.KeptSHA256 {
		return fmt.Errorf("%s is not the page that was kept: its hash is another", pageName)
	}
	return nil
}

// checkFull sees that the page is as it was sent, and that the page as it will be kept follows from it.
func (p *packet) checkFull(parts [][]byte) error {
	page, kept := p.record.Page, bytes.Buffer{}
	for i, line := range p.parts {
		if line.Kind != answersKind {
			kept.Write(parts[i])
			continue
		}
		if consent.Digest(page.Salt, parts[i]) != line.Salted {
			return fmt.Errorf("part %d of %s has another salted hash", i+1, pageName)
		}
		kept.Write(consent.Marker(line.Salted))
	}
	switch {
	case len(p.files[pageName]) != page.Length || consent.Digest(page.Salt, p.files[pageName]) != page.FullSHA256:
		return fmt.Errorf("%s is not the page that was sent: its salted hash is another", pageName)
	case hashOf(kept.Bytes()) != page.KeptSHA256:
		return fmt.Errorf("what is kept of %s does not follow from it", pageName)
	}
	return nil
}

var styleSheet = regexp.MustCompile(`<link rel="stylesheet" href="([^"]*)"`)

// fingerprintDigits are how many digits of a sheet's hash stand in its address.
const fingerprintDigits = 16

// namesSheet says whether the page asks for the style sheet with this hash.
func namesSheet(page []byte, sha256 string) bool {
	link := styleSheet.FindSubmatch(page)
	return link != nil && strings.Contains(string(link[1]), sha256[:fingerprintDigits])
}
