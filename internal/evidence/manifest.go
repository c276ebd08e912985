package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"intake/internal/lead"
)

// packetFormat names the layout of a packet; another layout gets another name.
const packetFormat = "intake evidence packet 1"

// manifest is manifest.json: what the signature covers.
type manifest struct {
	Format  string         `json:"format"`
	Lead    lead.PartnerID `json:"lead"`
	MadeAt  string         `json:"madeAt"`
	Program string         `json:"program"`
	Key     keyLine        `json:"key"`
	Page    *pageLine      `json:"page,omitempty"`
	Files   []fileLine     `json:"files"`
}

type keyLine struct {
	Algorithm string `json:"algorithm"`
	PublicKey []byte `json:"publicKey"` // DER, base64
	SHA256    string `json:"sha256"`    // of the DER
}

type fileLine struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Length int    `json:"length"`
}

const algorithm = "Ed25519"

// sign puts the manifest over all files, and its signature, into the packet.
func (b *builder) sign(c Case, signer Signer) error {
	der, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return err
	}
	m := manifest{
		Format: packetFormat, Lead: c.Lead.ID, MadeAt: c.MadeAt.UTC().Format(stamp), Program: c.Program,
		Key: keyLine{algorithm, der, hashOf(der)}, Page: b.record.Page, Files: listFiles(b.files),
	}
	if err := b.addJSON(manifestFile, m); err != nil {
		return err
	}
	b.files[sigFile] = signer.Sign(b.files[manifestFile])
	return nil
}

func listFiles(files map[string][]byte) []fileLine {
	var lines []fileLine
	for _, name := range slices.Sorted(maps.Keys(files)) {
		lines = append(lines, fileLine{name, hashOf(files[name]), len(files[name])})
	}
	return lines
}

// readManifest returns the manifest when the trusted key signed it. Nothing of a packet is believed
// before that.
func readManifest(files map[string][]byte, key ed25519.PublicKey) (manifest, error) {
	var m manifest
	text, sig := files[manifestFile], files[sigFile]
	switch {
	case text == nil:
		return m, fmt.Errorf("%s is missing", manifestFile)
	case sig == nil:
		return m, fmt.Errorf("%s is missing", sigFile)
	case !ed25519.Verify(key, text, sig):
		return m, whyUnsigned(text, sig, key)
	}
	if err := strictly(text, &m); err != nil {
		return m, fmt.Errorf("%s is not of a form that this program knows: %w", manifestFile, err)
	}
	if m.Format != packetFormat {
		return m, fmt.Errorf("the packet is of the format %q, and this program knows %q", m.Format, packetFormat)
	}
	own, err := parseDER(m.Key.PublicKey)
	if err != nil || !own.Equal(key) || m.Key.Algorithm != algorithm || m.Key.SHA256 != Fingerprint(key) {
		return m, fmt.Errorf("%s names another key than the one that signed it", manifestFile)
	}
	return m, nil
}

// whyUnsigned tells a packet of somebody else's from one of ours that was changed.
func whyUnsigned(text, sig []byte, key ed25519.PublicKey) error {
	var m manifest
	if json.Unmarshal(text, &m) == nil {
		own, err := parseDER(m.Key.PublicKey)
		if err == nil && !own.Equal(key) {
			return fmt.Errorf("the packet is signed by the key %s, and the trusted key is %s: it was not made by whom you trust, or you have the wrong key", Fingerprint(own), Fingerprint(key))
		}
	}
	return fmt.Errorf("%s is not the signature of %s by the trusted key %s: one of the two was changed", sigFile, manifestFile, Fingerprint(key))
}

// checkFiles finds files that are missing, added or not as they were signed.
func (m manifest) checkFiles(files map[string][]byte) error {
	listed := map[string]bool{manifestFile: true, sigFile: true}
	for _, line := range m.Files {
		listed[line.Name] = true
		body, there := files[line.Name]
		switch {
		case !there:
			return fmt.Errorf("%s is missing", line.Name)
		case len(body) != line.Length:
			return fmt.Errorf("%s is not as it was signed: it has %d bytes and had %d", line.Name, len(body), line.Length)
		case hashOf(body) != line.SHA256:
			return fmt.Errorf("%s is not as it was signed: its SHA-256 is another", line.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !listed[name] {
			return fmt.Errorf("the packet has the file %s, which was not in it when it was signed", name)
		}
	}
	return nil
}

func writeJSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

var errNoCase = errors.New("a packet needs the id of a lead, the time at which it is made, and who signs it")
