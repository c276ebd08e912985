// Package seal encrypts the answers of applicants: each value on its own, bound to its lead and column so that it
// cannot be moved, with keyed hashes (blind indexes) by which sealed values can be found and compared.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
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

// Keys holds every key that encrypts values at rest. It is safe for concurrent use and changes by Refresh only.
// No printer, logger or encoder shows its content: every formatting method returns "***", and reflection past
// them finds a function. (A pointer is not enough: fmt follows it to the struct when the verb does not fit.)
type Keys struct {
	reveal  func() *material
	refresh func() error
}

// material is the content of a key file. The AEAD is a Tink key set, which may hold several keys: the primary
// encrypts, all of them decrypt.
type material struct {
	handle *keyset.Handle
	aead   tink.AEAD

	index  []byte   // blind index
	wraps  [][]byte // its replacements, in order: each hashes the index made by the one before
	lookup []byte   // hashes handles of drafts; other keys are derived from it

	handles cipher.Block // makes handles of status pages; derived from lookup

	promotedAt int64            // milliseconds since 1970; 0 while the first key is primary
	disabledAt map[uint32]int64 // the same, for keys that decrypt nothing
}

// Generate makes new keys that are in no file.
func Generate() (*Keys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make an AES-256-GCM key: %w", err)
	}
	return assemble(handle, &material{
		index:  newMACKey(),
		lookup: newMACKey(),
	})
}

func assemble(handle *keyset.Handle, m *material) (*Keys, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use the AES-256-GCM key set: %w", err)
	}
	m.handle, m.aead = handle, primitive
	if m.handles, err = aes.NewCipher(keyedHash(m.lookup, deriveLabel, handlePurpose)); err != nil {
		return nil, fmt.Errorf("use the key of handles: %w", err)
	}
	return withoutFile(m), nil
}

// withoutFile returns keys that have no file, so that Refresh changes nothing.
func withoutFile(m *material) *Keys {
	return &Keys{reveal: func() *material { return m }, refresh: func() error { return nil }}
}

func newMACKey() []byte {
	key := make([]byte, macKeyBytes)
	_, _ = rand.Read(key) // crypto/rand never fails: it ends the program instead
	return key
}

const redacted = "***"

// Format writes "***" for every verb.
func (k Keys) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) } // fmt has no way to report it

// LogValue is "***".
func (k Keys) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is "***", in JSON values and map keys too.
func (k Keys) MarshalText() ([]byte, error) { return []byte(redacted), nil }
