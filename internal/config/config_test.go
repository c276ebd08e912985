package config

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const canary = "canary-secret-7319"

// live is a complete sandbox configuration; a test changes one thing.
func live(changes ...string) []string {
	return append([]string{
		"ALLEVIATE_ENVIRONMENT=sandbox", "ALLEVIATE_CLIENT_ID=client", "ALLEVIATE_CLIENT_SECRET=" + canary,
		"ALLEVIATE_CRM=manual", "INTAKE_KEYSET_FILE=keys.json", "INTAKE_MASTER_KEY_FILE=master.key",
	}, changes...)
}

func inProduction(changes ...string) []string {
	return live(append([]string{
		"ALLEVIATE_ENVIRONMENT=production", "INTAKE_PUBLIC_URL=https://apply.example.com",
		"INTAKE_BRAND=Example", "INTAKE_SELLER=Example LLC",
	}, changes...)...)
}

func TestRead_NeedsNothingInTheSimulator(t *testing.T) {
	cfg, err := Read(nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Environment != "simulator" || cfg.CRM != "manual" || cfg.KeysetFile != "data/keyset.json" || cfg.CreateTimeout != 2*time.Minute {
		t.Errorf("got %s %s %s %s", cfg.Environment, cfg.CRM, cfg.KeysetFile, cfg.CreateTimeout)
	}
}

func TestRead_TakesThePresets(t *testing.T) {
	cfg, err := Read(live())
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://leads-sandbox.alleviate.com/graphql"; string(cfg.APIURL) != want {
		t.Errorf("API address is %s, want %s", string(cfg.APIURL), want)
	}
	if want := "api://aba793eb-f395-4f86-be59-7a7d0c1bfdb0/.default"; string(cfg.Scope) != want {
		t.Errorf("scope is %s, want %s", string(cfg.Scope), want)
	}
	cfg, err = Read(inProduction())
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://leads.alleviate.com/graphql"; string(cfg.APIURL) != want {
		t.Errorf("API address is %s, want %s", string(cfg.APIURL), want)
	}
}

