package signin

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"

	"intake/internal/staff"
)

// algorithms are the signatures that we accept; none of them has a secret that both sides know.
var algorithms = []string{oidc.RS256, oidc.PS256, oidc.ES256}

// verify checks signature, issuer, audience and times of an id token.
func (p *Provider) verify(ctx context.Context, keys oidc.KeySet, raw string) (*oidc.IDToken, error) {
	strict := oidc.Config{ClientID: p.cfg.ClientID, SupportedSigningAlgs: algorithms, Now: p.now}
	token, err := oidc.NewVerifier(p.cfg.Issuer, keys, &strict).Verify(ctx, raw)
	if err != nil {
		return nil, p.whyNot(ctx, keys, raw)
	}
	return token, nil
}

// whyNot finds the reason why a token was refused, for the words alone: the library says it in a text that quotes the token.
func (p *Provider) whyNot(ctx context.Context, keys oidc.KeySet, raw string) error {
	loose := oidc.Config{SupportedSigningAlgs: algorithms, SkipClientIDCheck: true, SkipIssuerCheck: true, SkipExpiryCheck: true}
	token, err := oidc.NewVerifier(p.cfg.Issuer, keys, &loose).Verify(ctx, raw)
	switch {
	case err != nil:
		return refuse(TokenUnreadable)
	case token.Issuer != p.cfg.Issuer:
		return refuse(WrongIssuer)
	case !slices.Contains(token.Audience, p.cfg.ClientID):
		return refuse(WrongAudience)
	}
	return refuse(TokenExpired)
}

// Bounds of what a token says about a person.
const (
	maxSubject = 255 // characters, by OpenID Connect
	maxName    = 60  // characters
)

// person reads who signed in. The key is the issuer and the subject, never an e-mail address: that may be given to
// somebody else.
func (p *Provider) person(token *oidc.IDToken) (staff.Person, error) {
	claims := map[string]any{}
	if token.Claims(&claims) != nil {
		return staff.Person{}, refuse(TokenUnreadable)
	}
	authorized, isGiven := claims["azp"]
	if isGiven && authorized != p.cfg.ClientID || !isGiven && len(token.Audience) > 1 {
		return staff.Person{}, refuse(WrongAudience)
	}
	if p.tenant != "" && claims["tid"] != p.tenant {
		return staff.Person{}, refuse(WrongTenant)
	}
	if !isSubject(token.Subject) {
		return staff.Person{}, refuse(NoSubject)
	}
	if name, value, needed := strings.Cut(p.cfg.MFAClaim, "="); needed && !slices.Contains(texts(claims[name]), value) {
		return staff.Person{}, refuse(NoSecondFactor)
	}
	person := staff.Person{Key: p.cfg.Issuer + " " + token.Subject, Name: cleanName(claims["name"])}
	for _, role := range texts(claims[p.cfg.RolesClaim]) {
		if r := staff.Role(role); slices.Contains(staff.Roles, r) && !person.Has(r) {
			person.Roles = append(person.Roles, r)
		}
	}
	return person, nil
}

func isSubject(s string) bool {
	return s != "" && len(s) <= maxSubject && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// texts are the texts of a claim, which is a text or a list.
func texts(claim any) []string {
	switch claim := claim.(type) {
	case string:
		return []string{claim}
	case []any:
		var all []string
		for _, one := range claim {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// cleanName is a name in one line without invisible characters.
func cleanName(claim any) string {
	text, _ := claim.(string)
	text = strings.ToValidUTF8(text, "")
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	letters := []rune(strings.Join(strings.Fields(text), " "))
	if len(letters) == 0 {
		return "Name unknown"
	}
	return strings.TrimSpace(string(letters[:min(len(letters), maxName)]))
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
