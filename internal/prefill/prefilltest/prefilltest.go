// Package prefilltest makes tokens as a dialer does, for tests.
package prefilltest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"
)

// Token is a token with these values, made at a time.
func Token(t testing.TB, secret, phone, source, call string, at time.Time) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"phone": phone, "source": source, "call": call, "at": at.Unix()})
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return TokenOf(secret, id, string(text))
}

// TokenOf is a token with an id and a text, whatever that is.
func TokenOf(secret string, id []byte, text string) string {
	encrypt, sign := hash([]byte(secret), []byte("intake prefill: encrypt")), hash([]byte(secret), []byte("intake prefill: sign"))
	token := append([]byte{}, id...)
	for i := range len(text) {
		block := binary.BigEndian.AppendUint32(append([]byte{}, id...), uint32(i/sha256.Size+1))
		token = append(token, text[i]^hash(encrypt, block)[i%sha256.Size])
	}
	return base64.RawURLEncoding.EncodeToString(append(token, hash(sign, token)...))
}

func hash(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}
