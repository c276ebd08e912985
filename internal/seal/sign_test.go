package seal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

func TestSign_IsVerifiedByThePublicKeyAlone(t *testing.T) {
	keys, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	other, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("head 7")
	signature := keys.Sign(message)
	if !Verify(keys.Public(), message, signature) {
		t.Error("our own signature is refused")
	}
	flipped := bytes.Clone(signature)
	flipped[0] ^= 1
	for name, got := range map[string]bool{
		"another message":   Verify(keys.Public(), []byte("head 8"), signature),
		"another signature": Verify(keys.Public(), message, flipped),
		"another key":       Verify(other.Public(), message, signature),
		"no key":            Verify(nil, message, signature),
		"half a signature":  Verify(keys.Public(), message, signature[:32]),
		"no signature":      Verify(keys.Public(), message, nil),
	} {
		if got {
			t.Errorf("%s passes", name)
		}
	}
}

func TestSign_IsTheSameAfterRotationAndReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	keys, err := Create(path, "")
	if err != nil {
		t.Fatal(err)
	}
	public, signature := keys.Public(), keys.Sign([]byte("head"))
	id, err := Add(path, "")
	if err == nil {
		err = Promote(path, "", id, time.UnixMilli(0))
	}
	if err == nil {
		err = Disable(path, "", keys.List()[0].ID, time.UnixMilli(0).Add(time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(path, "")
	if err != nil {
		t.Fatal(err)
	}
	if !again.Public().Equal(public) || !bytes.Equal(again.Sign([]byte("head")), signature) {
		t.Error("a rotation changed the signing key")
	}
}

// TestSign_KeyOfAnOldFile fixes how the key is derived: a change would make every head that was signed
// before unverifiable.
func TestSign_KeyOfAnOldFile(t *testing.T) {
	keys := withoutFile(&material{lookup: bytes.Repeat([]byte{7}, macKeyBytes)})
	const want = "2eab41e2b64196c196caa756c8463738580608fb3c63779167ac2cfd48113dd0"
	if got := hex.EncodeToString(keys.Public()); got != want {
		t.Errorf("the public key is %s, want %s", got, want)
	}
	if got := ed25519.NewKeyFromSeed(keys.Derive("ed25519 signature")).Public(); !keys.Public().Equal(got) {
		t.Errorf("it is not made of what is derived: %x", got)
	}
}

func TestSign_KeyIsShownByNoPrinter(t *testing.T) {
	keys, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	seed := hex.EncodeToString(keys.signing().Seed())
	if text := fmt.Sprintf("%v %+v %#v %x", keys, keys, keys, *keys); bytes.Contains([]byte(text), []byte(seed)) {
		t.Errorf("the seed stands in %s", text)
	}
}
