package e2e

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// partsProblems holds what a program says it is made of against the sums that the repository keeps.
func partsProblems(parts []*debug.Module, sums string) []string {
	var problems []string
	for _, part := range parts {
		switch {
		case part.Replace != nil:
			problems = append(problems, part.Path+" comes from somewhere else")
		case part.Sum == "":
			problems = append(problems, part.Path+" has no sum")
		case !strings.Contains(sums, fmt.Sprintf("%s %s %s\n", part.Path, part.Version, part.Sum)):
			problems = append(problems, part.Path+" is not the one of go.sum")
		}
	}
	return problems
}

// TestParts_TheProgramNamesEveryLibraryWithItsSum reads the bill of materials that the built program
// carries: "go version -m intake" shows it.
func TestParts_TheProgramNamesEveryLibraryWithItsSum(t *testing.T) {
	info, err := buildinfo.ReadFile(binary)
	must(t, err)
	sums, err := os.ReadFile(filepath.Join("..", "go.sum"))
	must(t, err)
	for _, problem := range partsProblems(info.Deps, string(sums)) {
		t.Error(problem)
	}
	for _, known := range []string{"github.com/labstack/echo/v4", "modernc.org/sqlite", "github.com/tink-crypto/tink-go/v2"} {
		if !slices.ContainsFunc(info.Deps, func(part *debug.Module) bool { return part.Path == known }) {
			t.Errorf("the program does not say that it holds %s", known)
		}
	}
	if info.Main.Path != "intake" || info.GoVersion == "" {
		t.Errorf("the program is %q, built by %q", info.Main.Path, info.GoVersion)
	}
	t.Logf("%s with %d libraries", info.GoVersion, len(info.Deps))
}

func TestParts_APlantedPartIsFound(t *testing.T) {
	sums := "example.com/a v1.0.0 h1:aaa=\n"
	for _, tt := range []struct {
		part *debug.Module
		want string
	}{
		{&debug.Module{Path: "example.com/a", Version: "v1.0.0", Sum: "h1:aaa="}, ""},
		{&debug.Module{Path: "example.com/a", Version: "v1.0.0", Sum: "h1:bbb="}, "example.com/a is not the one of go.sum"},
		{&debug.Module{Path: "example.com/a", Version: "v1.0.1", Sum: "h1:aaa="}, "example.com/a is not the one of go.sum"},
		{&debug.Module{Path: "example.com/a", Version: "v1.0.0"}, "example.com/a has no sum"},
		{&debug.Module{Path: "example.com/a", Version: "v1.0.0", Sum: "h1:aaa=", Replace: &debug.Module{Path: "../a"}}, "example.com/a comes from somewhere else"},
	} {
		if got := strings.Join(partsProblems([]*debug.Module{tt.part}, sums), "\n"); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// TestParts_TheTestsToolsHaveTheirSums: what npm installs for the tests is the package that was
// looked at when its sum was written down.
func TestParts_TheTestsToolsHaveTheirSums(t *testing.T) {
	for _, name := range []string{"package-lock.json", "foreign/package-lock.json"} {
		text, err := os.ReadFile(name)
		must(t, err)
		var lock struct {
			Packages map[string]struct{ Version, Integrity string }
		}
		must(t, json.Unmarshal(text, &lock))
		if len(lock.Packages) < 3 {
			t.Errorf("%s names %d packages", name, len(lock.Packages))
		}
		for path, part := range lock.Packages {
			if path != "" && (part.Version == "" || !strings.HasPrefix(part.Integrity, "sha512-")) {
				t.Errorf("%s: %s %s has the sum %q", name, path, part.Version, part.Integrity)
			}
		}
	}
}
