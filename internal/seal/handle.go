package seal

import (
	"encoding/base32"
	"errors"
)

// handlePurpose derives the key that makes handles. It follows from a key that no rotation replaces, so that links
// to status pages hold.
const handlePurpose = "status handle"

var handleLetters = base32.StdEncoding.WithPadding(base32.NoPadding)

// ErrNoHandle: the text is no handle by these keys.
var ErrNoHandle = errors.New("no handle of ours")

// Handle is the secret name of an id: 26 letters and digits, its one AES-256 block. Nobody computes it from the id,
// or the id from it, without the keys.
func (k *Keys) Handle(id [16]byte) string {
	k.reveal().handles.Encrypt(id[:], id[:])
	return handleLetters.EncodeToString(id[:])
}

// HandleID is the id whose Handle it is, if it is any: whoever asks checks that such an id exists. ErrNoHandle
// means that the text cannot be a handle.
func (k *Keys) HandleID(handle string) (id [16]byte, err error) {
	sealed, err := handleLetters.DecodeString(handle)
	if err != nil || len(sealed) != len(id) || handleLetters.EncodeToString(sealed) != handle {
		return id, ErrNoHandle
	}
	k.reveal().handles.Decrypt(id[:], sealed)
	return id, nil
}
