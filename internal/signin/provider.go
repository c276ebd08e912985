// Package signin signs people in by OpenID Connect: the code flow with PKCE, state and nonce. It also has the identity
// provider for development.
package signin

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"intake/internal/staff"
)

// Config is how Intake is registered with a provider.
type Config struct {
	Issuer   string // exactly as the provider writes it
	ClientID string
	Secret   func() string // of the client; a function, so that no printer shows it
	Callback string        // our address to which the provider sends people back

	RolesClaim string // the claim with the roles
	MFAClaim   string // "name=value" that must be in the token, such as "amr=mfa"; empty: none

	Transport http.RoundTripper // nil: the network
}

// maxAtOnce is how many sign-ins ask the provider at the same time.
const maxAtOnce = 32

// Provider is an identity provider. It is asked for its addresses and keys when somebody signs in, so that Intake starts
// while the provider is down.
type Provider struct {
	cfg    Config
	client *http.Client
	tenant string // of Entra; empty for other providers
	slots  chan struct{}
	now    func() time.Time // the machine's: the provider lives in real time

	mu    sync.Mutex
	found *discovered // nil until it was reached
}

// discovered is what the provider says about itself.
type discovered struct {
	oauth oauth2.Config
	keys  oidc.KeySet
}

// New checks the configuration. It calls nobody.
func New(cfg Config) (*Provider, error) {
	tenant, err := CheckIssuer(cfg.Issuer)
	if err != nil {
		return nil, err
	}
	if cfg.ClientID == "" || cfg.Secret == nil || cfg.Callback == "" || cfg.RolesClaim == "" {
		return nil, errors.New("sign-in needs a client id, a secret, a callback and the claim with the roles")
	}
	return &Provider{
		cfg: cfg, client: newClient(cfg.Transport), tenant: tenant, slots: make(chan struct{}, maxAtOnce), now: time.Now,
	}, nil
}

var (
	entraHosts = []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"}
	entraPath  = regexp.MustCompile(`^/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/v2\.0$`)
)

// CheckIssuer refuses an issuer that is not https (http is for loopback only), and one of Entra that does not name a
// tenant: "common" would let in everybody who has a Microsoft account. It returns the tenant of Entra.
func CheckIssuer(issuer string) (tenant string, err error) {
	u, err := url.Parse(issuer)
	if err != nil || !secure(u, true) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("the issuer must be an https address without query; plain http is for loopback only")
	}
	if !slices.Contains(entraHosts, strings.ToLower(u.Hostname())) {
		return "", nil
	}
	m := entraPath.FindStringSubmatch(u.Path)
	if m == nil {
		return "", errors.New("an issuer of Entra must name the tenant by its id, in lower case: https://login.microsoftonline.com/TENANT-ID/v2.0")
	}
	return m[1], nil
}

// secure reports whether an address is https, or http on loopback where that is allowed.
func secure(u *url.URL, loopback bool) bool {
	if u.Host == "" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := strings.EqualFold(u.Hostname(), "localhost") || (err == nil && ip.IsLoopback())
	return u.Scheme == "https" || (u.Scheme == "http" && loopback && here)
}

// Begin returns the address at which the person signs in.
func (p *Provider) Begin(ctx context.Context, a Attempt) (string, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return found.oauth.AuthCodeURL(a.State, oauth2.S256ChallengeOption(a.Verifier), oidc.Nonce(a.Nonce),
		oauth2.SetAuthURLParam("response_mode", "query")), nil // "form_post" would come from another site, and be refused
}

// Finish checks the provider's answer to an attempt and returns who signed in. Its error is a *Refusal, or that of ctx.
func (p *Provider) Finish(ctx context.Context, a Attempt, answer url.Values) (staff.Person, error) {
	if !sameText(single(answer, "state"), a.State) {
		return staff.Person{}, refuse(WrongState)
	}
	if answer.Has("error") {
		return staff.Person{}, refuseWith(ProviderRefused, single(answer, "error"))
	}
	if answer.Has("iss") && single(answer, "iss") != p.cfg.Issuer { // RFC 9207
		return staff.Person{}, refuse(WrongIssuer)
	}
	code := single(answer, "code")
	if code == "" {
		return staff.Person{}, refuse(ProviderDown)
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	default:
		return staff.Person{}, refuse(TooManyAtOnce)
	}
	return p.redeem(ctx, a, code)
}

// redeem exchanges the code for the id token.
func (p *Provider) redeem(ctx context.Context, a Attempt, code string) (staff.Person, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return staff.Person{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	oauth := found.oauth
	oauth.ClientSecret = p.cfg.Secret()
	token, err := oauth.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return staff.Person{}, exchangeRefusal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return staff.Person{}, refuse(TokenUnreadable)
	}
	verified, err := p.verify(ctx, found.keys, raw)
	if err != nil {
		return staff.Person{}, err
	}
	if !sameText(verified.Nonce, a.Nonce) { // the library leaves this to its caller
		return staff.Person{}, refuse(WrongNonce)
	}
	return p.person(verified)
}

// exchangeRefusal classifies an error of the library, which quotes bodies and is never shown or wrapped.
func exchangeRefusal(err error) error {
	refused, answered := errors.AsType[*oauth2.RetrieveError](err)
	if !answered {
		return refuse(ProviderDown)
	}
	switch refused.ErrorCode {
	case "invalid_grant":
		return refuseWith(CodeRefused, refused.ErrorCode)
	case "invalid_client", "unauthorized_client":
		return refuseWith(ClientRefused, refused.ErrorCode)
	}
	return refuseWith(ProviderDown, refused.ErrorCode)
}

// discover asks the provider for its addresses, until it has answered once.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	found := p.found
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	found, err := p.ask(ctx)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil { // the first one stays, with the keys that it has fetched
		p.found = found
	}
	return p.found, nil
}

func (p *Provider) ask(ctx context.Context) (*discovered, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.cfg.Issuer)
	if _, other := errors.AsType[*oidc.IssuerMismatchError](err); other {
		return nil, refuse(WrongIssuer)
	}
	if err != nil {
		return nil, refuse(ProviderDown) // err quotes the body
	}
	var more struct {
		Keys    string   `json:"jwks_uri"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if provider.Claims(&more) != nil {
		return nil, refuse(ProviderDown)
	}
	endpoint := provider.Endpoint()
	issuer, err := url.Parse(p.cfg.Issuer)
	if err != nil {
		return nil, refuse(ProviderDown)
	}
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, more.Keys} {
		if u, err := url.Parse(address); err != nil || !secure(u, issuer.Scheme == "http") {
			return nil, refuse(ProviderDown)
		}
	}
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // what a provider supports that names nothing; to try both would use up the code
	if slices.Contains(more.Methods, "client_secret_post") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	keysClient := *p.client
	keysClient.Transport = &sparing{next: p.client.Transport, now: func() time.Time { return p.now() }}
	return &discovered{
		oauth: oauth2.Config{ClientID: p.cfg.ClientID, RedirectURL: p.cfg.Callback, Endpoint: endpoint, Scopes: []string{oidc.ScopeOpenID, oidc.ScopeProfile}},
		keys:  oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), &keysClient), more.Keys),
	}, nil
}

// single is the value of a parameter that is there once; else it is empty.
func single(values url.Values, key string) string {
	if all := values[key]; len(all) == 1 {
		return all[0]
	}
	return ""
}
