package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"intake/alleviate"
)

// The environments.
const (
	simulated  = "simulator"
	sandbox    = "sandbox"
	production = "production"
)

// Config is every setting, by the names of the README's table. Nothing else in the program reads
// the environment.
type Config struct {
	Addr      string `env:"INTAKE_ADDR" envDefault:"127.0.0.1:8080"`
	PublicURL string `env:"INTAKE_PUBLIC_URL" envDefault:"http://localhost:8080"`
	Proxies   string `env:"INTAKE_TRUSTED_PROXIES"`
	Log       string `env:"INTAKE_LOG" envDefault:"info"`
	AdminAddr string `env:"INTAKE_ADMIN_ADDR" envDefault:"127.0.0.1:9090"`
	Pprof     string `env:"INTAKE_PPROF" envDefault:"off"`
	RateLimit string `env:"INTAKE_RATE_LIMIT" envDefault:"on"`
	BotChecks string `env:"INTAKE_BOT_CHECKS" envDefault:"on"`

	DatabaseURL   string `env:"INTAKE_DATABASE_URL" envDefault:"file:data/intake.db"`
	KeysetFile    string `env:"INTAKE_KEYSET_FILE"`
	MasterKeyFile string `env:"INTAKE_MASTER_KEY_FILE"`
	ForgetFile    string `env:"INTAKE_FORGET_FILE"`
	ConsentHead   string `env:"INTAKE_CONSENT_HEAD"`

	RetentionSSN      time.Duration `env:"INTAKE_RETENTION_SSN" envDefault:"24h"`
	RetentionAnswers  time.Duration `env:"INTAKE_RETENTION_ANSWERS" envDefault:"720h"`
	RetentionEvidence time.Duration `env:"INTAKE_RETENTION_EVIDENCE" envDefault:"43800h"`

	Brand  string `env:"INTAKE_BRAND" envDefault:"Clearwater Relief (sample)"`
	Seller string `env:"INTAKE_SELLER" envDefault:"Clearwater Relief LLC (sample)"`
	Phone  string `env:"INTAKE_PHONE" envDefault:"(512) 555-0100"`
	Colour string `env:"INTAKE_COLOUR"`
	Site   string `env:"INTAKE_SITE"`

	TextsDir    string `env:"INTAKE_TEXTS_DIR"`
	TrustedForm string `env:"INTAKE_TRUSTEDFORM" envDefault:"off"`

	LoanFields    string `env:"INTAKE_CONSUMER_LOAN_FIELDS" envDefault:"off"`
	RequireCredit string `env:"INTAKE_REQUIRE_CREDIT_CONSENT" envDefault:"on"`

	Environment  string           `env:"ALLEVIATE_ENVIRONMENT" envDefault:"simulator"`
	ClientID     string           `env:"ALLEVIATE_CLIENT_ID"`
	ClientSecret alleviate.Secret `env:"ALLEVIATE_CLIENT_SECRET"`
	NextSecret   alleviate.Secret `env:"ALLEVIATE_CLIENT_SECRET_NEXT"`
	SecretEnds   day              `env:"ALLEVIATE_SECRET_EXPIRES"`
	TenantID     string           `env:"ALLEVIATE_TENANT_ID"`
	AppID        string           `env:"ALLEVIATE_APP_ID"`
	Scope        string           `env:"ALLEVIATE_SCOPE"`
	TokenURL     string           `env:"ALLEVIATE_TOKEN_URL"`
	APIURL       string           `env:"ALLEVIATE_API_URL"`
	DebtCoreURL  string           `env:"ALLEVIATE_DEBT_CORE_URL"`

	CreateTimeout time.Duration `env:"ALLEVIATE_CREATE_TIMEOUT" envDefault:"120s"`
	SubmitTimeout time.Duration `env:"ALLEVIATE_SUBMIT_TIMEOUT" envDefault:"30s"`
	StatusTimeout time.Duration `env:"ALLEVIATE_STATUS_TIMEOUT" envDefault:"10s"`
	LeaseMargin   time.Duration `env:"ALLEVIATE_LEASE_MARGIN" envDefault:"30s"`
	Workers       int           `env:"INTAKE_WORKERS" envDefault:"16"`

	CRM     string `env:"ALLEVIATE_CRM"`
	InDoubt string `env:"ALLEVIATE_IN_DOUBT" envDefault:"park"`

	Pace      string        `env:"ALLEVIATE_PACE"`
	DoubtHalt string        `env:"ALLEVIATE_DOUBT_HALT" envDefault:"10"`
	Settle    time.Duration `env:"ALLEVIATE_SETTLE" envDefault:"15m"`
	Longest   time.Duration `env:"ALLEVIATE_LONGEST"`

	SimulatorAddr    string        `env:"SIMULATOR_ADDR" envDefault:"127.0.0.1:0"`
	SimulatorSeed    uint64        `env:"SIMULATOR_SEED"`
	SimulatorFaults  string        `env:"SIMULATOR_FAULTS" envDefault:"off"`
	SimulatorLatency time.Duration `env:"SIMULATOR_LATENCY"`
}

