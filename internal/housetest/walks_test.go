package housetest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestWalks_EachExistsAndLeadsFromOneFunctionToTheNext(t *testing.T) {
	walks := strings.Split(section(t, "docs/house.md", "Call paths"), "\n")
	walks = slices.DeleteFunc(walks, func(line string) bool { return !strings.HasPrefix(line, "| `") })
	if len(walks) < 10 {
		t.Errorf("there are %d walks, want 10", len(walks))
	}
	for _, walk := range walks {
		for _, problem := range walkProblems(".", walk) {
			t.Error(problem)
		}
	}
}

func TestWalks_SeesAWrongStep(t *testing.T) {
	dir := t.TempDir()
	for name, source := range map[string]string{
		"handlers/routes.go":   "package handlers\n\nfunc routes() {\n\tget(\"/\", show)\n}\n",
		"internal/cli/cli.go":  "package cli\n\nvar words = []string{\"serve\"}\n",
		"handlers/show.go":     "package handlers\n\nfunc show() { render(page()) }\n",
		"views/page.templ":     "package views\n\ntempl page() {\n\t<p></p>\n}\n",
		"views/other.templ":    "package views\n\ntempl other() {\n\t<p></p>\n}\n",
		"internal/cli/away.go": "package cli\n\nfunc serve() { show() }\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ walk, want string }{
		{"| `GET /` | `handlers/routes.go:routes` → `handlers/show.go:show` → `views/page.templ:page` |", ""},
		{"| `intake serve` | `internal/cli/away.go:serve` → `handlers/show.go:show` |", ""},
		{"| `GET /gone` | `handlers/routes.go:routes` → `handlers/show.go:show` |", "no URL or subcommand \"/gone\""},
		{"| `intake gone` | `internal/cli/away.go:serve` → `handlers/show.go:show` |", "no URL or subcommand \"gone\""},
		{"| `GET /` | `handlers/routes.go:routes` → `handlers/show.go:hide` |", "handlers/show.go has no function hide"},
		{"| `GET /` | `handlers/routes.go:routes` → `handlers/gone.go:show` |", "handlers/gone.go has no function show"},
		{"| `GET /` | `handlers/show.go:show` → `views/other.templ:other` |", "handlers/show.go:show does not call other"},
		{"| `GET /` | `handlers/routes.go:routes` |", "1 functions, want 2 or 3"},
		{"| `GET /` | " + strings.Repeat("`handlers/routes.go:routes` → ", 4), "4 functions, want 2 or 3"},
	} {
		if got := strings.Join(walkProblems(dir, tt.walk), "; "); !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s: %q, want %q", tt.walk, got, tt.want)
		}
	}
}

var (
	walkStart = regexp.MustCompile("^\\| `(?:[A-Z]+|intake) ([^` ]+)")
	walkStep  = regexp.MustCompile("`([a-z0-9_/]+\\.(?:go|templ)):(\\w+)`")
)

// walkProblems checks one row: that its URL or subcommand exists, that each function stands in the named
// file, and that each names the next.
func walkProblems(dir, walk string) (problems []string) {
	start, steps := walkStart.FindStringSubmatch(walk), walkStep.FindAllStringSubmatch(walk, -1)
	if start == nil || len(steps) < 2 || len(steps) > 3 {
		return []string{fmt.Sprintf("%s: %d functions, want 2 or 3", walk, len(steps))}
	}
	table := "internal/cli/cli.go"
	if strings.HasPrefix(start[1], "/") {
		table = "handlers/routes.go"
	}
	if source, err := os.ReadFile(filepath.Join(dir, table)); err != nil || !strings.Contains(string(source), `"`+start[1]+`"`) {
		problems = append(problems, fmt.Sprintf("%s has no URL or subcommand %q", table, start[1]))
	}
	for i, step := range steps {
		file, name := step[1], step[2]
		body := functionBody(filepath.Join(dir, file), name)
		if body == "" {
			return append(problems, file+" has no function "+name)
		}
		if i+1 < len(steps) && !regexp.MustCompile(`\b`+steps[i+1][2]+`\b`).MatchString(body) {
			problems = append(problems, fmt.Sprintf("%s:%s does not call %s", file, name, steps[i+1][2]))
		}
	}
	return problems
}

// functionBody is the source of a function or method of that name, or of a templ component; empty when the
// file has none.
func functionBody(path, name string) string {
	source, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	if filepath.Ext(path) == ".templ" {
		return regexp.MustCompile(`(?ms)^templ (?:\([^)]*\) )?` + name + `\(.*?^}`).FindString(string(source))
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return ""
	}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == name && f.Body != nil {
			return string(source[set.Position(f.Body.Pos()).Offset:set.Position(f.Body.End()).Offset])
		}
	}
	return ""
}
