package signin

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"intake/internal/staff"
)

// DevelopmentPath is where the pages of the development provider are.
const DevelopmentPath = "/dev-sign-in"

// codeLasts is how long a code of the development provider can be redeemed, and maxCodes how many wait at once.
const (
	codeLasts = time.Minute
	maxCodes  = 1000
)

// Ready is a person whom the development provider offers.
type Ready struct {
	ID, Name, Does string
	Roles          []staff.Role
}

// ready are invented.
var ready = []Ready{
	{"dana", "Dana Reyes", "agent: types leads", []staff.Role{staff.Agent}},
	{"lee", "Lee Park", "another agent, with leads of their own", []staff.Role{staff.Agent}},
	{"sam", "Sam Ortiz", "supervisor: sees every lead, decides what waits", []staff.Role{staff.Supervisor}},
	{"quinn", "Quinn Bell", "tester", []staff.Role{staff.QA}},
	{"nico", "Nico Vale", "nobody has given them a role yet", nil},
}

// Development is an identity provider for the simulator environment. It asks for no password: whoever reaches its pages
// is whom they choose. Its addresses for programs are reached inside the process, by RoundTrip; only its page is served.
type Development struct {
	issuer, callback, clientID, secret string
	signingKey                         func() (jose.JSONWebKey, error)

	mu    sync.Mutex
	codes map[string]grant
}

// grant is what a code stands for.
type grant struct {
	person    Ready
	nonce     string
	challenge string
	at        time.Time
}

// DevelopmentConfig is where the development provider would be.
type DevelopmentConfig struct {
	Simulator bool     // the environment
	PublicURL *url.URL // of Intake
	Listener  string   // host and port
	Allowed   bool     // INTAKE_DEV_SIGNIN
	Callback  string
}

// NewDevelopment refuses every place where somebody else could reach it.
func NewDevelopment(cfg DevelopmentConfig) (*Development, error) {
	listener, err := url.Parse("http://" + cfg.Listener)
	switch {
	case !cfg.Simulator:
		return nil, errors.New("the development sign-in is for the simulator environment only")
	case err != nil || !isLoopback(cfg.PublicURL):
		return nil, errors.New("the development sign-in needs a public address on loopback")
	case !isLoopback(listener) && !cfg.Allowed:
		return nil, errors.New("on a listener that is not loopback the development sign-in needs INTAKE_DEV_SIGNIN=on")
	}
	return &Development{
		issuer: strings.TrimRight(cfg.PublicURL.String(), "/") + DevelopmentPath, callback: cfg.Callback,
		clientID: "intake-development", secret: rand.Text(), signingKey: sync.OnceValues(newSigningKey), codes: map[string]grant{},
	}, nil
}

func isLoopback(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || (err == nil && ip.IsLoopback())
}

// Provider is the development provider as Intake uses any other.
func (d *Development) Provider() (*Provider, error) {
	return New(Config{
		Issuer: d.issuer, ClientID: d.clientID, Secret: func() string { return d.secret }, Callback: d.callback, RolesClaim: "roles", Transport: d,
	})
}

// People are whom it offers.
func (d *Development) People() []Ready { return slices.Clone(ready) }

// AuthorizeKeys are the parameters of an authorization request, as Provider.Begin sends them.
var AuthorizeKeys = []string{"client_id", "code_challenge", "code_challenge_method", "nonce", "redirect_uri", "response_mode", "response_type", "scope", "state"}

// Check says whether an authorization request is ours.
func (d *Development) Check(request url.Values) error {
	for key, want := range map[string]string{
		"client_id": d.clientID, "redirect_uri": d.callback, "response_type": "code", "response_mode": "query",
		"code_challenge_method": "S256", "scope": "openid profile",
	} {
		if single(request, key) != want {
			return refuse(ChoiceNotOffered)
		}
	}
	for _, key := range []string{"code_challenge", "nonce", "state"} {
		if text := single(request, key); text == "" || len(text) > 200 {
			return refuse(ChoiceNotOffered)
		}
	}
	return nil
}

// Choose answers an authorization request with a person, and returns where the browser goes with the code.
func (d *Development) Choose(request url.Values, id string) (string, error) {
	at := slices.IndexFunc(ready, func(r Ready) bool { return r.ID == id })
	if err := d.Check(request); err != nil || at < 0 {
		return "", refuse(ChoiceNotOffered)
	}
	code := rand.Text()
	if !d.remember(code, grant{ready[at], single(request, "nonce"), single(request, "code_challenge"), time.Now()}) {
		return "", refuse(TooManyAtOnce)
	}
	return d.callback + "?" + url.Values{"code": {code}, "state": {single(request, "state")}, "iss": {d.issuer}}.Encode(), nil
}

func (d *Development) remember(code string, g grant) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for code, old := range d.codes {
		if time.Since(old.at) > codeLasts {
			delete(d.codes, code)
		}
	}
	if len(d.codes) >= maxCodes {
		return false
	}
	d.codes[code] = g
	return true
}

// take redeems a code, once.
func (d *Development) take(code string) (grant, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, found := d.codes[code]
	delete(d.codes, code)
	return g, found && time.Since(g.at) <= codeLasts
}

func newSigningKey() (jose.JSONWebKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	return jose.JSONWebKey{Key: key, KeyID: rand.Text(), Algorithm: string(jose.RS256), Use: "sig"}, err
}

// idToken signs who was chosen.
func (d *Development) idToken(g grant) (string, error) {
	key, err := d.signingKey()
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		return "", err
	}
	now := time.Now() // the machine's, by which go-oidc checks what is signed; codes last by it too
	claims, err := json.Marshal(map[string]any{
		"iss": d.issuer, "sub": g.person.ID, "aud": d.clientID, "iat": now.Unix(), "exp": now.Add(codeLasts).Unix(),
		"nonce": g.nonce, "name": g.person.Name, "roles": g.person.Roles,
	})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// matches says whether a verifier is the one of a challenge (PKCE, S256).
func matches(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return sameText(base64.RawURLEncoding.EncodeToString(sum[:]), challenge)
}
