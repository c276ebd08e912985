package evidence

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
	"intake/internal/evidence/verify"
)

// safeText matches an id and a version that can be a file name; others get no file.
var safeText = regexp.MustCompile(`^[a-z][a-z-]*-[0-9]+$`)

// addTexts adds the texts of the acts, as they were published.
func (b *builder) addTexts(c Case) error {
	added := map[string]bool{}
	for _, act := range c.Record.Acts {
		name := packet.TextFile(act.TextID, act.Version)
		if added[name] { // another line of the same script
			continue
		}
		added[name] = true
		body, other, err := find(c.Texts, packet.FileID(act.TextID), act.Version, func(body []byte) bool { return fitsAll(body, name, c.Record.Acts) })
		switch {
		case err != nil:
			return err
		case body != nil:
			b.files[name] = body
		case other:
			b.addGap(name, "the text of this version that is on this machine has other words than those that were shown")
		default:
			b.addGap(name, "this version is not among the texts on this machine")
		}
	}
	return nil
}

// fitsAll says whether body is the text of every act that names the file.
func fitsAll(body []byte, name string, acts []consent.Act) bool {
	return !slices.ContainsFunc(acts, func(act consent.Act) bool {
		return packet.TextFile(act.TextID, act.Version) == name && verify.Text(body, act) != nil
	})
}

// addDocuments adds the documents that the page names by their versions.
func (b *builder) addDocuments(c Case) error {
	var versions map[string]string
	if c.Page.ID != "" {
		var err error
		if versions, err = verify.DocumentVersions(b.files[packet.PageFile], b.record, b.files); err != nil {
			return err
		}
	}
	for _, id := range []string{consent.TermsOfUse, consent.PrivacyNotice} {
		version := versions[id]
		if version == "" && c.Record.Channel == consent.RecordedCall {
			b.addGap(packet.TextsFolder+id, "no page named a version: the person spoke on a call")
			continue
		}
		if version == "" {
			b.addGap(packet.TextsFolder+id, "which version was named is not known without the page and the text "+string(consent.Terms))
			continue
		}
		body, _, err := find(c.Texts, id, version, func(body []byte) bool { return verify.Document(body, id, version) == nil })
		if err != nil {
			return err
		}
		if body == nil {
			b.addGap(packet.TextFile(id, version), "this version is not among the documents on this machine")
			continue
		}
		b.files[packet.TextFile(id, version)] = body
	}
	return nil
}

// find looks for the file of a text's version that fits; other says that there is one of this version that
// does not.
func find(folders []fs.FS, id, version string, fits func([]byte) bool) (found []byte, other bool, err error) {
	if !safeText.MatchString(id + "-" + version) {
		return nil, false, nil
	}
	for _, folder := range folders {
		names, err := fs.Glob(folder, "*.json")
		if err != nil {
			return nil, false, err
		}
		for _, name := range names {
			body, err := fs.ReadFile(folder, name)
			if err != nil {
				return nil, false, fmt.Errorf("read the texts: %w", err)
			}
			var head struct{ ID, Version string }
			if json.Unmarshal(body, &head) != nil || head.ID != id || head.Version != version {
				continue
			}
			if fits(body) {
				return body, false, nil
			}
			other = true
		}
	}
	return nil, other, nil
}
