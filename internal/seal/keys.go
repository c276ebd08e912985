// Package seal keeps what a person told us unreadable without our keys: it seals single values
// so that none can be moved to another lead or column, and it makes the keyed hashes by which
// sealed values can still be found and compared.
package seal

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// macKeyBytes is the length of each HMAC-SHA-256 key: as long as its hash.
const macKeyBytes = 32

// Keys holds every key that values at rest depend on. It is safe for concurrent use, changes by
// Refresh alone, and no printer, logger or encoder shows what is in it: every formatting method answers
// "***", and where reflection goes past them it meets a function. (A pointer would not do: fmt
// follows one to a struct when the verb does not fit.)
type Keys struct {
	reveal  func() *material
	refresh func() error
}

// material is what a key file holds. The AEAD is a Tink key set, which may hold several keys:
// the primary seals, all of them open.
type material struct {
	handle *keyset.Handle
	aead   tink.AEAD

	index       []byte   // blind index
	wraps       [][]byte // what replaced it, in order: each hashes the index of before
	fingerprint []byte   // equality of answers
	lookup      []byte   // status page handles

	promotedAt int64            // milliseconds since 1970; 0 while the first key is the primary one
	disabledAt map[uint32]int64 // the same, for keys that open nothing
}

// Generate makes fresh keys.
func Generate() (*Keys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make an AES-256-GCM key: %w", err)
	}
	return assemble(handle, &material{
		index:       newMACKey(),
		fingerprint: newMACKey(),
		lookup:      newMACKey(),
	})
}

func assemble(handle *keyset.Handle, m *material) (*Keys, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use the AES-256-GCM key set: %w", err)
	}
	m.handle, m.aead = handle, primitive
	return hide(m), nil
}

// hide makes keys that have no file.
func hide(m *material) *Keys {
	return &Keys{reveal: func() *material { return m }, refresh: func() error { return nil }}
}

func newMACKey() []byte {
	key := make([]byte, macKeyBytes)
	_, _ = rand.Read(key) // never fails: it ends the program instead
	return key
}

const redacted = "***"

// Format writes "***" for every verb.
func (k Keys) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) } // fmt has no way to report it

// LogValue is "***".
func (k Keys) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "***", in JSON values and map keys too.
func (k Keys) MarshalText() ([]byte, error) { return []byte(redacted), nil }