// secrets may also be given as the path of a file, in the name with _FILE behind it.
var secrets = []string{"ALLEVIATE_CLIENT_SECRET", "ALLEVIATE_CLIENT_SECRET_NEXT"}

// readConfig reads the settings from environ, which has the form of os.Environ. Its error names
// every problem at once and quotes no secret.
func readConfig(environ []string) (Config, error) {
	settings := env.ToMap(environ)
	problems := readSecretFiles(settings)
	var cfg Config
	if err := env.ParseWithOptions(&cfg, env.Options{Environment: settings}); err != nil {
		problems = append(problems, inWords(err))
	}
	cfg.fillIn()
	problems = append(problems, cfg.check()...)
	return cfg, errors.Join(problems...)
}

func readSecretFiles(settings map[string]string) []error {
	var problems []error
	for _, name := range secrets {
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

// fillIn takes what is not set from the environment's preset.
func (c *Config) fillIn() {
	if path, ok := strings.CutPrefix(c.DatabaseURL, "file:"); ok && path != "" {
		setDefault(&c.ForgetFile, strings.TrimPrefix(path, "//")+".forget")
	}
	preset := alleviate.Sandbox()
	if c.Environment == simulated {
		setDefault(&c.KeysetFile, "data/keyset.json")
		setDefault(&c.CRM, "manual")
		setDefault(&c.Pace, off)
		setDefault(&c.ClientID, "intake-simulator")
		if c.ClientSecret.Reveal() == "" {
			c.ClientSecret = alleviate.NewSecret("any-word-will-do-in-the-simulator")
		}
		setDefault(&c.TenantID, preset.TenantID)
		setDefault(&c.Scope, preset.Scope)
		return // the addresses are known once the simulator listens
	}
	if c.Environment == production {
		preset = alleviate.Production()
		setDefault(&c.Pace, "60")
	}
	setDefault(&c.Pace, "90")
	setDefault(&c.TenantID, preset.TenantID)
	if c.AppID != "" {
		setDefault(&c.Scope, alleviate.ScopeFor(c.AppID))
	}
	setDefault(&c.Scope, preset.Scope)
	setDefault(&c.APIURL, preset.APIURL)
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func (c *Config) logLevel() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log)); err != nil {
		return slog.LevelInfo // check has refused it already
	}
	return level
}

// LogValue is every setting by its name, secrets as "***", passwords in addresses too; what is not
// set is left out.
func (c Config) LogValue() slog.Value {
	var attrs []slog.Attr
	fields := reflect.ValueOf(c)
	for i := range fields.NumField() {
		if fields.Field(i).IsZero() {
			continue
		}
		name := fields.Type().Field(i).Tag.Get("env")
		attrs = append(attrs, slog.String(name, redactURL(fmt.Sprint(fields.Field(i).Interface()))))
	}
	return slog.GroupValue(attrs...)
}

func redactURL(text string) string {
	if u, err := url.Parse(text); err == nil && u.User != nil {
		return u.Redacted()
	}
	return text
}

// inWords names the settings that env could not read by their own names; env knows the struct's.
func inWords(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	var problems []error
	for _, one := range all.Errors {
		var parse env.ParseError
		if !errors.As(one, &parse) {
			problems = append(problems, one)
			continue
		}
		field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
		problems = append(problems, fmt.Errorf("%s cannot be read as %s", field.Tag.Get("env"), forms[parse.Type.String()]))
	}
	return errors.Join(problems...)
}

// day is a date as settings have it: 2027-03-31. It begins at midnight UTC.
type day struct{ time.Time }

func (d *day) UnmarshalText(text []byte) (err error) {
	d.Time, err = time.Parse(time.DateOnly, string(text))
	return err
}

func (d day) String() string { return d.Format(time.DateOnly) }

// forms tells how a setting of a type is written.
var forms = map[string]string{
	"time.Duration": "a time such as 90s or 15m",
	"int":           "a whole number",
	"uint64":        "a whole number, 0 or more",
	"main.day":      "a date such as 2027-03-31",
}
