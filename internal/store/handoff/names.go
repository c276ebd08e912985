package handoff

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"intake/internal/lead"
)

// Names are the secrets of links: they follow from the id of a row and a key, so that the database holds none of them.
type Names struct {
	Key []byte
}

const (
	secretLength = 26 // letters: 130 bits
	checkLength  = 10 // letters: 50 bits say which route the link has taken
)

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

func (n Names) mac(label string, parts ...string) []byte {
	mac := hmac.New(sha256.New, n.Key)
	mac.Write([]byte(label + "\x00" + strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

func (n Names) secret(id string) string {
	return letters.EncodeToString(n.mac("secret", id))[:secretLength]
}

func (n Names) check(secret string, route lead.Route) string {
	return letters.EncodeToString(n.mac("route", secret, string(route)))[:checkLength]
}

// Token is what a link has in its address when it reaches the person on the route.
func (n Names) Token(id string, route lead.Route) string {
	secret := n.secret(id)
	return secret + n.check(secret, route)
}

// Read returns the keyed hash by which the row of a token is found, and its route. It is false for what is no token of ours.
func (n Names) Read(token string) (hash string, route lead.Route, ok bool) {
	if len(token) != secretLength+checkLength {
		return "", "", false
	}
	secret, check := token[:secretLength], token[secretLength:]
	for _, r := range lead.Routes() {
		if hmac.Equal([]byte(check), []byte(n.check(secret, r))) {
			return n.hash("secret", secret), r, true
		}
	}
	return "", "", false
}

func (n Names) hash(what, text string) string { return hex.EncodeToString(n.mac("hash", what, text)) }

// CodeLength is the number of symbols of a code. Each is one of 32, so that a code holds 40 bits.
const CodeLength = 8

// symbols are digits and letters without those that look like another: I and L like 1, O like 0, U like V.
const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var misread = strings.NewReplacer("I", "1", "L", "1", "O", "0", "U", "V", "-", "", " ", "")

// Code is what an agent reads aloud.
func (n Names) Code(id string) string {
	random := n.mac("code", id)
	code := make([]byte, CodeLength)
	for i := range code {
		code[i] = symbols[random[i]%byte(len(symbols))]
	}
	return string(code)
}

// CodeHash is the keyed hash by which the row of a code is found, in whatever way it was typed. It is false for what can be no
// code.
func (n Names) CodeHash(typed string) (hash string, ok bool) {
	code := misread.Replace(strings.ToUpper(typed))
	if len(code) != CodeLength || strings.Trim(code, symbols) != "" {
		return "", false
	}
	return n.hash("code", code), true
}
