package config

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"intake/alleviate"
)

// planted is a secret under every name, in the forms that settings have and in forms that can be read in
// two ways.
func planted(secret string) []string {
	var texts []string
	for _, form := range []string{
		"*", "* *", " *", "*\n", "\x00*", "\xff*", "*=", "on*", "sandbox *", "90*", "*s", "#*", "2027-03-31*", "10.0.0.0/8,*", "127.0.0.1:*", "[*]:80", "*:*",
		"postgres://127.0.0.1:1/d?user=u&password=*", "postgres://u:*@127.0.0.1:1/d", "postgres://*@127.0.0.1:1/d", "postgres://127.0.0.1:1/*",
		"postgres://u:p#*@127.0.0.1/d", "postgres://u:12#*@127.0.0.1/d", "postgres://u:*#x@127.0.0.1/d", "postgres://u:p[*@127.0.0.1/d", "postgres://u:[*]@127.0.0.1/d",
		"postgres://u:%*@127.0.0.1/d", "postgres://u:p *@127.0.0.1/d", "postgres://u:12/*@127.0.0.1/d", "postgres://u:*/x@127.0.0.1/d", "postgres://u:12?*@127.0.0.1/d",
		"postgres://u:p%23*@127.0.0.1:1/d", "postgres://u:p@*@127.0.0.1:1/d", "postgres://u:x@p/*@127.0.0.1/d", "postgres://u@*/x@127.0.0.1/d", "postgres://host=*;password=*/d",
		"postgres://127.0.0.1:1/d?sslmode=*", "postgres://127.0.0.1:1/d?sslrootcert=*", "postgres:///d?host=127.0.0.1&port=1&password=*", "postgres:u:*@127.0.0.1/d",
		"host=127.0.0.1 user=u password=*", "host=127.0.0.1 password='*", "mysql://u:*@127.0.0.1/d", "*://127.0.0.1/d",
		"file:data/intake.db?key=*", "file://u:*@127.0.0.1/d", "FILE:*",
		"https://u:*@127.0.0.1/", "https://*@127.0.0.1/", "https://127.0.0.1/*", "https://127.0.0.1/?code=*", "https://127.0.0.1/#*", "https://u:12/*@127.0.0.1/",
		"http://127.0.0.1:1/*", "http://127.0.0.1:*/", "http://[*/", "https:*", "//u:*@127.0.0.1", "api://127.0.0.1/*/.default", "api://u:*@127.0.0.1/.default",
	} {
		texts = append(texts, strings.ReplaceAll(form, "*", secret))
	}
	return texts
}

// readable are the types whose whole text is for everybody to see.
var readable = map[reflect.Type]bool{
	reflect.TypeFor[Text](): true, reflect.TypeFor[FilePath](): true, reflect.TypeFor[Hostname](): true,
}

func TestConfig_EveryFieldHasATypeThatDecidesWhatIsShown(t *testing.T) {
	for field := range reflect.TypeFor[Config]().Fields() {
		_, decides := reflect.Zero(field.Type).Interface().(setting)
		if secret := field.Type == reflect.TypeFor[alleviate.Secret](); !decides && !secret && numberForms[field.Type] == "" {
			t.Errorf("%s is of the type %s, which does not say what may be shown of it", field.Name, field.Type)
		}
		if field.Tag.Get("env") == "" {
			t.Errorf("%s has no name in the environment", field.Name)
		}
	}
}

func TestConfig_ASecretUnderAnyNameIsNeverPrinted(t *testing.T) {
	const secret = "fTrib7319"
	dir := t.TempDir()
	for field := range reflect.TypeFor[Config]().Fields() {
		if readable[field.Type] {
			continue
		}
		name := field.Tag.Get("env")
		t.Run(name, func(t *testing.T) {
			for _, text := range planted(secret) {
				for _, environ := range [][]string{inProduction(name + "=" + text), simulatedIn(dir, name+"="+text)} {
					if out := printed(t, environ); strings.Contains(out, secret) {
						t.Errorf("%q is printed", text)
					}
				}
			}
		})
	}
}

