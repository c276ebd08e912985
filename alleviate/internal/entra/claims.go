package entra

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// Claims is what an access token says of itself, read without checking its signature: good for a
// person who looks for the cause of a refusal, never for a decision. All fields are empty when the
// token is no JWT. The claims are Entra's (learn.microsoft.com/entra/identity-platform/access-token-claims-reference).
type Claims struct {
	// Audience is the API that the token is for: an application id, or "api://" and one.
	Audience string
	// Tenant is the directory that issued it.
	Tenant string
	// Roles are the application permissions, such as "Lead.Write" (documented, /getting-started/authentication).
	Roles []string
	// IssuedAt is by the issuer's clock.
	IssuedAt time.Time
}

// readClaims never fails: a token is opaque to its bearer, and may be anything.
func readClaims(token string) Claims {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Claims{}
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Claims{}
	}
	var said struct {
		Audience string   `json:"aud"`
		Tenant   string   `json:"tid"`
		Roles    []string `json:"roles"`
		IssuedAt int64    `json:"iat"`
	}
	if json.Unmarshal(body, &said) != nil {
		return Claims{}
	}
	c := Claims{Audience: word(said.Audience), Tenant: word(said.Tenant)}
	for _, role := range said.Roles {
		c.Roles = append(c.Roles, word(role))
	}
	if said.IssuedAt > 0 {
		c.IssuedAt = time.Unix(said.IssuedAt, 0)
	}
	return c
}

// maxClaim is twice the longest of Entra's ids and permission names, in bytes.
const maxClaim = 120

// word keeps what an id or a permission is made of, so that a claim can be printed.
func word(s string) string {
	if len(s) > maxClaim || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "unprintable"
	}
	return s
}
