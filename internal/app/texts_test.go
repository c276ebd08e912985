package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intake/internal/config"
	"intake/internal/consent"
)

// inProduction are settings that are complete in production.
func inProduction(changes ...string) []string {
	return append([]string{
		"ALLEVIATE_ENVIRONMENT=production", "ALLEVIATE_CLIENT_ID=client", "ALLEVIATE_CLIENT_SECRET=secret", "ALLEVIATE_CRM=manual",
		"INTAKE_KEYSET_FILE=keys.json", "INTAKE_MASTER_KEY_FILE=master.key", "INTAKE_PUBLIC_URL=https://apply.example.com",
		"INTAKE_BRAND=Example", "INTAKE_SELLER=Example LLC", "INTAKE_POSTAL_ADDRESS=1 Example Plaza, Austin, TX 78701",
	}, changes...)
}

// reviewed makes a folder with the built-in texts as counsel would leave them.
func reviewed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := os.CopyFS(dir, consent.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no texts in %s: %v", dir, err)
	}
	for _, name := range names {
		rewrite(t, name, `"placeholder": true`, `"placeholder": false`)
	}
	return dir
}

func rewrite(t *testing.T, name, old, text string) {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), old) {
		t.Fatalf("%s does not say %q", name, old)
	}
	if err := os.WriteFile(name, []byte(strings.ReplaceAll(string(body), old, text)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoadTexts_TakesAFolderAndRefusesInWords(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(dir string)
		environ func(dir string) []string
		want    string // empty: it takes them
	}{
		{"the built-in ones in the simulator", func(string) {}, func(string) []string { return nil }, ""},
		{"the built-in ones in production", func(string) {}, func(string) []string { return inProduction() },
			"the texts credit, terms, marketing, recording, privacy-notice, terms-of-use, questions, about-us, script are placeholders that counsel has not reviewed"},
		{"reviewed ones in production", func(string) {}, func(dir string) []string { return inProduction("INTAKE_TEXTS_DIR=" + dir) }, ""},
		{"one placeholder among them", func(dir string) {
			rewrite(t, filepath.Join(dir, "terms-3.json"), `"placeholder": false`, `"placeholder": true`)
		}, func(dir string) []string { return inProduction("INTAKE_TEXTS_DIR=" + dir) }, "the texts terms are placeholders"},
		{"no such folder", func(string) {}, func(dir string) []string { return []string{"INTAKE_TEXTS_DIR=" + dir + "/none"} },
			"INTAKE_TEXTS_DIR cannot be read: no such file or directory"},
		{"an empty folder", func(string) {}, func(string) []string { return []string{"INTAKE_TEXTS_DIR=" + t.TempDir()} },
			`there is no text "marketing"`},
		{"half a pair", func(dir string) { rewrite(t, filepath.Join(dir, "credit-3.json"), `"es"`, `"fr"`) },
			func(dir string) []string { return []string{"INTAKE_TEXTS_DIR=" + dir} }, `consent text credit-3.json: json: unknown field "fr"`},
		{"recorded visits without a notice", func(dir string) {
			if err := os.Remove(filepath.Join(dir, "recording-2.json")); err != nil {
				t.Fatal(err)
			}
		}, func(dir string) []string { return inProduction("INTAKE_TEXTS_DIR="+dir, "INTAKE_TRUSTEDFORM=on") }, `no text "recording"`},
		{"recorded visits with one", func(string) {}, func(dir string) []string { return inProduction("INTAKE_TEXTS_DIR="+dir, "INTAKE_TRUSTEDFORM=on") }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := reviewed(t)
			tt.change(dir)
			cfg, err := config.Read(tt.environ(dir))
			if err != nil {
				t.Fatal(err)
			}
			_, err = LoadTexts(cfg)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestUseTexts_RefusesAVersionWhoseWordsHaveChanged starts with one folder three times.
func TestUseTexts_RefusesAVersionWhoseWordsHaveChanged(t *testing.T) {
	dir, data := reviewed(t), t.TempDir()
	start := func() error {
		cfg, err := config.Read([]string{"INTAKE_TEXTS_DIR=" + dir, "INTAKE_DATABASE_URL=file:" + data + "/intake.db", "INTAKE_KEYSET_FILE=" + data + "/keys.json"})
		if err != nil {
			t.Fatal(err)
		}
		leads, err := OpenStore(t.Context(), cfg, true)
		if err != nil {
			t.Fatal(err)
		}
		defer leads.Close()
		texts, err := LoadTexts(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return useTexts(t.Context(), leads, texts)
	}
	for range 2 {
		if err := start(); err != nil {
			t.Fatal(err)
		}
	}
	terms, privacy := filepath.Join(dir, "terms-3.json"), filepath.Join(dir, "privacy-notice-2.json")
	rewrite(t, terms, "I have read", "I know")
	rewrite(t, privacy, "Quiénes somos", "Quién es quién")
	err := start()
	for _, want := range []string{
		`consent text terms-3.json: version 3 of "terms" was in use with other words`,
		`consent text privacy-notice-2.json: version 2 of "privacy-notice" was in use with other words`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a line with %q", err, want)
		}
	}
	rewrite(t, terms, `"version": "3"`, `"version": "4"`)
	rewrite(t, privacy, `"version": "2"`, `"version": "3"`)
	if err := start(); err != nil {
		t.Errorf("as new versions: %v", err)
	}
}
