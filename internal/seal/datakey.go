package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

const dataKeyBytes = 32

// DataKey seals one record: what a lead or a page holds of one retention class. It is stored wrapped by the primary
// key. Where the wrapped key is deleted, nobody reads the record any more; a rotation wraps the key anew and leaves
// the record as it is.
type DataKey struct{ reveal func() []byte }

// NewDataKey is a random AES-256 key.
func NewDataKey() DataKey {
	key := make([]byte, dataKeyBytes)
	_, _ = rand.Read(key) // never fails: it ends the program instead
	return DataKey{func() []byte { return key }}
}

// Wrap encrypts a data key for the record of that owner and class.
func (k *Keys) Wrap(d DataKey, owner, class string) ([]byte, error) {
	return k.Seal(d.reveal(), owner, class)
}

// Unwrap decrypts what Wrap returned.
func (k *Keys) Unwrap(wrapped []byte, owner, class string) (DataKey, error) {
	key, err := k.Open(wrapped, owner, class)
	if err != nil {
		return DataKey{}, err
	}
	if len(key) != dataKeyBytes {
		return DataKey{}, fmt.Errorf("%s of lead %s is sealed by a key of another length", class, owner)
	}
	return DataKey{func() []byte { return key }}, nil
}

// Seal encrypts the record of that owner and class with AES-256-GCM.
func (d DataKey) Seal(plain []byte, owner, class string) []byte {
	return d.cipher().Seal(nil, nil, plain, associatedData(owner, class))
}

// Open decrypts what Seal returned. Its error names owner and class, never the record.
func (d DataKey) Open(record []byte, owner, class string) ([]byte, error) {
	plain, err := d.cipher().Open(nil, nil, record, associatedData(owner, class))
	if err != nil {
		return nil, fmt.Errorf("%s of lead %s does not open: it was changed or moved", class, owner)
	}
	return plain, nil
}

// Salt is a 256-bit salt for hashes of what the record holds. It can be computed as long as the data key is there;
// afterwards nobody finds a hashed value by trying.
func (d DataKey) Salt() []byte {
	mac := hmac.New(sha256.New, d.reveal())
	mac.Write([]byte("salt"))
	return mac.Sum(nil)
}

// cipher puts a random nonce before each record.
func (d DataKey) cipher() cipher.AEAD {
	block, err := aes.NewCipher(d.reveal())
	if err != nil {
		panic("seal: " + err.Error()) // the key has the right length
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("seal: " + err.Error()) // never with AES
	}
	return gcm
}
