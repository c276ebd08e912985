// Package prefill reads the tokens by which a dialer fills in the desk's form for the call that an agent has just been
// given. docs/prefill.md has the format and says why it is so.
package prefill

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"intake/internal/lead"
)

const (
	// MinSecret is the length of the shortest secret, in bytes: that of the hash's result.
	MinSecret = 32
	// Lasts is how long a token may be used.
	Lasts = 5 * time.Minute

	early    = 30 * time.Second // by which the dialer's clock may be ahead of ours
	maxToken = 1024             // characters; five times a usual token
	maxText  = 200              // bytes of a value; twice the longest call id

	idBytes, sumBytes = 16, sha256.Size
)

// Why a token is refused. What these errors are wrapped in quotes nothing of the token.
var (
	ErrUnreadable = errors.New("not a token that was made with this secret")
	ErrExpired    = errors.New("the token is too old")
	ErrEarly      = errors.New("the token is from the future")
)

// Prefill is what a dialer knows of a call. Phone, Source and Call may be empty.
type Prefill struct {
	ID     string // of the token: random, and no secret
	Phone  lead.Private[string]
	Call   lead.Private[string] // the id of the call
	Source string               // where the caller comes from, as the rows of sources name it
	MadeAt time.Time            // of the token, by the dialer's clock
}

// Reader reads tokens. The zero value cannot be used.
type Reader struct{ decrypt, verify []byte }

// NewReader makes a reader of the tokens that are made with the secret.
func NewReader(secret string) (*Reader, error) {
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("the secret has fewer than %d bytes", MinSecret)
	}
	return &Reader{
		decrypt: sum([]byte(secret), []byte("intake prefill: encrypt")),
		verify:  sum([]byte(secret), []byte("intake prefill: sign")),
	}, nil
}

// Open returns what the token holds, if it was made with the secret in the last five minutes. Whether it was used before is
// for the caller to find out.
func (r *Reader) Open(token string, now time.Time) (Prefill, error) {
	if len(token) > maxToken {
		return Prefill{}, fmt.Errorf("%w: too long", ErrUnreadable)
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || strings.ContainsAny(token, "\r\n") || len(raw) < idBytes+sumBytes { // the decoder skips line ends
		return Prefill{}, fmt.Errorf("%w: another form", ErrUnreadable)
	}
	signed, signature := raw[:len(raw)-sumBytes], raw[len(raw)-sumBytes:]
	if !hmac.Equal(signature, sum(r.verify, signed)) {
		return Prefill{}, fmt.Errorf("%w: another signature", ErrUnreadable)
	}
	id, sealed := signed[:idBytes], signed[idBytes:]
	plain := make([]byte, len(sealed))
	subtle.XORBytes(plain, sealed, r.keyStream(id, len(sealed)))
	p, err := parse(plain)
	if err != nil {
		return Prefill{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	p.ID = hex.EncodeToString(id)
	switch age := now.Sub(p.MadeAt); {
	case age >= Lasts:
		return Prefill{}, ErrExpired
	case age < -early:
		return Prefill{}, ErrEarly
	}
	return p, nil
}

// keyStream is at least n bytes that nobody can tell from random ones without the key, others for each id.
func (r *Reader) keyStream(id []byte, n int) []byte {
	var stream []byte
	for block := uint32(1); len(stream) < n; block++ {
		stream = append(stream, sum(r.decrypt, binary.BigEndian.AppendUint32(bytes.Clone(id), block))...)
	}
	return stream
}

func sum(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}

// parse reads the JSON of a token. Its error quotes nothing.
func parse(plain []byte) (Prefill, error) {
	var in struct {
		Phone  string `json:"phone"`
		Source string `json:"source"`
		Call   string `json:"call"`
		At     *int64 `json:"at"`
	}
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.DisallowUnknownFields()
	if !utf8.Valid(plain) || decoder.Decode(&in) != nil {
		return Prefill{}, errors.New("the JSON is not of the form phone, source, call, at")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Prefill{}, errors.New("more than one JSON value")
	}
	if in.At == nil {
		return Prefill{}, errors.New("at is missing")
	}
	for _, text := range []string{in.Phone, in.Source, in.Call} {
		if len(text) > maxText || strings.ContainsFunc(text, unicode.IsControl) {
			return Prefill{}, errors.New("a value is too long, or has control characters")
		}
	}
	p := Prefill{Source: strings.TrimSpace(in.Source), MadeAt: time.Unix(*in.At, 0)}
	if phone := strings.TrimSpace(in.Phone); phone != "" {
		p.Phone = lead.Keep(phone)
	}
	if call := strings.TrimSpace(in.Call); call != "" {
		p.Call = lead.Keep(call)
	}
	return p, nil
}
