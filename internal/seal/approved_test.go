package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"testing"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
)

const (
	prefixBytes = 5 // Tink's first byte and the key's id
	nonceBytes  = 12
)

// rawKeys are the AES keys of the set, oldest first, as 256 bits each: what stands behind the tag
// and the length of the third field in a key of that type.
func rawKeys(t *testing.T, keys *Keys) [][]byte {
	t.Helper()
	var raw [][]byte
	for _, key := range insecurecleartextkeyset.KeysetMaterial(keys.reveal().handle).GetKey() {
		data := key.GetKeyData()
		if data.GetTypeUrl() != "type.googleapis.com/google.crypto.tink.AesGcmKey" {
			t.Fatalf("a key is %s", data.GetTypeUrl())
		}
		value, whole := bytes.CutPrefix(data.GetValue(), []byte{3<<3 | 2, 32})
		if !whole || len(value) != 32 {
			t.Fatalf("a key has %d bytes with its tag, want 34", len(data.GetValue()))
		}
		raw = append(raw, value)
	}
	return raw
}

// TestSeal_IsAES256GCMBoundToItsPlace opens sealed values by the standard library alone, with the
// first key of a set and with one that was added later.
func TestSeal_IsAES256GCMBoundToItsPlace(t *testing.T) {
	master := masterKey(t, 1)
	path, _, keys := created(t, master)
	for n := range 2 {
		value := sealed(t, keys, "canary-7319")
		block, err := aes.NewCipher(rawKeys(t, keys)[n])
		if err != nil {
			t.Fatal(err)
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		nonce, rest := value[prefixBytes:prefixBytes+nonceBytes], value[prefixBytes+nonceBytes:]
		if plain, err := gcm.Open(nil, nonce, rest, associatedData("lead-1", "email")); err != nil || string(plain) != "canary-7319" {
			t.Errorf("key %d: got %q, %v", n, plain, err)
		}
		if _, err := gcm.Open(nil, nonce, rest, nil); err == nil {
			t.Errorf("key %d: the value opens in every place", n)
		}
		if err := Promote(path, master, added(t, path, master), noon); err != nil {
			t.Fatal(err)
		}
		if err := keys.Refresh(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSeal_UsesNoNonceTwice(t *testing.T) {
	keys, seen := generate(t), map[string]bool{}
	for range 20_000 {
		seen[string(sealed(t, keys, "same")[prefixBytes:prefixBytes+nonceBytes])] = true
	}
	if len(seen) != 20_000 {
		t.Errorf("20,000 values have %d nonces", len(seen))
	}
}

// TestKeys_HaveNoFewerThan128Bits checks the length of each key and hash, and that no two are the same.
func TestKeys_HaveNoFewerThan128Bits(t *testing.T) {
	keys := generate(t)
	m := keys.reveal()
	kinds := map[string][]byte{
		"sealing": rawKeys(t, keys)[0], "blind index": m.index, "look-up": m.lookup,
		"derived": keys.Derive("forms"), "handle": keys.Derive(handlePurpose), "data key": NewDataKey().reveal(), "salt": NewDataKey().Salt(), "signing": keys.signing().Seed(),
		"hash of a handle": keys.HandleHash("x"),
	}
	seen := map[string]string{}
	for name, bits := range kinds {
		if len(bits) < 32 {
			t.Errorf("%s has %d bits, want 256", name, 8*len(bits))
		}
		if other := seen[string(bits)]; other != "" {
			t.Errorf("%s and %s are the same", name, other)
		}
		seen[string(bits)] = name
	}
	if got := len(keys.Index("email", "x")); got < 16 {
		t.Errorf("a blind index has %d bits, want 128", 8*got)
	}
	if got := keys.Sign([]byte("x")); !ed25519.Verify(keys.Public(), []byte("x"), got) {
		t.Error("the signature is no Ed25519")
	}
}
