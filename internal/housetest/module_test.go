package housetest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The client is for any Go program: it is copied into a module of its own, with and without the simulator, under
// another import path, built from the module cache alone, and its examples run there.
func TestModule_TheClientBuildsAndRunsElsewhere(t *testing.T) {
	for _, withSimulator := range []bool{true, false} {
		t.Run(fmt.Sprintf("with the simulator: %v", withSimulator), func(t *testing.T) {
			dir := t.TempDir()
			copyClient(t, dir, withSimulator)
			writeModule(t, dir)
			elsewhere(t, dir, "build", "./...")
			shown := elsewhere(t, dir, "test", "-count=1", "-v", "-run", "^Example", "./alleviate", "./alleviate/debtcore")
			examples := strings.Count(shown, "--- PASS: Example")
			if want := 8; examples < want || strings.Contains(shown, "testingWithTheSimulator") != withSimulator {
				t.Errorf("%d examples ran, want %d at least:\n%s", examples, want, shown)
			}
		})
	}
}

const elsewhereModule = "example.org/leads"

// copyClient copies the client and its tests, and without the simulator leaves out what imports it.
func copyClient(t *testing.T, dir string, withSimulator bool) {
	t.Helper()
	err := filepath.WalkDir("alleviate", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if !withSimulator && path == "alleviate/simulator" {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(dir, path), 0o755)
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !withSimulator && bytes.Contains(source, []byte(`"intake/alleviate/simulator"`)) {
			if !strings.HasSuffix(path, "_test.go") {
				t.Errorf("%s needs the simulator", path)
			}
			return nil
		}
		source = bytes.ReplaceAll(source, []byte(`"intake/alleviate`), []byte(`"`+elsewhereModule+`/alleviate`))
		if bytes.Contains(source, []byte(`"intake/`)) {
			t.Errorf("%s imports something that is not of the client", path)
		}
		return os.WriteFile(filepath.Join(dir, path), source, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// writeModule requires what the copied packages need, in our versions.
func writeModule(t *testing.T, dir string) {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-test", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./alleviate/...")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	module := "module " + elsewhereModule + "\n\ngo 1.26.0\n"
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && !seen[line] {
			seen[line] = true
			module += "require " + line + "\n"
		}
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"go.mod": []byte(module), "go.sum": sums} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// elsewhere runs the go command in dir, without the network.
func elsewhere(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := exec.Command("go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
