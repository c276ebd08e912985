package simulator

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const maxTokenRequest = 64 << 10 // bytes; the real form is below 1 KiB

// tokens remembers what was issued, as hashes: nothing that could be used lies in memory longer than a call.
type tokens struct {
	mu   sync.Mutex
	ends map[[sha256.Size]byte]time.Time
}

func newTokens() *tokens { return &tokens{ends: make(map[[sha256.Size]byte]time.Time)} }

// issue makes a token of JWT shape that is valid for life. It is signed with random bytes: it proves nothing
// to anybody but this server. The claims are those that Entra puts into an application's token.
func (t *tokens) issue(now time.Time, life time.Duration, c Config) string {
	header := `{"typ":"JWT","alg":"RS256","kid":"` + randomHex(10) + `"}`
	payload := fmt.Sprintf(`{"ver":"1.0","aud":%q,"tid":%q,"roles":["Lead.Write","Lead.Read"],"iat":%d,"exp":%d,"jti":"%s"}`,
		strings.TrimSuffix(c.Scope, "/.default"), c.TenantID, now.Unix(), now.Add(life).Unix(), randomHex(16))
	signature := make([]byte, 256)
	_, _ = rand.Read(signature) // never fails
	enc := base64.RawURLEncoding
	token := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte(payload)) + "." + enc.EncodeToString(signature)
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, end := range t.ends {
		if !now.Before(end) {
			delete(t.ends, k)
		}
	}
	t.ends[sha256.Sum256([]byte(token))] = now.Add(life)
	return token
}

// valid says whether this server issued the token and its time has not run out.
func (t *tokens) valid(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	end, ok := t.ends[sha256.Sum256([]byte(token))]
	return ok && now.Before(end)
}

// revokeAll makes every token issued so far unknown, as a key roll-over does.
func (t *tokens) revokeAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.ends)
}

// RevokeTokens makes every token issued so far unknown: the next call with one of them is answered 401.
func (s *Server) RevokeTokens() { s.tokens.revokeAll() }

// oauthError is a refusal of the token endpoint in the shape that Entra ID answers with.
type oauthError struct {
	status int
	word   string
	number int
	text   string
}

// serveToken answers one request for a token. The words invalid_client, invalid_scope and unauthorized_client
// are documented (/getting-started/authentication); status, numbers and sentences follow Entra ID's habit and
// are assumed.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxTokenRequest))
	form, _ := url.ParseQuery(string(body)) // judged again below; here only for the ledger
	c := s.arrive(r, arrival{operation: opToken, input: publicForm(form), raw: body})
	if err != nil {
		s.answer(w, c, s.oauth(oauthError{http.StatusRequestEntityTooLarge, "invalid_request", 900000, "The body is too large or was cut off."}))
		return
	}
	s.perform(w, c, func() answer {
		if refused := s.judgeToken(r, body); refused != nil {
			return s.oauth(*refused)
		}
		life := s.tokenLife(c)
		token := s.tokens.issue(s.cfg.Now(), time.Duration(life)*time.Second, s.cfg)
		c.done()
		return jsonAnswer(http.StatusOK, map[string]any{
			"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token,
		})
	})
}

func (s *Server) tokenLife(c *call) int {
	if c.hostile.life > 0 {
		return c.hostile.life
	}
	return s.assume.get().TokenLife
}

// judgeToken returns nil for exactly the request that the documentation shows.
func (s *Server) judgeToken(r *http.Request, body []byte) *oauthError {
	malformed := func(text string) *oauthError {
		return &oauthError{http.StatusBadRequest, "invalid_request", 900144, text}
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return malformed("The body must be application/x-www-form-urlencoded.")
	}
	if r.URL.RawQuery != "" || r.Header.Get("Authorization") != "" {
		return malformed("Credentials belong in the body only.")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return malformed("The body is not a well-formed form.")
	}
	for _, name := range []string{"grant_type", "client_id", "client_secret", "scope"} {
		if len(form[name]) != 1 || form.Get(name) == "" {
			return malformed("The body must contain the parameter '" + name + "' exactly once.")
		}
	}
	switch {
	case form.Get("grant_type") != "client_credentials":
		return &oauthError{http.StatusBadRequest, "unsupported_grant_type", 70003, "The grant type is not supported."}
	case form.Get("client_id") != s.cfg.ClientID || !s.knowsSecret(form.Get("client_secret")):
		return &oauthError{http.StatusUnauthorized, "invalid_client", 7000215, "The client id or its secret is not valid."}
	case form.Get("scope") != s.cfg.Scope:
		return &oauthError{http.StatusBadRequest, "invalid_scope", 1002012, "The scope is not the one this application may ask for."}
	}
	return nil
}

func (s *Server) knowsSecret(given string) bool {
	known := false
	for _, secret := range s.cfg.Secrets {
		if subtle.ConstantTimeCompare([]byte(secret), []byte(given)) == 1 {
			known = true
		}
	}
	return known
}

// oauth writes a refusal as Entra ID does, line breaks in the description included.
func (s *Server) oauth(e oauthError) answer {
	trace, correlation := newID(), newID()
	now := s.cfg.Now().UTC().Format("2006-01-02 15:04:05Z")
	return jsonAnswer(e.status, map[string]any{
		"error": e.word,
		"error_description": fmt.Sprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s",
			e.number, e.text, trace, correlation, now),
		"error_codes":    []int{e.number},
		"timestamp":      now,
		"trace_id":       trace,
		"correlation_id": correlation,
	})
}

// publicForm is what the ledger may keep of a token request: names, and the values that are no secret.
func publicForm(form url.Values) json.RawMessage {
	kept := make(map[string]string, len(form))
	for name, values := range form {
		switch name {
		case "grant_type", "client_id", "scope":
			kept[name] = strings.Join(values, ",")
		default:
			kept[clip(name)] = "(not kept)"
		}
	}
	b, _ := json.Marshal(kept) // strings only
	return b
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// newID returns a random UUID, version 4.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
