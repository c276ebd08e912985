package packet

import (
	"bytes"
	"crypto/ed25519"
	"testing"
)

func TestParsePEM_ReadsWhatPEMWroteAndNothingElse(t *testing.T) {
	public := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	text, err := PEM(public)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePEM(text)
	if err != nil || !key.Equal(public) {
		t.Fatalf("%v, %v", key, err)
	}
	for story, text := range map[string][]byte{
		"empty": nil, "no PEM": []byte("key"), "another thing": bytes.ReplaceAll(text, []byte("PUBLIC"), []byte("PRIVATE")),
		"another kind of key": []byte("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAAA\n-----END PUBLIC KEY-----\n"),
	} {
		if key, err := ParsePEM(text); err == nil || key != nil {
			t.Errorf("%s: %v, %v", story, key, err)
		}
	}
}