func TestRead_RefusesInWords(t *testing.T) {
	for _, tt := range []struct {
		name    string
		environ []string
		want    string
	}{
		{"the misprinted tenant id", live("ALLEVIATE_TENANT_ID=8797fa3f-ba90-4187-97fb-6ab892ea90355"), "misprints it with 13 digits"},
		{"an app id that is no GUID", live("ALLEVIATE_APP_ID=x"), "ALLEVIATE_APP_ID is not a GUID"},
		{"plain http off loopback", live("ALLEVIATE_API_URL=http://leads.example.com/graphql"), "ALLEVIATE_API_URL must be an https address"},
		{"a host that only begins like loopback", live("ALLEVIATE_TOKEN_URL=http://127.0.0.1.example.com/"), "ALLEVIATE_TOKEN_URL must be an https address"},
		{"no credentials", live("ALLEVIATE_CLIENT_SECRET=", "ALLEVIATE_CLIENT_ID="), "ALLEVIATE_CLIENT_ID is not set"},
		{"no CRM path", live("ALLEVIATE_CRM="), "ALLEVIATE_CRM is not set; ask Alleviate"},
		{"no key set", live("INTAKE_KEYSET_FILE="), "INTAKE_KEYSET_FILE is not set"},
		{"no master key", live("INTAKE_MASTER_KEY_FILE="), "INTAKE_MASTER_KEY_FILE is not set"},
		{"production on http", inProduction("INTAKE_PUBLIC_URL=http://apply.example.com"), "must be https in production"},
		{"production with the sample seller", inProduction("INTAKE_SELLER=Clearwater Relief LLC (sample)"), "INTAKE_SELLER is still the sample"},
		{"a provider without a secret", live("INTAKE_OIDC_ISSUER=https://id.example.com", "INTAKE_OIDC_CLIENT_ID=x"), "INTAKE_OIDC_CLIENT_SECRET is not set"},
		{"a provider without a client", live("INTAKE_OIDC_ISSUER=https://id.example.com", "INTAKE_OIDC_CLIENT_SECRET=x"), "INTAKE_OIDC_CLIENT_ID is not set"},
		{"a provider on http", live("INTAKE_OIDC_ISSUER=http://id.example.com", "INTAKE_OIDC_CLIENT_ID=x", "INTAKE_OIDC_CLIENT_SECRET=x"), "INTAKE_OIDC_ISSUER must be an https address"},
		{"a client of no provider", live("INTAKE_OIDC_CLIENT_ID=x"), "INTAKE_OIDC_ISSUER is not set"},
		{"a second factor of no provider", live("INTAKE_OIDC_MFA_CLAIM=amr=mfa"), "INTAKE_OIDC_ISSUER is not set"},
		{"a second factor without a value", live("INTAKE_OIDC_MFA_CLAIM=amr"), "INTAKE_OIDC_MFA_CLAIM must be a claim and its value"},
		{"the development sign-in in the sandbox", live("INTAKE_DEV_SIGNIN=on"), "INTAKE_DEV_SIGNIN is on"},
		{"the development sign-in in production", inProduction("INTAKE_DEV_SIGNIN=on"), "INTAKE_DEV_SIGNIN is on"},
		{"the development sign-in for the public", []string{"INTAKE_DEV_SIGNIN=on", "INTAKE_PUBLIC_URL=https://apply.example.com"}, "INTAKE_DEV_SIGNIN is on"},
		{"two providers", []string{"INTAKE_DEV_SIGNIN=on", "INTAKE_OIDC_ISSUER=http://localhost:9000", "INTAKE_OIDC_CLIENT_ID=x", "INTAKE_OIDC_CLIENT_SECRET=x"}, "keep one"},
		{"an environment nobody knows", []string{"ALLEVIATE_ENVIRONMENT=prod"}, "ALLEVIATE_ENVIRONMENT must be one of simulator, sandbox, production"},
		{"a time without a unit", []string{"ALLEVIATE_CREATE_TIMEOUT=90"}, "ALLEVIATE_CREATE_TIMEOUT must be a time such as 90s"},
		{"a budget of nothing", []string{"ALLEVIATE_CREATE_TIMEOUT=0s"}, "ALLEVIATE_CREATE_TIMEOUT is 0s"},
		{"a doubt policy that does not exist", []string{"ALLEVIATE_IN_DOUBT=guess"}, "ALLEVIATE_IN_DOUBT must be one of park, resend"},
		{"field checks that are neither first nor last", []string{"ALLEVIATE_FIELD_CHECKS=yes"}, "ALLEVIATE_FIELD_CHECKS must be one of first, last"},
		{"resend without a longest time", live("ALLEVIATE_IN_DOUBT=resend"), "ALLEVIATE_MAX_PROCESSING is not set; ask Alleviate"},
		{"resend before the call may have ended", live("ALLEVIATE_IN_DOUBT=resend", "ALLEVIATE_MAX_PROCESSING=15m"), "ALLEVIATE_RESEND_AFTER is 15m0s; to resend it must be longer"},
		{"a pace that is no number", live("ALLEVIATE_PACE=fast"), "ALLEVIATE_PACE must be a whole number"},
		{"a pace of nothing", live("ALLEVIATE_PACE=0"), "ALLEVIATE_PACE must be a whole number, 1 or more, or off"},
		{"production without a pace", inProduction("ALLEVIATE_PACE=off"), "production needs a pace"},
		{"a halt that is no number", live("ALLEVIATE_DOUBT_HALT=-1"), "ALLEVIATE_DOUBT_HALT must be a whole number, 1 or more, or off"},
		{"answers that go before the number", []string{"INTAKE_RETENTION_ANSWERS=1h"}, "INTAKE_RETENTION_ANSWERS and INTAKE_RETENTION_EVIDENCE must be"},
		{"nothing kept at all", []string{"INTAKE_RETENTION_SSN=0s"}, "must be longer than nothing"},
		{"a simulator elsewhere", []string{"ALLEVIATE_API_URL=http://10.0.0.1/graphql", "ALLEVIATE_TOKEN_URL=http://127.0.0.1/t"}, "must be on loopback in the simulator environment"},
		{"half of a simulator", []string{"ALLEVIATE_API_URL=http://127.0.0.1/graphql"}, "go together"},
		{"no limits in production", inProduction("INTAKE_RATE_LIMIT=off"), "INTAKE_RATE_LIMIT is off; that is for load tests"},
		{"no bot checks in production", inProduction("INTAKE_BOT_CHECKS=off"), "INTAKE_BOT_CHECKS is off; that is for load tests"},
		{"no limits for everybody", []string{"INTAKE_RATE_LIMIT=off", "INTAKE_ADDR=0.0.0.0:8080"}, "INTAKE_RATE_LIMIT is off; that is for load tests"},
		{"no bot checks on every address", []string{"INTAKE_BOT_CHECKS=off", "INTAKE_ADDR=:8080"}, "INTAKE_BOT_CHECKS is off; that is for load tests"},
		{"metrics for everybody", []string{"INTAKE_ADMIN_ADDR=0.0.0.0:9090"}, "INTAKE_ADMIN_ADDR must be an address on loopback"},
		{"metrics on a public address", []string{"INTAKE_ADMIN_ADDR=203.0.113.9:9090"}, "INTAKE_ADMIN_ADDR must be an address on loopback"},
		{"metrics without a port", []string{"INTAKE_ADMIN_ADDR=127.0.0.1"}, "INTAKE_ADMIN_ADDR must be an address to listen on"},
		{"profiles of another kind", []string{"INTAKE_PPROF=yes"}, "INTAKE_PPROF must be one of on, off"},
		{"a limit of another kind", []string{"INTAKE_RATE_LIMIT=5"}, "INTAKE_RATE_LIMIT must be one of on, off"},
		{"proxies that are no networks", []string{"INTAKE_TRUSTED_PROXIES=10.0.0.1"}, "INTAKE_TRUSTED_PROXIES must be"},
		{"a loan to be asked about in between", []string{"INTAKE_CONSUMER_LOAN_FIELDS=yes"}, "INTAKE_CONSUMER_LOAN_FIELDS must be one of on, off"},
		{"a permission required in between", []string{"INTAKE_REQUIRE_CREDIT_CONSENT=no"}, "INTAKE_REQUIRE_CREDIT_CONSENT must be one of on, off"},
		{"production without the credit permission", inProduction("INTAKE_REQUIRE_CREDIT_CONSENT=off"), "INTAKE_REQUIRE_CREDIT_CONSENT is off; in production nobody's request goes out without"},
		{"a phone that cannot be called", []string{"INTAKE_PHONE=12345"}, "INTAKE_PHONE must be"},
		{"a color that is none", []string{"INTAKE_COLOR=teal"}, "INTAKE_COLOR must be a color such as"},
		{"a zone that is none", []string{"INTAKE_ZONE=Eastern"}, "INTAKE_ZONE must be a time zone such as America/New_York"},
		{"the zone of the machine", []string{"INTAKE_ZONE=Local"}, "INTAKE_ZONE must be a time zone such as America/New_York"},
		{"a secret of the dialer that can be guessed", []string{"INTAKE_PREFILL_SECRET=" + strings.Repeat("x", 31)}, "INTAKE_PREFILL_SECRET has fewer than 32 bytes; make one"},
		{"a sender that nobody knows", []string{"INTAKE_LINK_SENDER=smtp"}, "INTAKE_LINK_SENDER must be one of none, webhook"},
		{"a webhook without an address", live("INTAKE_LINK_SENDER=webhook", "INTAKE_WEBHOOK_SECRET="+strings.Repeat("x", 32)), "INTAKE_LINK_WEBHOOK is not set"},
		{"a webhook without a secret", live("INTAKE_LINK_SENDER=webhook", "INTAKE_LINK_WEBHOOK=https://sms.example.com/x"), "INTAKE_WEBHOOK_SECRET is not set"},
		{"a webhook whose secret can be guessed", live("INTAKE_WEBHOOK_SECRET=" + strings.Repeat("x", 31)), "INTAKE_WEBHOOK_SECRET has fewer than 32 bytes"},
		{"a webhook on http", live("INTAKE_LINK_SENDER=webhook", "INTAKE_LINK_WEBHOOK=http://sms.example.com/x", "INTAKE_WEBHOOK_SECRET="+strings.Repeat("x", 32)), "INTAKE_LINK_WEBHOOK must be an https address"},
		{"a webhook that the simulator would call", []string{"INTAKE_LINK_SENDER=webhook", "INTAKE_LINK_WEBHOOK=https://sms.example.com/x", "INTAKE_WEBHOOK_SECRET=" + strings.Repeat("x", 32)}, "INTAKE_LINK_WEBHOOK must be on loopback in the simulator"},
		{"a webhook that is not used", live("INTAKE_LINK_WEBHOOK=https://sms.example.com/x"), "INTAKE_LINK_SENDER is none; set it to webhook"},
		{"a recorder of another kind", []string{"INTAKE_TRUSTEDFORM=yes"}, "INTAKE_TRUSTEDFORM must be off, on, or in tests the address of a script"},
		{"a recorder that the simulator would tell", []string{"INTAKE_TRUSTEDFORM=on"}, "in the simulator nothing leaves this machine"},
		{"a stand-in elsewhere", []string{"INTAKE_TRUSTEDFORM=https://standin.example/x.js"}, "give the address of a stand-in on loopback"},
		{"a stand-in in production", inProduction("INTAKE_TRUSTEDFORM=http://127.0.0.1:9/x.js"), "in production it must be off or on"},
		{"production on http at home", inProduction("INTAKE_PUBLIC_URL=http://localhost:8080"), "must be https in production"},
		{"the sandbox on http", live("INTAKE_PUBLIC_URL=http://apply.example.com"), "INTAKE_PUBLIC_URL must be an https address; plain http is for loopback only"},
		{"the simulator on http", []string{"INTAKE_PUBLIC_URL=http://apply.example.test:18085"}, "INTAKE_PUBLIC_URL must be an https address"},
		{"http in a private network", []string{"INTAKE_PUBLIC_URL=http://192.168.1.5:8080"}, "INTAKE_PUBLIC_URL must be an https address"},
		{"http on every address", []string{"INTAKE_PUBLIC_URL=http://0.0.0.0:8080"}, "INTAKE_PUBLIC_URL must be an https address"},
		{"http on a name that only begins like loopback", []string{"INTAKE_PUBLIC_URL=http://localhost.example.com"}, "INTAKE_PUBLIC_URL must be an https address"},
		{"a public address with a user", []string{"INTAKE_PUBLIC_URL=https://user@example.com"}, "INTAKE_PUBLIC_URL must be an address"},
		{"a database by keywords", []string{"INTAKE_DATABASE_URL=host=db.example.com password=x"}, "INTAKE_DATABASE_URL must be file: and a path"},
		{"an unwritten sign in the database's password", []string{"INTAKE_DATABASE_URL=postgres://u:p#x@db.example.com/d"}, "the password are written as %23"},
		{"a key in place of its file", live("INTAKE_MASTER_KEY_FILE=" + strings.Repeat("0a", 32)), "INTAKE_MASTER_KEY_FILE must be the path of a file"},
		{"a site with a scheme", []string{"INTAKE_SITE=https://relief.example"}, "INTAKE_SITE must be a host"},
		{"a public address with a path", []string{"INTAKE_PUBLIC_URL=https://example.com/apply"}, "INTAKE_PUBLIC_URL must be"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(tt.environ)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a sentence with %q", err, tt.want)
			}
		})
	}
}

