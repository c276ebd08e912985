package app

import (
	"log/slog"
	"net/url"
	"strings"

	"intake/handlers/signin"
	"intake/internal/config"
	"intake/internal/seal"
	oidc "intake/internal/signin"
	"intake/internal/store"
)

// newSignIn returns how staff sign in: at the provider of the settings or, in the simulator environment, at the one for
// development. It is nil when there is neither; the log says so.
func newSignIn(cfg config.Config, keys *seal.Keys, s *store.Store, log *slog.Logger) (*signin.Config, error) {
	at := signin.Config{Sessions: s.Sessions(signin.PersonOf), Audit: s.AuditLog(), Key: keys.Derive("sign-in")}
	callback := strings.TrimRight(string(cfg.PublicURL), "/") + signin.CallbackPath
	if cfg.OIDCIssuer != "" {
		provider, err := oidc.New(oidc.Config{
			Issuer: string(cfg.OIDCIssuer), ClientID: string(cfg.OIDCClientID), Secret: cfg.OIDCSecret.Reveal, Callback: callback,
			RolesClaim: string(cfg.RolesClaim), MFAClaim: string(cfg.MFAClaim),
		})
		at.Provider = provider
		return &at, err
	}
	public, err := url.Parse(string(cfg.PublicURL))
	if err != nil {
		return nil, err
	}
	development, err := oidc.NewDevelopment(oidc.DevelopmentConfig{
		Simulator: cfg.Environment == config.Simulator, PublicURL: public, Listener: string(cfg.Addr), Allowed: bool(cfg.DevSignIn), Callback: callback,
	})
	if err != nil {
		log.Warn("nobody can sign in, and there are no staff pages: INTAKE_OIDC_ISSUER is not set", "and", err.Error())
		return nil, nil
	}
	if cfg.DevSignIn {
		log.Warn("the development sign-in is on: whoever reaches this site can sign in as anybody, without a password")
	}
	provider, err := development.Provider()
	at.Provider, at.Development = provider, development
	return &at, err
}

// apiHost is the host of Alleviate's API as staff pages name it.
func apiHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
