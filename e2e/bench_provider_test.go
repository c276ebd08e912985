package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// crowd is an identity provider that asks nobody anything: each who comes is another agent. It checks nothing, since
// nothing is proved by it.
type crowd struct {
	*httptest.Server
	signer jose.Signer
	keys   jose.JSONWebKeySet

	mu     sync.Mutex
	nonces []string // of the agents, in the order in which they came
}

func newCrowd(t testing.TB) *crowd {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	key := jose.JSONWebKey{Key: private, KeyID: "one", Algorithm: string(jose.ES256), Use: "sig"}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	must(t, err)
	c := &crowd{signer: signer, keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		c.write(w, map[string]any{
			"issuer": c.URL, "authorization_endpoint": c.URL + "/authorize", "token_endpoint": c.URL + "/token", "jwks_uri": c.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{string(jose.ES256)},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { c.write(w, c.keys) })
	mux.HandleFunc("GET /authorize", c.authorize)
	mux.HandleFunc("POST /token", c.token)
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	return c
}

// settings let a program's staff sign in here.
func (c *crowd) settings() []string {
	return []string{"INTAKE_OIDC_ISSUER=" + c.URL, "INTAKE_OIDC_CLIENT_ID=desk", "INTAKE_OIDC_CLIENT_SECRET=not-a-secret-of-anybody"}
}

func (c *crowd) write(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the program may have given up
}

func (c *crowd) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	c.mu.Lock()
	c.nonces = append(c.nonces, asked.Get("nonce"))
	code := fmt.Sprint(len(c.nonces))
	c.mu.Unlock()
	answer := url.Values{"code": {code}, "state": {asked.Get("state")}, "iss": {c.URL}}
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+answer.Encode(), http.StatusSeeOther)
}

func (c *crowd) token(w http.ResponseWriter, r *http.Request) {
	var n int
	_, err := fmt.Sscan(r.PostFormValue("code"), &n)
	c.mu.Lock()
	known := err == nil && 0 < n && n <= len(c.nonces)
	nonce := ""
	if known {
		nonce = c.nonces[n-1]
	}
	c.mu.Unlock()
	if !known {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	name := fmt.Sprintf("Agent %03d", n)
	claims, err := json.Marshal(map[string]any{
		"iss": c.URL, "sub": name[len("Agent "):], "aud": "desk", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		"nonce": nonce, "name": name, "roles": []string{"agent"},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	signed, err := c.signer.Sign(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	c.write(w, map[string]any{"access_token": "none", "token_type": "Bearer", "expires_in": 60, "id_token": text})
}