func TestRead_TakesHTTPSAnywhereAndHTTPOnLoopback(t *testing.T) {
	for _, environ := range [][]string{
		nil, live(), live("INTAKE_PUBLIC_URL=https://apply.example.com"), {"INTAKE_PUBLIC_URL=HTTPS://apply.example.com"},
		{"INTAKE_PUBLIC_URL=http://127.0.0.1:8080/"}, {"INTAKE_PUBLIC_URL=http://[::1]:8080"}, {"INTAKE_PUBLIC_URL=http://LocalHost"},
	} {
		if _, err := Read(environ); err != nil {
			t.Errorf("%v: %v", environ, err)
		}
	}
}

func TestRead_TakesAWholeProviderAndTheDevelopmentSignInInTheImage(t *testing.T) {
	for _, environ := range [][]string{
		live("INTAKE_OIDC_ISSUER=https://id.example.com/realm", "INTAKE_OIDC_CLIENT_ID=x", "INTAKE_OIDC_CLIENT_SECRET=x", "INTAKE_OIDC_MFA_CLAIM=amr=mfa"),
		{"INTAKE_OIDC_ISSUER=http://localhost:9000", "INTAKE_OIDC_CLIENT_ID=x", "INTAKE_OIDC_CLIENT_SECRET=x"},
		{"INTAKE_DEV_SIGNIN=on", "INTAKE_ADDR=0.0.0.0:8080"},
	} {
		if cfg, err := Read(environ); err != nil || cfg.RolesClaim != "roles" {
			t.Errorf("%q: %v", environ, err)
		}
	}
}

