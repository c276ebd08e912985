package evidence

import (
	"errors"
	"regexp"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
)

// addPage adds the page, its style sheet and the list of its parts.
func (b *builder) addPage(c Case) error {
	if c.Page.ID == "" {
		return nil
	}
	parts, err := partsOf(c)
	if err != nil {
		return err
	}
	b.files[packet.PageFile], b.files[packet.StyleFile] = c.Page.Bytes(), c.Page.Sheet
	b.record.Page = &packet.Page{
		At: c.Page.At.UTC().Format(packet.TimeFormat), Language: c.Page.Language, Encoding: "UTF-8", Length: c.PageLength,
		FullSHA256: c.Page.FullSHA256, KeptSHA256: c.Page.KeptSHA256, SheetSHA256: packet.Hash(c.Page.Sheet),
		Salt: c.PageSalt, Erased: c.Page.Erased,
	}
	b.record.RequestCopyKept = packet.PageFile
	if !c.Page.Erased {
		b.record.RequestCopy = packet.PageFile
		b.record.RequestCopyKept = packet.PageFile + ", with a marker for each part of the kind answers"
	}
	return b.addJSON(packet.PartsFile, parts)
}

func partsOf(c Case) ([]packet.Part, error) {
	lines := make([]packet.Part, len(c.Page.Parts))
	for i, part := range c.Page.Parts {
		lines[i] = packet.Part{Kind: string(part.Hole), Length: len(part.Bytes), SHA256: packet.Hash(part.Bytes)}
		switch {
		case part.Hole == consent.Shell:
			lines[i].Kind = packet.ShellPart
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
