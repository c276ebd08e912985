package evidence

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
)

// Signer signs packets; the keys that seal answers do it.
type Signer interface {
	Sign(message []byte) []byte
	Public() ed25519.PublicKey
}

const pemType = "PUBLIC KEY"

// PEM writes a public key as other tools read it.
func PEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), nil
}

// ParsePEM reads what PEM wrote.
func ParsePEM(text []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, errors.New("the key file is not a public key in PEM, as intake keys public writes it")
	}
	return parseDER(block.Bytes)
}

func parseDER(der []byte) (ed25519.PublicKey, error) {
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
	return hashOf(der)
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