func TestRead_TakesAWebhookForLinks(t *testing.T) {
	for _, environ := range [][]string{
		live("INTAKE_LINK_SENDER=webhook", "INTAKE_LINK_WEBHOOK=https://sms.example.com/x", "INTAKE_WEBHOOK_SECRET="+strings.Repeat("x", 32)),
		{"INTAKE_LINK_SENDER=webhook", "INTAKE_LINK_WEBHOOK=http://127.0.0.1:9000/x", "INTAKE_WEBHOOK_SECRET=" + strings.Repeat("x", 32)},
	} {
		if cfg, err := Read(environ); err != nil || cfg.LinkSender != Webhook {
			t.Errorf("%q: %v", environ, err)
		}
	}
}

func TestRead_EachEnvironmentHasItsPaceAndPolicy(t *testing.T) {
	for _, tt := range []struct {
		environ    []string
		wantPace   int
		wantHalt   int
		wantSettle time.Duration
	}{
		{nil, 0, 10, 0},
		{live(), 90, 10, 0},
		{inProduction(), 60, 10, 0},
		{live("ALLEVIATE_PACE=off", "ALLEVIATE_DOUBT_HALT=off"), 0, 0, 0},
		{inProduction("ALLEVIATE_PACE=30", "ALLEVIATE_DOUBT_HALT=3"), 30, 3, 0},
		{live("ALLEVIATE_IN_DOUBT=resend", "ALLEVIATE_MAX_PROCESSING=10m"), 90, 10, 15 * time.Minute},
	} {
		cfg, err := Read(tt.environ)
		if err != nil || cfg.Pace.Number() != tt.wantPace || cfg.DoubtHalt.Number() != tt.wantHalt || cfg.ResendDelay() != tt.wantSettle {
			t.Errorf("pace %s, halt %s, settle %s, %v; want %d, %d, %s", cfg.Pace, cfg.DoubtHalt, cfg.ResendDelay(), err, tt.wantPace, tt.wantHalt, tt.wantSettle)
		}
	}
}

