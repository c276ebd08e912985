package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// indexBytes is the length of a blind index: 128 bits make an accidental match among any number
// of leads that we could hold practically impossible.
const indexBytes = 16

// Labels keep the hashes of different purposes apart even if two keys were ever the same.
const (
	indexLabel       = "blind index"
	reindexLabel     = "blind index, made anew"
	fingerprintLabel = "fingerprint"
	handleLabel      = "handle"
)

// Seal encrypts plain for one field of one lead, by the primary key of the last Refresh. Only Open
// with the same lead and field reads it.
func (k *Keys) Seal(plain []byte, leadID, field string) ([]byte, error) {
	sealed, err := k.reveal().aead.Encrypt(plain, place(leadID, field))
	if err != nil {
		return nil, fmt.Errorf("seal %s of lead %s: %w", field, leadID, err)
	}
	return sealed, nil
}

// Open reads what Seal wrote. It refuses a value that was changed, that was sealed for another
// lead or field, or whose key is neither among ours nor in the key file as it is now; the error
// names the place, never the value.
func (k *Keys) Open(sealed []byte, leadID, field string) ([]byte, error) {
	used := k.reveal()
	plain, err := used.aead.Decrypt(sealed, place(leadID, field))
	if err != nil && k.refresh() == nil && k.reveal() != used { // another process may use a key that is new
		plain, err = k.reveal().aead.Decrypt(sealed, place(leadID, field))
	}
	if err != nil {
		return nil, fmt.Errorf("%s of lead %s does not open: it was changed or moved, or its key is missing", field, leadID)
	}
	return plain, nil
}

// place is the associated data that ties a sealed value to where it stands.
func place(leadID, field string) []byte { return []byte("lead/" + leadID + "/" + field) }

// Index is the 128-bit blind index of a normalised value. Equal values of one field have equal
// indexes; the field's name is hashed along, so that indexes of two fields cannot be linked.
//
// When the keys of indexes are replaced, the index of before is hashed once more with the new key:
// so every index that is stored can be brought up to date although nobody knows its value.
func (k *Keys) Index(field, value string) []byte {
	m := k.reveal()
	first := keyedHash(m.index, indexLabel, field, value)[:indexBytes]
	return m.wrap(first, 1)
}

// Reindex is what Index gives now for the value whose index of before this is.
func (k *Keys) Reindex(index []byte) ([]byte, error) {
	m, version := k.reveal(), IndexedBy(index)
	if version == 0 || version > m.indexVersion() {
		return nil, errors.New("it is no blind index by these keys: the key file may be an older one")
	}
	return m.wrap(index[len(index)-indexBytes:], version), nil
}

// wrap brings an index of the version up to date. From the second version on its number stands before
// it, so that each index says by itself which it is.
func (m *material) wrap(index []byte, version int) []byte {
	for _, key := range m.wraps[version-1:] {
		index = keyedHash(key, reindexLabel, string(index))[:indexBytes]
	}
	if m.indexVersion() == 1 {
		return index
	}
	return append([]byte{byte(m.indexVersion())}, index...)
}

func (m *material) indexVersion() int { return 1 + len(m.wraps) }

// IndexedBy is the version of the keys that made an index; 0 stands for what is none.
func IndexedBy(index []byte) int {
	switch {
	case len(index) == indexBytes:
		return 1
	case len(index) == 1+indexBytes && index[0] > 1:
		return int(index[0])
	}
	return 0
}

// IndexVersion tells which keys Index uses. It is stored beside each index.
func (k *Keys) IndexVersion() int { return k.reveal().indexVersion() }

// Fingerprint is a 256-bit keyed hash over parts, in their order. Its only use is to tell
// whether two lists are the same.
func (k *Keys) Fingerprint(parts ...string) []byte {
	return keyedHash(k.reveal().fingerprint, fingerprintLabel, parts...)
}

// HandleHash is the 256-bit keyed hash by which a status page's handle is looked up.
func (k *Keys) HandleHash(handle string) []byte {
	return keyedHash(k.reveal().lookup, handleLabel, handle)
}

// keyedHash hashes label and parts, each behind its length, so that no two lists run together.
func keyedHash(key []byte, label string, parts ...string) []byte {
	text := measured(make([]byte, 0, 1<<10), label)
	for _, part := range parts {
		text = measured(text, part)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}

func measured(text []byte, part string) []byte {
	return append(binary.BigEndian.AppendUint64(text, uint64(len(part))), part...)
}
