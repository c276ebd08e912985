package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"intake/alleviate"
	"intake/static"
)

func (c *Config) check() []error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	if !private(string(c.AdminAddr)) {
		refuse("INTAKE_ADMIN_ADDR must be an address on loopback or in a private network, such as 127.0.0.1:9090")
	}
	for name, value := range map[string]Switch{"INTAKE_RATE_LIMIT": c.RateLimit, "INTAKE_BOT_CHECKS": c.BotChecks} {
		if !bool(value) && (c.Environment == Production || !loopback("//"+string(c.Addr))) {
			refuse("%s is off; that is for load tests, outside production and on loopback only", name)
		}
	}
	problems = append(problems, c.checkCourier()...)
	problems = append(problems, c.checkRecorder()...)
	problems = append(problems, c.checkSignIn()...)
	problems = append(problems, c.checkPeers()...)
	if c.CRM == "" {
		refuse("ALLEVIATE_CRM is not set; ask Alleviate whether it submits your qualified leads to the CRM (automatic) or you do (manual)")
	}
	for name, value := range map[string]time.Duration{
		"ALLEVIATE_CREATE_TIMEOUT": c.CreateTimeout, "ALLEVIATE_SUBMIT_TIMEOUT": c.SubmitTimeout,
		"ALLEVIATE_STATUS_TIMEOUT": c.StatusTimeout, "ALLEVIATE_LEASE_MARGIN": c.LeaseMargin,
	} {
		if value <= 0 {
			refuse("%s is %s; it must be longer than nothing", name, value)
		}
	}
	if c.RetentionSSN <= 0 || c.RetentionAnswers < c.RetentionSSN || c.RetentionEvidence < c.RetentionAnswers {
		refuse("INTAKE_RETENTION_SSN, INTAKE_RETENTION_ANSWERS and INTAKE_RETENTION_EVIDENCE must be longer than nothing, each as long as the one before or longer")
	}
	if c.Workers < 1 {
		refuse("INTAKE_WORKERS is %d; it must be 1 or more", c.Workers)
	}
	if len(c.phoneDigits()) != 10 {
		refuse("INTAKE_PHONE must be a ten-digit US number")
	}
	if _, err := static.NewTheme(string(c.Color)); err != nil {
		refuse("INTAKE_COLOR: %w", err)
	}
	problems = append(problems, c.checkPublicURL()...)
	switch c.Environment {
	case Simulator:
		problems = append(problems, c.checkSimulated()...)
	case Sandbox:
		problems = append(problems, c.checkAlleviate()...)
	case Production:
		problems = append(problems, c.checkAlleviate()...)
		problems = append(problems, c.checkProduction()...)
	}
	return problems
}

// checkPublicURL refuses plain http except on loopback: answers would cross the network unencrypted, and anybody on the
// path could set a draft's cookie.
func (c *Config) checkPublicURL() []error {
	u, err := url.Parse(string(c.PublicURL))
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "":
		return []error{errors.New("INTAKE_PUBLIC_URL must be an address such as https://apply.example.com, without path or query")}
	case u.Scheme == "http" && c.Environment == Production:
		return []error{errors.New("INTAKE_PUBLIC_URL must be https in production")}
	case u.Scheme == "http" && !loopback(string(c.PublicURL)):
		return []error{errors.New("INTAKE_PUBLIC_URL must be an https address; plain http is for loopback only, such as http://localhost:8080")}
	}
	return nil
}

// checkRecorder allows the vendor's script, and a substitute on loopback for tests. In the simulator environment nothing
// may leave this machine.
func (c *Config) checkRecorder() []error {
	switch {
	case c.Environment == Simulator && !c.TrustedForm.Off() && !loopback(c.TrustedForm.StandIn()):
		return []error{errors.New("INTAKE_TRUSTEDFORM is on, and in the simulator nothing leaves this machine; give the address of a stand-in on loopback")}
	case c.Environment == Production && c.TrustedForm.StandIn() != "":
		return []error{errors.New("INTAKE_TRUSTEDFORM is the address of a stand-in; in production it must be off or on")}
	}
	return nil
}

// checkSignIn refuses half a provider, and the development provider where others could reach it. Package signin checks
// the rest of the issuer, and refuses that provider too.
func (c *Config) checkSignIn() []error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.OIDCIssuer != "" {
		if c.OIDCClientID == "" {
			refuse("INTAKE_OIDC_CLIENT_ID is not set; the identity provider gives it when Intake is registered there")
		}
		if c.OIDCSecret.Reveal() == "" {
			refuse("INTAKE_OIDC_CLIENT_SECRET is not set, and INTAKE_OIDC_CLIENT_SECRET_FILE neither; the identity provider gives it when Intake is registered there")
		}
		if !secure(string(c.OIDCIssuer)) {
			refuse("INTAKE_OIDC_ISSUER must be an https address; plain http is for loopback only")
		}
		if c.RolesClaim == "" {
			refuse("INTAKE_OIDC_ROLES_CLAIM must be the name of the claim with the roles")
		}
	} else if c.OIDCClientID != "" || c.OIDCSecret.Reveal() != "" || c.MFAClaim != "" {
		refuse("INTAKE_OIDC_ISSUER is not set, and other INTAKE_OIDC settings are; set all or none")
	}
	switch {
	case bool(c.DevSignIn) && (c.Environment != Simulator || !loopback(string(c.PublicURL))):
		refuse("INTAKE_DEV_SIGNIN is on; people sign in without a password there, so it is for the simulator environment with a public address on loopback only")
	case bool(c.DevSignIn) && c.OIDCIssuer != "":
		refuse("INTAKE_DEV_SIGNIN is on, and INTAKE_OIDC_ISSUER is set; keep one")
	}
	return problems
}