func TestRead_TellsAllProblemsAtOnce(t *testing.T) {
	_, err := Read([]string{"ALLEVIATE_ENVIRONMENT=production", "INTAKE_WORKERS=many", "INTAKE_LOG=loud"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"ALLEVIATE_CLIENT_ID", "ALLEVIATE_CLIENT_SECRET", "ALLEVIATE_CRM", "INTAKE_KEYSET_FILE", "INTAKE_PUBLIC_URL", "INTAKE_WORKERS must be a whole number", "INTAKE_LOG", "INTAKE_BRAND"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in:\n%v", want, err)
		}
	}
}

func TestRead_TakesASecretFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Read(live("ALLEVIATE_CLIENT_SECRET=", "ALLEVIATE_CLIENT_SECRET_FILE="+path))
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.ClientSecret.Reveal(); got != canary {
		t.Errorf("the secret has %d characters, want the %d of the file's line", len(got), len(canary))
	}
	if _, err := Read(live("ALLEVIATE_CLIENT_SECRET_FILE=" + path)); err == nil || !strings.Contains(err.Error(), "both set") {
		t.Errorf("the secret twice: got %v", err)
	}
	if _, err := Read(live("ALLEVIATE_CLIENT_SECRET=", "ALLEVIATE_CLIENT_SECRET_FILE=/nowhere")); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("a file that is not there: got %v", err)
	}
}

