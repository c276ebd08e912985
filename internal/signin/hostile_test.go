package signin

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// canary is in everything that the hostile provider says; no error may repeat it.
const canary = "canary-7319"

// provider is an identity provider over a real socket that does whatever a test wants.
type provider struct {
	*httptest.Server
	t    *testing.T
	keys []jose.JSONWebKey // the first one signs

	claims    map[string]any // changes of the id token; nil removes a claim
	discovery map[string]any
	answer    func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
	sign      func(claims []byte) string

	mu    sync.Mutex
	nonce string
	used  map[string]bool
	asked map[string]int // by path
	last  url.Values     // the last form that the token endpoint got
	auth  string         // its Authorization header
}

var firstKey, secondKey = newTestKey("first"), newTestKey("second")

func newTestKey(id string) jose.JSONWebKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: id, Algorithm: "RS256", Use: "sig"}
}

func newProvider(t *testing.T) *provider {
	p := &provider{t: t, keys: []jose.JSONWebKey{firstKey}, claims: map[string]any{}, discovery: map[string]any{}, used: map[string]bool{}, asked: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[r.URL.Path]++
	if p.answer != nil && p.answer(w, r) {
		return
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		reply(p.t, w, http.StatusOK, with(map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"note": canary,
		}, p.discovery))
	case "/keys":
		var public jose.JSONWebKeySet
		for _, key := range p.keys {
			public.Keys = append(public.Keys, key.Public())
		}
		reply(p.t, w, http.StatusOK, public)
	case "/token":
		p.token(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.t.Error(err)
	}
	p.last, p.auth = r.PostForm, r.Header.Get("Authorization")
	if p.used[r.PostForm.Get("code")] {
		reply(p.t, w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": canary})
		return
	}
	p.used[r.PostForm.Get("code")] = true
	claims, err := json.Marshal(with(map[string]any{
		"iss": p.URL, "sub": "subject-1", "aud": "client", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(),
		"nonce": p.nonce, "name": "Ann Example", "roles": []string{"agent"}, "email": canary + "@example.com",
	}, p.claims))
	if err != nil {
		p.t.Error(err)
	}
	sign := p.sign
	if sign == nil {
		sign = func(claims []byte) string { return signed(p.t, p.keys[0], claims) }
	}
	reply(p.t, w, http.StatusOK, map[string]any{"access_token": canary, "token_type": "Bearer", "id_token": sign(claims)})
}

func with(base, changes map[string]any) map[string]any {
	for name, value := range changes {
		if base[name] = value; value == nil {
			delete(base, name)
		}
	}
	return base
}

func signed(t *testing.T, key jose.JSONWebKey, claims []byte) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func reply(t *testing.T, w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		t.Log(err) // the client has gone
	}
}

// client is Intake as the provider's client.
func (p *provider) client(change ...func(*Config)) *Provider {
	p.t.Helper()
	cfg := Config{
		Issuer: p.URL, ClientID: "client", Secret: func() string { return "the secret" },
		Callback: "http://localhost:8080/sign-in/callback", RolesClaim: "roles",
	}
	for _, f := range change {
		f(&cfg)
	}
	client, err := New(cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	return client
}

// begin starts an attempt and gives its nonce to the provider, as the browser would.
func (p *provider) begin(client *Provider) Attempt {
	p.t.Helper()
	attempt := NewAttempt("/desk", time.Now())
	address, err := client.Begin(p.t.Context(), attempt)
	if err != nil {
		p.t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nonce = u.Query().Get("nonce")
	return attempt
}

var codesGiven int

// answerTo is what the browser brings back, with a new code.
func answerTo(a Attempt) url.Values {
	codesGiven++
	return url.Values{"state": {a.State}, "code": {fmt.Sprint("code-", codesGiven)}}
}

// wantRefusal wants an error with the reason that repeats nothing of the provider.
func wantRefusal(t *testing.T, name string, err error, want Reason) {
	t.Helper()
	refusal, ok := err.(*Refusal)
	if !ok || refusal.Reason != want {
		t.Errorf("%s: got %v, want a refusal: %s", name, err, want)
		return
	}
	for _, secret := range []string{canary, "the secret", "code-"} {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, refusal), secret) {
			t.Errorf("%s: the error repeats %q", name, secret)
		}
	}
}
