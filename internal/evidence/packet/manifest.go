package packet

import (
	"crypto/ed25519"
	"crypto/x509"
	"maps"
	"slices"

	"intake/internal/lead"
)

// ManifestFormat names the layout of a packet; another layout gets another name.
const ManifestFormat = "intake evidence packet 1"

// Algorithm is the one that signs packets.
const Algorithm = "Ed25519"

// Manifest is manifest.json, which the signature covers.
type Manifest struct {
	Format  string         `json:"format"`
	Lead    lead.PartnerID `json:"lead"`
	MadeAt  string         `json:"madeAt"`
	Program string         `json:"program"`
	Key     Key            `json:"key"`
	Page    *Page          `json:"page,omitempty"`
	Files   []File         `json:"files"`
}

// Key is the public key that verifies the packet.
type Key struct {
	Algorithm string `json:"algorithm"`
	PublicKey []byte `json:"publicKey"` // DER, base64
	SHA256    string `json:"sha256"`    // of the DER
}

// File is a file of the packet.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Length int    `json:"length"`
}

// Signer signs packets.
type Signer interface {
	Sign(message []byte) []byte
	Public() ed25519.PublicKey
}

// Sign completes the manifest with format, key and files, and adds it to the files with its signature.
func Sign(files map[string][]byte, m Manifest, signer Signer) error {
	der, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return err
	}
	m.Format, m.Key, m.Files = ManifestFormat, Key{Algorithm, der, Hash(der)}, nil
	for _, name := range slices.Sorted(maps.Keys(files)) {
		m.Files = append(m.Files, File{name, Hash(files[name]), len(files[name])})
	}
	text, err := Encode(m)
	if err != nil {
		return err
	}
	files[ManifestFile], files[SignatureFile] = text, signer.Sign(text)
	return nil
}
