package alleviate

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// Config is what a client needs: an Environment, and ClientID with ClientSecret, Tokens or TokenSource. Every other
// field may be left at its zero value.
type Config struct {
	Environment  Environment
	ClientID     string
	ClientSecret Secret
	// NextSecret is tried once whenever ClientSecret is refused, so that secrets can be rotated
	// without a pause. Empty when there is none.
	NextSecret Secret
	// Tokens are those of another client with the same credentials, from Client.Tokens. The other client closes them.
	Tokens *Tokens
	// TokenSource is asked in place of the token endpoint, for certificates and workload identity. Its tokens are for
	// Environment.Scope. It need not cache. One that caches and hands out a refused token again makes calls fail with kind Credentials.
	TokenSource oauth2.TokenSource

	// Budgets are the time limits of whole calls, waiting for a token included.
	Budgets Budgets
	// FieldChecksLast drops an assumption. An input code or a documented message that an operation
	// itself answers with, in place of a payload, is of kind Rejected, because field checks come
	// first (documented for the sandbox's archetypes, /guides/sandbox-archetypes). With FieldChecksLast
	// such an error proves nothing: it is Ambiguous from CreateLead and Transient from the others.
	FieldChecksLast bool

	// HTTPClient gives its Transport and its Timeout. It follows no redirect here and keeps no cookie.
	HTTPClient *http.Client
	// Transport sends requests in place of the hardened transport: time limits of connections, proxies and the check of
	// addresses are then its own. A *http.Transport is copied and held to HTTP/1.1.
	// Of any other a failure counts as sent, unless it calls httptrace hooks and never WroteHeaders.
	Transport http.RoundTripper
	// ProxyFromEnvironment sends requests through the proxies of HTTPS_PROXY and NO_PROXY.
	ProxyFromEnvironment bool
	// PrivateAddresses lets a host's name lead to an address that is not on the public Internet.
	PrivateAddresses bool
	// UserAgent is sent with every call, "alleviate-go" when empty.
	UserAgent string

	// Log is told of every call (debug) and of token requests that fail (warning), with ids, codes and fixed words.
	Log *slog.Logger
	// Observe, when set, is given a redacted record of every request. It is called before the
	// call returns and from many goroutines: it must be quick and safe for that.
	Observe func(Exchange)
	// WholeExchanges puts the whole bodies into an Exchange, personal data included, but for token and social
	// security numbers. New refuses it for production.
	WholeExchanges bool
	// Now is the clock, time.Now when nil. Durations are measured with it, so it should keep
	// the monotonic reading of time.Now.
	Now func() time.Time
}

// Budgets are time limits per operation; a zero takes the default.
type Budgets struct {
	Create time.Duration // 120 s: createLead answers when its workflow has ended
	Submit time.Duration // 30 s
	Status time.Duration // 10 s, also for Probe
}

func (b Budgets) orDefaults() Budgets {
	return Budgets{
		Create: orDefault(max(0, b.Create), 120*time.Second),
		Submit: orDefault(max(0, b.Submit), 30*time.Second),
		Status: orDefault(max(0, b.Status), 10*time.Second),
	}
}

func orDefault[T comparable](given, fallback T) T {
	if given == *new(T) {
		return fallback
	}
	return given
}

func (cfg Config) problems() error {
	errs := []error{cfg.Environment.problems()}
	if cfg.Tokens == nil && cfg.TokenSource == nil {
		if cfg.ClientID == "" {
			errs = append(errs, errors.New("alleviate: client id is empty"))
		}
		if cfg.ClientSecret.Reveal() == "" {
			errs = append(errs, errors.New("alleviate: client secret is empty"))
		}
	}
	if cfg.Tokens != nil && cfg.Tokens.url != cfg.Environment.tokenURL() {
		errs = append(errs, errors.New("alleviate: the tokens are another token host's"))
	}
	if cfg.Tokens != nil && cfg.Tokens.scope != "" && cfg.Tokens.scope != cfg.Environment.Scope {
		errs = append(errs, errors.New("alleviate: the tokens are of a token source for another scope"))
	}
	if cfg.Transport != nil && cfg.HTTPClient != nil {
		errs = append(errs, errors.New("alleviate: both an HTTP client and a transport are given"))
	}
	if cfg.WholeExchanges && cfg.Environment.isProduction() {
		errs = append(errs, errors.New("alleviate: whole exchanges are not for production"))
	}
	return errors.Join(errs...)
}

func (cfg Config) clock() func() time.Time {
	if cfg.Now == nil {
		return time.Now
	}
	return cfg.Now
}