func TestConfig_PrintsNoSecret(t *testing.T) {
	cfg, err := Read(live("ALLEVIATE_CLIENT_SECRET_NEXT="+canary, "INTAKE_DATABASE_URL=postgres://intake:"+canary+"@db.example.com/intake"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("settings", "set", cfg)
	if !strings.Contains(out.String(), `"ALLEVIATE_CLIENT_SECRET":"***"`) || !strings.Contains(out.String(), `"ALLEVIATE_CLIENT_ID":"(not shown)"`) {
		t.Errorf("the settings are not listed by their names: %s", out.String())
	}
	fmt.Fprintf(&out, "%v %+v", cfg.ClientSecret, cfg.NextSecret)
	if strings.Contains(out.String(), canary) {
		t.Errorf("a secret is printed: %s", out.String())
	}
}

func TestRead_EveryEnvironmentRequiresTheCreditPermission(t *testing.T) {
	for _, environ := range [][]string{nil, live(), inProduction()} {
		if cfg, err := Read(environ); err != nil || !cfg.RequireCredit {
			t.Errorf("%s: the permission is required: %s (%v)", cfg.Environment, cfg.RequireCredit, err)
		}
	}
	if cfg, err := Read(live("INTAKE_REQUIRE_CREDIT_CONSENT=off")); err != nil || bool(cfg.RequireCredit) {
		t.Errorf("the sandbox does not take off: %s (%v)", cfg.RequireCredit, err)
	}
}

func TestConfig_TheListOfErasuresStandsBesideAFileUnlessNamed(t *testing.T) {
	for _, tt := range []struct{ url, named, want string }{
		{"file:data/x.db", "", "data/x.db.forget"},
		{"file:///data/x.db", "", "/data/x.db.forget"},
		{"file:data/x.db", "elsewhere", "elsewhere"},
		{"postgres://db/intake", "", ""},
	} {
		cfg, err := Read([]string{"INTAKE_DATABASE_URL=" + tt.url, "INTAKE_FORGET_FILE=" + tt.named})
		if err != nil || string(cfg.ForgetFile) != tt.want {
			t.Errorf("%s and %q: %q, %v, want %q", tt.url, tt.named, cfg.ForgetFile, err, tt.want)
		}
	}
}

func TestConfig_TheZoneIsThatOfTheEastUnlessNamed(t *testing.T) {
	for named, want := range map[string]string{"": "America/New_York", "America/Chicago": "America/Chicago", "UTC": "UTC"} {
		cfg, err := Read([]string{"INTAKE_ZONE=" + named})
		if err != nil || cfg.Zone.Location().String() != want {
			t.Errorf("%q: %s, %v, want %s", named, cfg.Zone.Location(), err, want)
		}
	}
}
