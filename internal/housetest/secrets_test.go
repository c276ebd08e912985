package housetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"intake/internal/secretscan"
)

func TestRepository_HoldsNoSecret(t *testing.T) {
	files, found := searchRepository(t, ".")
	for _, line := range found {
		t.Error(line)
	}
	if files < 200 {
		t.Errorf("%d files are not the repository", files)
	}
}

// TestRepository_APlantedSecretIsFound puts one together from parts, so that this file holds none.
func TestRepository_APlantedSecretIsFound(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"harmless.txt": "nothing", "deep/key.pem": "-----BEGIN RSA " + "PRIVATE KEY-----"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v: %s", args[0], err, out)
		}
	}
	files, found := searchRepository(t, dir)
	if want := []string{"deep/key.pem holds a private key"}; files != 2 || !slices.Equal(found, want) {
		t.Errorf("%d files, %q; want 2 and %q", files, found, want)
	}
}

// searchRepository is how many files git knows under dir, and what they hold.
func searchRepository(t *testing.T, dir string) (int, []string) {
	t.Helper()
	listed, err := exec.Command("git", "-C", dir, "ls-files", "-z").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	var found []string
	files := strings.FieldsFunc(string(listed), func(r rune) bool { return r == 0 })
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secretscan.Find(text) {
			found = append(found, file+" holds "+secret)
		}
	}
	return len(files), found
}
