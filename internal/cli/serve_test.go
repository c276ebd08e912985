package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"intake/internal/cli/clitest"
	"intake/internal/seal"
)

func TestServe_RefusesWrongOrMissingKeys(t *testing.T) {
	p := clitest.New(t)
	clitest.SaveLead(t, p.Store(t), "key")
	other := filepath.Join(t.TempDir(), "other.json")
	if _, err := seal.Create(other, p.Setting("INTAKE_MASTER_KEY_FILE")); err != nil {
		t.Fatal(err)
	}
	wrongMaster := filepath.Join(t.TempDir(), "master")
	if err := os.WriteFile(wrongMaster, bytes.Repeat([]byte{9}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ setting, words string }{
		{"INTAKE_KEYSET_FILE=" + other, "the keys are not those of this database: name the key file that belongs to it"},
		{"INTAKE_KEYSET_FILE=" + other + ".gone", "is missing"},
		{"INTAKE_MASTER_KEY_FILE=" + wrongMaster, "does not open: the master key is another one"},
		{"INTAKE_MASTER_KEY_FILE=" + wrongMaster + ".gone", "is missing"},
		{"INTAKE_MASTER_KEY_FILE=", "INTAKE_MASTER_KEY_FILE is not set"},
	} {
		wrong := *p
		wrong.Set(tt.setting, "INTAKE_ADDR=127.0.0.1:0")
		for _, command := range []string{"serve", "retention"} {
			wrong.Want(t, 1, tt.words, command)
		}
	}
}