func TestConfig_IsLoggedAsItIsWritten(t *testing.T) {
	cfg, err := Read([]string{"INTAKE_RETENTION_SSN=24h", "INTAKE_WORKERS=7", "ALLEVIATE_SECRET_EXPIRES=2027-03-31", "INTAKE_LOG=warn"})
	if err != nil {
		t.Fatal(err)
	}
	var line bytes.Buffer
	slog.New(slog.NewJSONHandler(&line, nil)).Info("settings", "set", cfg)
	for _, want := range []string{`"INTAKE_RETENTION_SSN":"24h0m0s"`, `"INTAKE_WORKERS":7`, `"ALLEVIATE_SECRET_EXPIRES":"2027-03-31"`, `"INTAKE_LOG":"warn"`} {
		if !strings.Contains(line.String(), want) {
			t.Errorf("the log line has no %s: %s", want, line.String())
		}
	}
}

func simulatedIn(dir string, changes ...string) []string {
	return append([]string{"INTAKE_DATABASE_URL=", "INTAKE_KEYSET_FILE=" + filepath.Join(dir, "keys.json")}, changes...)
}

// printed is all that can be printed of settings: why they are refused, or themselves.
func printed(t *testing.T, environ []string) string {
	t.Helper()
	cfg, err := Read(environ)
	out := bytes.NewBufferString(fmt.Sprintln(err))
	slog.New(slog.NewJSONHandler(out, nil)).Info("settings", "set", cfg)
	fmt.Fprintf(out, "%v %+v %#v %s\n", cfg, cfg, cfg, cfg.DatabaseURL)
	return out.String()
}

func TestConfig_ShowsWhatHelpsAndNoMore(t *testing.T) {
	for name, values := range map[string]map[string]string{
		"INTAKE_DATABASE_URL": {
			"file:data/intake.db": "file:data/intake.db", "postgres://intake:x@db.example.com:5432/intake": "postgres://db.example.com",
			"postgresql://u:x@a.example,b.example:5433/d?sslmode=verify-full": "postgresql://a.example,b.example", "postgres://u:p@ss@[::1]:5432/d": "postgres://::1",
			"postgres://u:12%2F3@h/d": "postgres://h", "postgres://u@/intake?host=/run/postgresql": "postgres://",
		},
		"INTAKE_PUBLIC_URL":       {"http://localhost:8080": "http://localhost"},
		"ALLEVIATE_DEBT_CORE_URL": {"http://127.0.0.1:9191/a/b": "http://127.0.0.1"},
		"ALLEVIATE_CLIENT_ID":     {"8797fa3f-ba90-4187-97fb-6ab892ea9035": "8797fa3f-ba90-4187-97fb-6ab892ea9035", "8797~fa3f": notShown},
		"INTAKE_TRUSTEDFORM":      {"off": "off", "http://127.0.0.1:9/x.js": "http://127.0.0.1"},
		"INTAKE_TRUSTED_PROXIES":  {"10.0.0.0/8, 2001:db8::/32": "[10.0.0.0/8 2001:db8::/32]"},
		"INTAKE_LOG":              {"debug": "debug"},
		"INTAKE_ZONE":             {"America/Chicago": "America/Chicago"},
		"INTAKE_WORKERS":          {"4": "4"},
		"INTAKE_ADDR":             {":8080": ":8080", "[::1]:8080": "[::1]:8080"},
	} {
		for value, want := range values {
			cfg, err := Read([]string{name + "=" + value})
			if err != nil {
				t.Errorf("%s=%s: %v", name, value, err)
				continue
			}
			for _, shown := range cfg.LogValue().Group() {
				if got := shown.Value.Resolve().String(); shown.Key == name && got != want {
					t.Errorf("%s=%s is shown as %s, want %s", name, value, got, want)
				}
			}
		}
	}
}

func TestRead_TakesTheDatabaseFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "database")
	const url = "postgres://intake:x@db.example.com/intake"
	if err := os.WriteFile(file, []byte(url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Read(live("INTAKE_DATABASE_URL_FILE=" + file))
	if err != nil || cfg.DatabaseURL.Reveal() != url {
		t.Errorf("the address of the file is not taken: %s, %v", cfg.DatabaseURL.LogValue(), err)
	}
	if _, err := Read(live("INTAKE_DATABASE_URL="+url, "INTAKE_DATABASE_URL_FILE="+file)); err == nil || !strings.Contains(err.Error(), "INTAKE_DATABASE_URL and INTAKE_DATABASE_URL_FILE are both set") {
		t.Errorf("the address twice: got %v", err)
	}
	if _, err := Read(live("INTAKE_DATABASE_URL_FILE=/nowhere")); err == nil || !strings.Contains(err.Error(), "INTAKE_DATABASE_URL_FILE cannot be read") {
		t.Errorf("a file that is not there: got %v", err)
	}
}
