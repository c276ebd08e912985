package alleviate

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"intake/alleviate/internal/entra"
)

// Environment is where Alleviate is and what a token for it is asked with. Start from Sandbox,
// Production or Loopback and change what the partner was given otherwise: Alleviate hands tenant
// id and scope to each partner and does not print its own production ids for this API.
type Environment struct {
	// Name is for people: "sandbox", "production", "simulator".
	Name string
	// TenantID is the Entra tenant, a GUID.
	TenantID string
	// TokenURL is the token endpoint. Empty means Entra's address for TenantID.
	TokenURL string
	// APIURL is the GraphQL endpoint.
	APIURL string
	// Scope is what the token is asked for; it ends in "/.default".
	Scope string
}

const (
	tenantID        = "8797fa3f-ba90-4187-97fb-6ab892ea9035"
	sandboxAppID    = "aba793eb-f395-4f86-be59-7a7d0c1bfdb0"
	productionAppID = "9060a1d0-da3b-4676-ad64-ff64465cce41"
	entraHost       = "login.microsoftonline.com"
	sandboxHost     = "leads-sandbox.alleviate.com"
	productionHost  = "leads.alleviate.com"
)

// Sandbox is the environment for integration work: no effect on production systems, 100 requests a
// minute. The address is from /getting-started/environments, tenant and application from
// /getting-started/postman.
func Sandbox() Environment {
	return Environment{
		Name:     "sandbox",
		TenantID: tenantID,
		APIURL:   "https://" + sandboxHost + "/graphql",
		Scope:    ScopeFor(sandboxAppID),
	}
}

// Production is the environment with real applicants and real credit pulls. The address is from
// /getting-started/environments; tenant and application id are printed only by the sister API at
// https://debtcore.alleviate.com/getting-started/authentication, so check them against what the
// partner was given.
func Production() Environment {
	return Environment{
		Name:     "production",
		TenantID: tenantID,
		APIURL:   "https://" + productionHost + "/graphql",
		Scope:    ScopeFor(productionAppID),
	}
}

// Loopback is a simulator on this machine, with the ids of the sandbox. Plain http is allowed for
// loopback addresses only; New refuses it for every other host.
func Loopback(tokenURL, apiURL string) Environment {
	env := Sandbox()
	env.Name, env.TokenURL, env.APIURL = "simulator", tokenURL, apiURL
	return env
}

// ScopeFor is the scope for an application id: "api://{id}/.default"
// (documented, /getting-started/authentication).
func ScopeFor(appID string) string { return "api://" + appID + "/.default" }

// tokenURL is TokenURL or Entra's address (documented, /getting-started/authentication).
func (e Environment) tokenURL() string {
	if e.TokenURL != "" {
		return e.TokenURL
	}
	return "https://" + entraHost + "/" + e.TenantID + "/oauth2/v2.0/token"
}

// problems says everything that is wrong on the face of e.
func (e Environment) problems() error {
	return errors.Join(
		tenantProblem(e.TenantID),
		scopeProblem(e.Scope),
		addressProblem("token URL", e.tokenURL()),
		addressProblem("API URL", e.APIURL),
		e.mixture(),
	)
}

func tenantProblem(id string) error {
	switch {
	case entra.IsGUID(id):
		return nil
	case len(id) == len(tenantID)+1 && entra.IsGUID(id[:len(tenantID)]):
		return fmt.Errorf("alleviate: tenant id has 13 digits in its last group: this is the misprint of "+
			"https://debtcore.alleviate.com/getting-started/authentication; the right id is %s", tenantID)
	}
	return errors.New("alleviate: tenant id is not a GUID")
}

func scopeProblem(scope string) error {
	if !strings.HasSuffix(scope, "/.default") || strings.ContainsAny(scope, " \t\r\n") {
		return errors.New(`alleviate: scope must be one word that ends in "/.default", such as api://{app id}/.default`)
	}
	return nil
}

// mixture refuses credentials of one environment at the door of the other.
func (e Environment) mixture() error {
	u, err := url.Parse(e.APIURL)
	if err != nil {
		return nil // addressProblem has said so
	}
	host := strings.ToLower(u.Hostname())
	if host == productionHost && strings.Contains(e.Scope, sandboxAppID) ||
		host == sandboxHost && strings.Contains(e.Scope, productionAppID) {
		return errors.New("alleviate: API URL and scope belong to different environments")
	}
	return nil
}

// isProduction says whether applicants are real there.
func (e Environment) isProduction() bool {
	return e.Name == "production" || strings.Contains(e.Scope, productionAppID) || strings.Contains(strings.ToLower(e.APIURL), "//"+productionHost)
}

// addressProblem never quotes the address: one with a password in it would end up in a log.
func addressProblem(what, address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "":
		return fmt.Errorf("alleviate: %s is not an absolute address", what)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("alleviate: %s must not hold a user, a query or a fragment", what)
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("alleviate: %s must begin with https:// (plain http is for loopback addresses only)", what)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
