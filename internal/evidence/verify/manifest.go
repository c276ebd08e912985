package verify

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"intake/internal/evidence/packet"
)

// readManifest returns the manifest if the trusted key signed it. It must come before every other check.
func readManifest(files map[string][]byte, key ed25519.PublicKey) (packet.Manifest, error) {
	var m packet.Manifest
	text, sig := files[packet.ManifestFile], files[packet.SignatureFile]
	switch {
	case text == nil:
		return m, fmt.Errorf("%s is missing", packet.ManifestFile)
	case sig == nil:
		return m, fmt.Errorf("%s is missing", packet.SignatureFile)
	case !ed25519.Verify(key, text, sig):
		return m, whyUnsigned(text, sig, key)
	}
	if err := packet.Decode(text, &m); err != nil {
		return m, fmt.Errorf("%s is not of a form that this program knows: %w", packet.ManifestFile, err)
	}
	if m.Format != packet.ManifestFormat {
		return m, fmt.Errorf("the packet is of the format %q, and this program knows %q", m.Format, packet.ManifestFormat)
	}
	named, err := packet.ParseDER(m.Key.PublicKey)
	if err != nil || !named.Equal(key) || m.Key.Algorithm != packet.Algorithm || m.Key.SHA256 != packet.Fingerprint(key) {
		return m, fmt.Errorf("%s names another key than the one that signed it", packet.ManifestFile)
	}
	return m, nil
}

// whyUnsigned tells apart a packet that another key signed and one that was changed after signing.
func whyUnsigned(text, sig []byte, key ed25519.PublicKey) error {
	var m packet.Manifest
	if json.Unmarshal(text, &m) == nil {
		named, err := packet.ParseDER(m.Key.PublicKey)
		if err == nil && !named.Equal(key) {
			return fmt.Errorf("the packet is signed by the key %s, and the trusted key is %s: it was not made by whom you trust, or you have the wrong key", packet.Fingerprint(named), packet.Fingerprint(key))
		}
	}
	return fmt.Errorf("%s is not the signature of %s by the trusted key %s: one of the two was changed", packet.SignatureFile, packet.ManifestFile, packet.Fingerprint(key))
}

// checkFiles refuses files that are missing, added or changed.
func checkFiles(m packet.Manifest, files map[string][]byte) error {
	listed := map[string]bool{packet.ManifestFile: true, packet.SignatureFile: true}
	for _, line := range m.Files {
		listed[line.Name] = true
		body, there := files[line.Name]
		switch {
		case !there:
			return fmt.Errorf("%s is missing", line.Name)
		case len(body) != line.Length:
			return fmt.Errorf("%s is not as it was signed: it has %d bytes and had %d", line.Name, len(body), line.Length)
		case packet.Hash(body) != line.SHA256:
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

// checkZip refuses a zip that holds anything beside its files: packing the files again must give the same
// bytes.
func checkZip(data []byte, files map[string][]byte) error {
	again, err := packet.Pack(files)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		return errors.New("the files are as they were signed, but the zip around them is not: it was packed anew, or something stands before, between or behind them")
	}
	return nil
}
