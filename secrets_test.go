package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// secretForms are what secrets look like that must not be in the repository.
var secretForms = map[string]*regexp.Regexp{
	"a private key":               regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`),
	"a key set of ours":           regexp.MustCompile(`"format":\s*"intake keys \d+"`),
	"an Entra client secret":      regexp.MustCompile(`[A-Za-z0-9_.~-]{3}[78]Q~[A-Za-z0-9_.~-]{31,34}`),
	"an access token":             regexp.MustCompile(`eyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}`),
	"a key of a cloud":            regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b`),
	"a token of a code host":      regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36,}|\bglpat-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[0-9A-Za-z-]{10,}`),
	"a password in an address":    regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@"'` + "`" + `]+:[^/\s:@"'` + "`" + `…$%{<]{8,}@[^\s"'` + "`" + `]+`),
	"a secret given to a setting": regexp.MustCompile(`(?m)^[^#\n]*\b(ALLEVIATE_CLIENT_SECRET|INTAKE_WEBHOOK_SECRET)(_NEXT)?=[A-Za-z0-9~_.-]{30,}`),
}

// foundSecrets is what a text holds that looks like a secret; it quotes none.
func foundSecrets(text string) []string {
	var found []string
	for name, form := range secretForms {
		if form.MatchString(text) {
			found = append(found, name)
		}
	}
	return found
}

func TestRepository_HoldsNoSecret(t *testing.T) {
	listed, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	files := strings.FieldsFunc(string(listed), func(r rune) bool { return r == 0 })
	if len(files) < 200 {
		t.Fatalf("%d files are not the repository", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range foundSecrets(string(text)) {
			t.Errorf("%s holds %s", file, secret)
		}
	}
}

// TestRepository_APlantedSecretIsFound puts each together from parts, so that this file holds none.
func TestRepository_APlantedSecretIsFound(t *testing.T) {
	letters := strings.Repeat("aB3-", 10)
	for name, planted := range map[string]string{
		"a private key":               "-----BEGIN RSA " + "PRIVATE KEY-----",
		"a key set of ours":           `{"format":` + `"intake keys 1"}`,
		"an Entra client secret":      "abc8Q" + "~" + letters[:34],
		"an access token":             "eyJ" + letters + ".eyJ" + letters + "." + letters,
		"a key of a cloud":            "AKIA" + strings.Repeat("Q7", 8),
		"a token of a code host":      "ghp_" + strings.Repeat("a1B2", 9),
		"a password in an address":    "postgres://intake:" + "correcthorse@db/intake",
		"a secret given to a setting": "export ALLEVIATE_CLIENT_SECRET=" + letters,
	} {
		if found := foundSecrets("one line\n" + planted + "\nanother"); !slices.Contains(found, name) {
			t.Errorf("%s is not found: %q", name, found)
		}
	}
	for _, harmless := range []string{
		"postgres://intake:…@db/intake", "ALLEVIATE_CLIENT_SECRET=any-word-of-twelve-letters", "https://localhost:8080/apply", "eyJhbGciOiJub25lIn0.e30.",
	} {
		if found := foundSecrets(harmless); len(found) != 0 {
			t.Errorf("%s is taken for %q", harmless, found)
		}
	}
}
