package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/secretscan"
)

// buildSecrets are in the environment while the program is built, and must not come out of it.
var buildSecrets = []string{
	"ALLEVIATE_CLIENT_SECRET=dOhle-of-the-build-7319", "ALLEVIATE_CLIENT_SECRET_NEXT=eLster-of-the-build-7319",
	"INTAKE_MASTER_KEY_FILE=/run/fInk-of-the-build-7319", "INTAKE_DATABASE_URL=postgres://intake:" + "gImpel-of-the-build-7319@db/intake",
}

func valuesOf(settings []string) []string {
	var values []string
	for _, setting := range settings {
		_, value, _ := strings.Cut(setting, "=")
		values = append(values, value)
	}
	return values
}

// TestImage_HoldsNoSecretOfItsBuild searches a folder with what the image holds; e2e/image does it with
// the image's own build, and with each layer where a container engine runs.
func TestImage_HoldsNoSecretOfItsBuild(t *testing.T) {
	root := t.TempDir()
	program, err := os.ReadFile(binary)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "intake"), program, 0o700))
	must(t, os.Mkdir(filepath.Join(root, "data"), 0o700))
	search := func() (int, []string) {
		files, found, err := secretscan.Search(os.DirFS(root), valuesOf(buildSecrets)...)
		must(t, err)
		return files, found
	}
	if files, found := search(); files != 1 || len(found) != 0 {
		t.Errorf("%d files, want 1; %q", files, found)
	}
	_, value, _ := strings.Cut(buildSecrets[0], "=")
	must(t, os.WriteFile(filepath.Join(root, "intake"), append(program, value...), 0o700))
	must(t, os.WriteFile(filepath.Join(root, "forgotten"), []byte("-----BEGIN "+"PRIVATE KEY-----"), 0o600))
	_, found := search()
	if diff := cmp.Diff([]string{"forgotten holds a private key", "intake holds canary 1"}, found); diff != "" {
		t.Errorf("what was planted (-want +got):\n%s", diff)
	}
}

func TestImage_TakesNothingButTheProgramCertificatesAndAnEmptyVolume(t *testing.T) {
	dockerfile, err := os.ReadFile(filepath.Join("..", "Dockerfile"))
	must(t, err)
	_, last, found := strings.Cut(string(dockerfile), "\nFROM scratch\n")
	if !found {
		t.Fatal("the image does not begin empty")
	}
	var takes []string
	for line := range strings.Lines(last) {
		if word, _, _ := strings.Cut(line, " "); word == "COPY" || word == "ADD" || word == "RUN" || word == "FROM" || word == "ARG" || word == "ENV" {
			takes = append(takes, strings.TrimSpace(line))
		}
	}
	want := []string{
		"COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/",
		"COPY --from=build /out/intake /intake",
		"COPY --from=build --chown=65532:65532 /out/data /data",
		"ENV INTAKE_ADDR=0.0.0.0:8080",
	}
	if diff := cmp.Diff(want, takes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
