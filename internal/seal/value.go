package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// indexBytes is the length of a blind index: with 128 bits, an accidental match among any number of leads that
// we could hold is practically impossible.
const indexBytes = 16

// Labels separate the hashes of different purposes even if two keys were the same.
const (
	indexLabel   = "blind index"
	reindexLabel = "blind index, made anew"
	handleLabel  = "handle"
)

// Seal encrypts plain for one field of one lead with the primary key. Only Open with the same lead and field
// reads it.
func (k *Keys) Seal(plain []byte, leadID, field string) ([]byte, error) {
	sealed, err := k.reveal().aead.Encrypt(plain, associatedData(leadID, field))
	if err != nil {
		return nil, fmt.Errorf("seal %s of lead %s: %w", field, leadID, err)
	}
	return sealed, nil
}

// Open decrypts what Seal returned. It refuses a value that was changed, that was sealed for another lead or
// field, or whose key is not in the current key file; the error names lead and field, never the value.
func (k *Keys) Open(sealed []byte, leadID, field string) ([]byte, error) {
	used := k.reveal()
	plain, err := used.aead.Decrypt(sealed, associatedData(leadID, field))
	if err != nil && k.refresh() == nil && k.reveal() != used { // another process may use a new key
		plain, err = k.reveal().aead.Decrypt(sealed, associatedData(leadID, field))
	}
	if err != nil {
		return nil, fmt.Errorf("%s of lead %s does not open: it was changed or moved, or its key is missing", field, leadID)
	}
	return plain, nil
}

// associatedData binds a sealed value to its lead and field.
func associatedData(leadID, field string) []byte { return []byte("lead/" + leadID + "/" + field) }

// Index is the 128-bit blind index of a normalized value. Equal values of one field have equal indexes; the
// field's name is hashed too, so that the indexes of two fields cannot be linked.
//
// When the index key is replaced, the old index is hashed once more with the new key. So every stored index
// can be brought up to date without its value.
func (k *Keys) Index(field, value string) []byte {
	m := k.reveal()
	first := keyedHash(m.index, indexLabel, field, value)[:indexBytes]
	return m.upgradeIndex(first, 1)
}

// Reindex brings an older index of a value up to date: it returns what Index returns now for that value.
func (k *Keys) Reindex(index []byte) ([]byte, error) {
	m, version := k.reveal(), IndexedBy(index)
	if version == 0 || version > m.indexVersion() {
		return nil, errors.New("it is no blind index by these keys: the key file may be an older one")
	}
	return m.upgradeIndex(index[len(index)-indexBytes:], version), nil
}

// upgradeIndex brings an index of that version up to date. From version 2 on, the first byte of an index is its
// version.
func (m *material) upgradeIndex(index []byte, version int) []byte {
	for _, key := range m.wraps[version-1:] {
		index = keyedHash(key, reindexLabel, string(index))[:indexBytes]
	}
	if m.indexVersion() == 1 {
		return index
	}
	return append([]byte{byte(m.indexVersion())}, index...)
}

func (m *material) indexVersion() int { return 1 + len(m.wraps) }

// IndexedBy is the version of an index; 0 when it is not an index.
func IndexedBy(index []byte) int {
	switch {
	case len(index) == indexBytes:
		return 1
	case len(index) == 1+indexBytes && index[0] > 1:
		return int(index[0])
	}
	return 0
}

// IndexVersion is the version of the indexes that Index makes, as IndexedBy tells it.
func (k *Keys) IndexVersion() int { return k.reveal().indexVersion() }

// HandleHash is the 256-bit keyed hash by which the handle of a draft is found.
func (k *Keys) HandleHash(handle string) []byte {
	return keyedHash(k.reveal().lookup, handleLabel, handle)
}

// keyedHash is HMAC-SHA-256 over label and parts, each preceded by its length so that no two lists hash the same
// bytes.
func keyedHash(key []byte, label string, parts ...string) []byte {
	text := appendWithLength(make([]byte, 0, 1<<10), label)
	for _, part := range parts {
		text = appendWithLength(text, part)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}

func appendWithLength(text []byte, part string) []byte {
	return append(binary.BigEndian.AppendUint64(text, uint64(len(part))), part...)
}