// checkSimulated keeps the simulator environment on this machine.
func (c *Config) checkSimulated() []error {
	if (c.TokenURL == "") != (c.APIURL == "") {
		return []error{errors.New("ALLEVIATE_TOKEN_URL and ALLEVIATE_API_URL go together: set both to use a simulator of another process, or none")}
	}
	var problems []error
	for name, address := range c.addresses() {
		if address != "" && !loopback(string(address)) {
			problems = append(problems, fmt.Errorf("%s must be on loopback in the simulator environment", name))
		}
	}
	return problems
}

// checkAlleviate is what every environment but the simulator needs.
func (c *Config) checkAlleviate() []error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.ClientID == "" {
		refuse("ALLEVIATE_CLIENT_ID is not set; Alleviate gives it at onboarding")
	}
	if c.ClientSecret.Reveal() == "" {
		refuse("ALLEVIATE_CLIENT_SECRET is not set, and ALLEVIATE_CLIENT_SECRET_FILE neither; Alleviate gives it at onboarding")
	}
	if !guid.MatchString(string(c.TenantID)) {
		refuse("ALLEVIATE_TENANT_ID is not a GUID (8-4-4-4-12 hexadecimal digits); one page of the Debt Core documentation misprints it with 13 digits in the last group, the right one is %s", alleviate.Sandbox().TenantID)
	}
	if c.AppID != "" && !guid.MatchString(string(c.AppID)) {
		refuse("ALLEVIATE_APP_ID is not a GUID (8-4-4-4-12 hexadecimal digits)")
	}
	if !strings.HasSuffix(string(c.Scope), "/.default") {
		refuse("ALLEVIATE_SCOPE must end in /.default")
	}
	for name, address := range c.addresses() {
		if address != "" && !secure(string(address)) {
			refuse("%s must be an https address; plain http is for loopback only", name)
		}
	}
	if c.KeysetFile == "" {
		refuse("INTAKE_KEYSET_FILE is not set; outside the simulator the key set is named explicitly (intake init makes it)")
	}
	if c.MasterKeyFile == "" {
		refuse("INTAKE_MASTER_KEY_FILE is not set; outside the simulator the key set is wrapped by a master key kept elsewhere")
	}
	return problems
}

// checkCourier refuses settings that could flood Alleviate or create a lead twice.
func (c *Config) checkCourier() []error {
	var problems []error
	if c.Pace == off && c.Environment == Production {
		problems = append(problems, errors.New("ALLEVIATE_PACE is off; production needs a pace, calls a minute"))
	}
	if c.InDoubt != Resend {
		return problems
	}
	if c.MaxProcessing <= 0 {
		problems = append(problems, errors.New("ALLEVIATE_IN_DOUBT is resend, and ALLEVIATE_MAX_PROCESSING is not set; ask Alleviate how long one createLead may be processed at most"))
	}
	if c.ResendAfter <= c.MaxProcessing {
		problems = append(problems, fmt.Errorf("ALLEVIATE_RESEND_AFTER is %s; to resend it must be longer than ALLEVIATE_MAX_PROCESSING, %s", c.ResendAfter, c.MaxProcessing))
	}
	return problems
}

// ResendDelay is how long after a call in doubt its lead is sent once more; 0 leaves that to a person.
func (c *Config) ResendDelay() time.Duration {
	if c.InDoubt == Resend {
		return c.ResendAfter
	}
	return 0
}

func (c *Config) checkProduction() []error {
	var problems []error
	if !c.RequireCredit {
		problems = append(problems, errors.New("INTAKE_REQUIRE_CREDIT_CONSENT is off; in production nobody's request goes out without their written permission for a credit check"))
	}
	for name, value := range map[string]Text{"INTAKE_BRAND": c.Brand, "INTAKE_SELLER": c.Seller} {
		if strings.HasSuffix(string(value), "(sample)") {
			problems = append(problems, fmt.Errorf("%s is still the sample; production needs the real name", name))
		}
	}
	return problems
}

func (c *Config) addresses() map[string]Address {
	return map[string]Address{
		"ALLEVIATE_TOKEN_URL": c.TokenURL, "ALLEVIATE_API_URL": c.APIURL, "ALLEVIATE_DEBT_CORE_URL": c.DebtCoreURL,
	}
}

// secure reports whether address is https, or http on loopback.
func secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && loopback(address))
}

// loopback reports whether the address is on this machine.
func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || (err == nil && ip.IsLoopback())
}

// private reports whether an address to listen on is out of the public's reach.
func private(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip, ipErr := netip.ParseAddr(host)
	return err == nil && (host == "localhost" || (ipErr == nil && (ip.IsLoopback() || ip.IsPrivate())))
}

// StateFolder is where each node stores, outside the database, what the database must hold: INTAKE_STATE_DIR or else the
// folder of the key set.
func (c *Config) StateFolder() string {
	if c.StateDir != "" {
		return string(c.StateDir)
	}
	return filepath.Dir(string(c.KeysetFile))
}

// DrainPause is how long requests are still served after the program reports that it is not ready, so that load
// balancers notice. The simulator environment has none.
func (c *Config) DrainPause() time.Duration {
	if c.Environment == Simulator {
		return 0
	}
	return 5 * time.Second
}

func (c *Config) phoneDigits() string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, string(c.Phone))
}
