// Package config reads all settings from the environment, once. Nothing else in the program reads the environment.
package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"intake/alleviate"
)

// simulatorClientID is the client id in the simulator environment when none is given.
const simulatorClientID = "intake-simulator"

// Config is every setting, by the names of the README's table. The type of a field decides what is shown
// of it.
type Config struct {
	Addr      ListenAddr `env:"INTAKE_ADDR" envDefault:"127.0.0.1:8080"`
	PublicURL Address    `env:"INTAKE_PUBLIC_URL" envDefault:"http://localhost:8080"`
	Proxies   Networks   `env:"INTAKE_TRUSTED_PROXIES"`
	Log       LogLevel   `env:"INTAKE_LOG" envDefault:"info"`
	LogFormat LogFormat  `env:"INTAKE_LOG_FORMAT" envDefault:"auto"`
	AdminAddr ListenAddr `env:"INTAKE_ADMIN_ADDR" envDefault:"127.0.0.1:9090"`
	Pprof     Switch     `env:"INTAKE_PPROF" envDefault:"off"`
	RateLimit Switch     `env:"INTAKE_RATE_LIMIT" envDefault:"on"`
	BotChecks Switch     `env:"INTAKE_BOT_CHECKS" envDefault:"on"`

	DatabaseURL   DatabaseURL `env:"INTAKE_DATABASE_URL" envDefault:"file:data/intake.db"`
	KeysetFile    FilePath    `env:"INTAKE_KEYSET_FILE"`
	MasterKeyFile FilePath    `env:"INTAKE_MASTER_KEY_FILE"`
	ForgetFile    FilePath    `env:"INTAKE_FORGET_FILE"`
	StateDir      FilePath    `env:"INTAKE_STATE_DIR"`

	RetentionSSN      time.Duration `env:"INTAKE_RETENTION_SSN" envDefault:"24h"`
	RetentionAnswers  time.Duration `env:"INTAKE_RETENTION_ANSWERS" envDefault:"720h"`
	RetentionEvidence time.Duration `env:"INTAKE_RETENTION_EVIDENCE" envDefault:"43800h"`

	Brand  Text     `env:"INTAKE_BRAND" envDefault:"Clearwater Relief (sample)"`
	Seller Text     `env:"INTAKE_SELLER" envDefault:"Clearwater Relief LLC (sample)"`
	Phone  Text     `env:"INTAKE_PHONE" envDefault:"(512) 555-0100"`
	Postal Text     `env:"INTAKE_POSTAL_ADDRESS" envDefault:"100 Example Street, Austin, TX 78701 (sample)"`
	Color  Color    `env:"INTAKE_COLOR"`
	Site   Hostname `env:"INTAKE_SITE"`
	Zone   Zone     `env:"INTAKE_ZONE" envDefault:"America/New_York"`

	TextsDir    FilePath  `env:"INTAKE_TEXTS_DIR"`
	TrustedForm Recording `env:"INTAKE_TRUSTEDFORM" envDefault:"off"`

	LoanFields    Switch `env:"INTAKE_CONSUMER_LOAN_FIELDS" envDefault:"off"`
	RequireCredit Switch `env:"INTAKE_REQUIRE_CREDIT_CONSENT" envDefault:"on"`

	OIDCIssuer   Address          `env:"INTAKE_OIDC_ISSUER"`
	OIDCClientID EntraID          `env:"INTAKE_OIDC_CLIENT_ID"` // that of another provider may have any form; it is not shown then
	OIDCSecret   alleviate.Secret `env:"INTAKE_OIDC_CLIENT_SECRET"`
	RolesClaim   Text             `env:"INTAKE_OIDC_ROLES_CLAIM" envDefault:"roles"`
	MFAClaim     Claim            `env:"INTAKE_OIDC_MFA_CLAIM"`
	DevSignIn    Switch           `env:"INTAKE_DEV_SIGNIN" envDefault:"off"`

	RecordedCall  Switch        `env:"INTAKE_ALLOW_RECORDED_CALL" envDefault:"on"`
	ConsentTiming ConsentTiming `env:"INTAKE_CONSENT_TIMING" envDefault:"before"`
	OralOptIn     Switch        `env:"INTAKE_ORAL_OPT_IN" envDefault:"off"`
	DeskSSN       Switch        `env:"INTAKE_DESK_SSN" envDefault:"off"`

	PrefillSecret alleviate.Secret `env:"INTAKE_PREFILL_SECRET"`

	LinkSender    LinkSender       `env:"INTAKE_LINK_SENDER" envDefault:"none"`
	LinkWebhook   Address          `env:"INTAKE_LINK_WEBHOOK"`
	WebhookSecret alleviate.Secret `env:"INTAKE_WEBHOOK_SECRET"`

	Environment  Environment      `env:"ALLEVIATE_ENVIRONMENT" envDefault:"simulator"`
	ClientID     EntraID          `env:"ALLEVIATE_CLIENT_ID"`
	ClientSecret alleviate.Secret `env:"ALLEVIATE_CLIENT_SECRET"`
	NextSecret   alleviate.Secret `env:"ALLEVIATE_CLIENT_SECRET_NEXT"`
	SecretEnds   Day              `env:"ALLEVIATE_SECRET_EXPIRES"`
	TenantID     EntraID          `env:"ALLEVIATE_TENANT_ID"`
	AppID        EntraID          `env:"ALLEVIATE_APP_ID"`
	Scope        Address          `env:"ALLEVIATE_SCOPE"`
	TokenURL     Address          `env:"ALLEVIATE_TOKEN_URL"`
	APIURL       Address          `env:"ALLEVIATE_API_URL"`
	DebtCoreURL  Address          `env:"ALLEVIATE_DEBT_CORE_URL"`

	CreateTimeout time.Duration `env:"ALLEVIATE_CREATE_TIMEOUT" envDefault:"120s"`
	SubmitTimeout time.Duration `env:"ALLEVIATE_SUBMIT_TIMEOUT" envDefault:"30s"`
	StatusTimeout time.Duration `env:"ALLEVIATE_STATUS_TIMEOUT" envDefault:"10s"`
	LeaseMargin   time.Duration `env:"ALLEVIATE_LEASE_MARGIN" envDefault:"30s"`
	Workers       int           `env:"INTAKE_WORKERS" envDefault:"16"`

	CRM     CRM     `env:"ALLEVIATE_CRM"`
	InDoubt InDoubt `env:"ALLEVIATE_IN_DOUBT" envDefault:"park"`

	FieldChecks FieldChecks `env:"ALLEVIATE_FIELD_CHECKS" envDefault:"first"`

	AffiliateAppID Text `env:"ALLEVIATE_AFFILIATE_APP_ID"`

	Pace          Limit         `env:"ALLEVIATE_PACE"`
	DoubtHalt     Limit         `env:"ALLEVIATE_DOUBT_HALT" envDefault:"10"`
	ResendAfter   time.Duration `env:"ALLEVIATE_RESEND_AFTER" envDefault:"15m"`
	MaxProcessing time.Duration `env:"ALLEVIATE_MAX_PROCESSING"`

	SimulatorAddr    ListenAddr    `env:"SIMULATOR_ADDR" envDefault:"127.0.0.1:0"`
	SimulatorSeed    uint64        `env:"SIMULATOR_SEED"`
	SimulatorFaults  Switch        `env:"SIMULATOR_FAULTS" envDefault:"off"`
	SimulatorLatency time.Duration `env:"SIMULATOR_LATENCY"`
}

