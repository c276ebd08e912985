// Package clitest runs subcommands of intake in this process, with the settings of a sandbox whose Alleviate is a
// simulator.
package clitest

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/alleviate/simulator"
	"intake/internal/app"
	"intake/internal/cli"
	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/store"
)

// Secret is the client secret in the settings. Nothing may print it.
const Secret = "canary-secret-7319"

// Program is intake with settings.
type Program struct {
	Simulator *simulator.Server
	Environ   []string
}

// Sandbox returns complete settings of the sandbox environment, and then the changes.
func Sandbox(changes ...string) []string {
	return append([]string{
		"ALLEVIATE_ENVIRONMENT=sandbox", "ALLEVIATE_CLIENT_ID=client", "ALLEVIATE_CLIENT_SECRET=" + Secret,
		"ALLEVIATE_CRM=manual", "INTAKE_KEYSET_FILE=keys.json", "INTAKE_MASTER_KEY_FILE=master.key",
	}, changes...)
}

// New starts a simulator and makes a database and keys.
func New(t *testing.T) *Program {
	t.Helper()
	alleviate, err := simulator.Start(simulator.Config{ClientID: "client", Secrets: []string{Secret}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := alleviate.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	master := filepath.Join(dir, "master.key")
	if err := os.WriteFile(master, bytes.Repeat([]byte{7}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Program{alleviate, Sandbox(
		"INTAKE_DATABASE_URL=file:"+filepath.Join(dir, "intake.db"), "INTAKE_KEYSET_FILE="+filepath.Join(dir, "keys.json"),
		"INTAKE_MASTER_KEY_FILE="+master, "ALLEVIATE_TOKEN_URL="+alleviate.TokenURL(), "ALLEVIATE_API_URL="+alleviate.APIURL(),
		"ALLEVIATE_DEBT_CORE_URL="+alleviate.CreditURL(),
	)}
	if code, output := p.Run("init"); code != 0 {
		t.Fatalf("init ended with %d: %s", code, output)
	}
	return p
}

// Set adds settings, which replace those of the same name.
func (p *Program) Set(settings ...string) { p.Environ = append(slices.Clip(p.Environ), settings...) }

// Setting returns the value of a setting.
func (p *Program) Setting(name string) string {
	var value string
	for _, one := range p.Environ {
		if v, ok := strings.CutPrefix(one, name+"="); ok {
			value = v
		}
	}
	return value
}

// Run runs a subcommand and returns its exit status and all that it printed.
func (p *Program) Run(args ...string) (code int, output string) { return p.RunWithInput("", args...) }

// RunWithInput is Run with text on standard input.
func (p *Program) RunWithInput(input string, args ...string) (code int, output string) {
	var out bytes.Buffer
	code = cli.Run(context.Background(), args, command.Process{Environ: p.Environ, Stdin: strings.NewReader(input), Stdout: &out, Stderr: &out})
	return code, out.String()
}

// Want runs a subcommand, and the test fails unless it ends with the status and prints the words.
func (p *Program) Want(t *testing.T, code int, words string, args ...string) (output string) {
	t.Helper()
	got, output := p.Run(args...)
	if got != code || !strings.Contains(output, words) {
		t.Errorf("intake %s ended with %d, want %d and %q in:\n%s", strings.Join(args, " "), got, code, words, output)
	}
	return output
}

// Config reads the settings.
func (p *Program) Config(t *testing.T) config.Config {
	t.Helper()
	cfg, err := config.Read(p.Environ)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// Store opens the database as a server does.
func (p *Program) Store(t *testing.T) *store.Store {
	t.Helper()
	s, err := app.OpenStore(t.Context(), p.Config(t), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Exec changes the SQLite database without the program.
func (p *Program) Exec(t *testing.T, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", p.Setting("INTAKE_DATABASE_URL")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}
