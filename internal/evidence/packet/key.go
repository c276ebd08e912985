package packet

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
)

const pemType = "PUBLIC KEY"

// PEM encodes a public key as other tools read it.
func PEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), nil
}

// ParsePEM decodes what PEM encoded.
func ParsePEM(text []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, errors.New("the key file is not a public key in PEM, as intake keys public writes it")
	}
	return ParseDER(block.Bytes)
}

// ParseDER reads a public key in DER, as Manifest has it.
func ParseDER(der []byte) (ed25519.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	key, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, errors.New("it is not a public Ed25519 key")
	}
	return key, nil
}

// Fingerprint names a public key, so that two people can compare it: SHA-256 of its DER form,
// hexadecimal.
func Fingerprint(key ed25519.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "no key"
	}
	return Hash(der)
}