// Read reads the settings from environ, which has the form of os.Environ. Its error names
// every problem at once and quotes nothing that was given.
func Read(environ []string) (Config, error) {
	settings := env.ToMap(environ)
	problems := readSecretFiles(settings)
	var cfg Config
	unread := unreadable(env.ParseWithOptions(&cfg, env.Options{Environment: settings}))
	for name, form := range unread {
		problems = append(problems, fmt.Errorf("%s must be %s", name, form))
	}
	cfg.setDefaults()
	for _, problem := range cfg.check() {
		name, _, _ := strings.Cut(problem.Error(), " ")
		if _, isUnread := unread[name]; !isUnread {
			problems = append(problems, problem)
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return cfg, errors.Join(problems...)
}

// readSecretFiles lets a setting that is a secret also be given as the path of a file, in its name with
// _FILE behind it.
func readSecretFiles(settings map[string]string) []error {
	var problems []error
	for field := range reflect.TypeFor[Config]().Fields() {
		if _, secret := reflect.Zero(field.Type).Interface().(interface{ Reveal() string }); !secret {
			continue
		}
		name := field.Tag.Get("env")
		path := settings[name+"_FILE"]
		if path == "" {
			continue
		}
		if settings[name] != "" {
			problems = append(problems, fmt.Errorf("%s and %s_FILE are both set; keep one", name, name))
			continue
		}
		body, err := os.ReadFile(path)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s_FILE cannot be read: %w", name, errors.Unwrap(err)))
			continue
		}
		settings[name] = strings.TrimRight(string(body), "\r\n")
	}
	return problems
}

// setDefaults fills in what is not set from the preset of the environment.
func (c *Config) setDefaults() {
	if file, ok := strings.CutPrefix(c.DatabaseURL.Reveal(), "file:"); ok {
		setDefault(&c.ForgetFile, FilePath(strings.TrimPrefix(file, "//")+".forget"))
	}
	preset := alleviate.Sandbox()
	if c.Environment == Simulator {
		setDefault(&c.KeysetFile, "data/keyset.json")
		setDefault(&c.CRM, Manual)
		setDefault(&c.Pace, off)
		setDefault(&c.ClientID, simulatorClientID)
		if c.ClientSecret.Reveal() == "" {
			c.ClientSecret = alleviate.NewSecret("any-word-will-do-in-the-simulator")
		}
		setDefault(&c.TenantID, EntraID(preset.TenantID))
		setDefault(&c.Scope, Address(preset.Scope))
		return // the addresses are known once the simulator listens
	}
	if c.Environment == Production {
		preset = alleviate.Production()
		setDefault(&c.Pace, "60")
	}
	setDefault(&c.Pace, "90")
	setDefault(&c.TenantID, EntraID(preset.TenantID))
	if guid.MatchString(string(c.AppID)) {
		setDefault(&c.Scope, Address(alleviate.ScopeFor(string(c.AppID))))
	}
	setDefault(&c.Scope, Address(preset.Scope))
	setDefault(&c.APIURL, Address(preset.APIURL))
}

func setDefault[T ~string](field *T, value T) {
	if *field == "" {
		*field = value
	}
}

// LogValue is every setting by its name, as its type shows it; what is not set is left out.
func (c Config) LogValue() slog.Value {
	var attrs []slog.Attr
	for field, value := range reflect.ValueOf(c).Fields() {
		if !value.IsZero() || field.Type == reflect.TypeFor[Switch]() {
			shown := slog.AnyValue(value.Interface()).Resolve() // or a printer of the group sees the value itself
			if shown.Kind() == slog.KindDuration {
				shown = slog.StringValue(shown.String()) // JSON would write nanoseconds
			}
			attrs = append(attrs, slog.Attr{Key: field.Tag.Get("env"), Value: shown})
		}
	}
	return slog.GroupValue(attrs...)
}

// Format writes what LogValue shows, for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.LogValue().String()) } // fmt has no way to report it

// unreadable returns how the settings that could not be parsed must be written, by their names.
func unreadable(err error) map[string]string {
	forms := map[string]string{}
	if err == nil {
		return forms
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		all.Errors = []error{err}
	}
	for _, one := range all.Errors {
		var parse env.ParseError
		if !errors.As(one, &parse) {
			panic(fmt.Sprintf("the fields of Config are wrong: %T", one)) // whatever is set
		}
		field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
		forms[field.Tag.Get("env")] = formOf(field.Type)
	}
	return forms
}

// formOf returns how a setting of a type is written.
func formOf(t reflect.Type) string {
	if s, ok := reflect.Zero(t).Interface().(setting); ok {
		return s.form()
	}
	return numberForms[t]
}

// numberForms are the types of settings that can hold nothing but a number.
var numberForms = map[reflect.Type]string{
	reflect.TypeFor[time.Duration](): "a time such as 90s or 15m",
	reflect.TypeFor[int]():           "a whole number",
	reflect.TypeFor[uint64]():        "a whole number, 0 or more",
}
