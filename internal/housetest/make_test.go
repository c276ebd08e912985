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

// A target whose -run takes no test is green for ever, so what the Makefile names must be there.
func TestMake_NamesTestsAndFlagsThatThereAre(t *testing.T) {
	recipes := goTests(t, "Makefile")
	for _, recipe := range recipes {
		for _, problem := range recipe.problems(t) {
			t.Error(problem)
		}
	}
	if len(recipes) < 8 {
		t.Errorf("%d calls of go test were looked at", len(recipes))
	}
}

func TestMake_SeesAGap(t *testing.T) {
	for line, want := range map[string]string{
		"go test -run Storm ./e2e/harness -args -leads 10000 -kills 500": "",
		"go test -run TestFaults ./e2e":                                  "",
		"go test -run '^$' -bench . ./internal/store ./e2e":              "",
		"go test -tags foreign ./e2e/foreign":                            "",
		"go test -run Stourm ./e2e/harness":                              "no test of ./e2e/harness is taken by -run Stourm",
		"go test -run TestFaults ./e2e/harness":                          "no test of ./e2e/harness is taken by -run TestFaults",
		"go test -run '^$' -bench . ./e2e/foreign":                       "no test of ./e2e/foreign is taken by -bench .",
		"go test -run Storm ./e2e/harness -args -deads 10000":            "-deads is no flag of ./e2e/harness",
		"go test ./e2e/nowhere":                                          "no test of ./e2e/nowhere is taken by -run .",
	} {
		if got := strings.Join(readRecipe(line).problems(t), "\n"); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func TestMake_QuickLeavesOutWhatNeedsPostgreSQLAndNothingElse(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(?m)^POSTGRES = (.+)$`).FindSubmatch(makefile)
	if said == nil || !strings.Contains(string(makefile), "go test -skip '$(POSTGRES)'") {
		t.Fatal("quick leaves nothing out by name")
	}
	leftOut := regexp.MustCompile(string(said[1]))
	var files []string
	for _, room := range []string{"*_test.go", "*/*_test.go", "*/*/*_test.go"} {
		found, err := filepath.Glob(room)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	need := 0
	for _, file := range files {
		if strings.HasPrefix(file, "e2e/") {
			continue
		}
		n, problems := needPostgres(t, file, leftOut)
		need += n
		for _, problem := range problems {
			t.Error(problem)
		}
	}
	if need < 5 {
		t.Errorf("%d tests that need PostgreSQL were found", need)
	}
}

// needPostgres counts the tests of a file that start a server, and names those that leftOut takes wrongly.
func needPostgres(t *testing.T, path string, leftOut *regexp.Regexp) (need int, problems []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, declared := range file.Decls {
		f, is := declared.(*ast.FuncDecl)
		if !is || f.Body == nil || strings.HasPrefix(f.Name.Name, "Benchmark") {
			continue
		}
		starts := false
		for node := range ast.Preorder(f.Body) {
			used, is := node.(*ast.SelectorExpr)
			starts = starts || is && used.Sel.Name == "StartPostgres"
		}
		isTest := testName.MatchString(f.Name.Name)
		switch {
		case starts && !isTest:
			problems = append(problems, path+": "+f.Name.Name+" starts PostgreSQL for tests whose names do not tell")
		case isTest && starts != leftOut.MatchString(f.Name.Name):
			problems = append(problems, fmt.Sprintf("%s: %s starts PostgreSQL: %v, and is left out of quick: %v", path, f.Name.Name, starts, !starts))
		}
		if starts {
			need++
		}
	}
	return need, problems
}

// recipe is one call of go test: its packages, the tests and the benchmarks that it takes, and the
// flags of ours.
type recipe struct {
	packages, flags []string
	run, bench      string
}

// goTests is every call of go test of a Makefile that names its packages by folder.
func goTests(t *testing.T, path string) []recipe {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var recipes []recipe
	for line := range strings.Lines(string(text)) {
		if _, call, is := strings.Cut(line, "go test "); is && strings.HasPrefix(line, "\t") && strings.Contains(call, " ./") && !strings.Contains(call, "$(go list") && !strings.Contains(call, "-fuzz") {
			recipes = append(recipes, readRecipe(call))
		}
	}
	return recipes
}

func readRecipe(call string) recipe {
	r := recipe{run: "."}
	call, ours, _ := strings.Cut(call, " -args ")
	words := strings.Fields(call)
	for i, word := range words {
		switch {
		case strings.HasPrefix(word, "./"):
			r.packages = append(r.packages, word)
		case word == "-run":
			r.run = strings.ReplaceAll(strings.Trim(words[i+1], "'"), "$$", "$")
		case word == "-bench":
			r.bench = words[i+1]
		}
	}
	for _, word := range strings.Fields(ours) {
		if strings.HasPrefix(word, "-") {
			r.flags = append(r.flags, word)
		}
	}
	return r
}

func (r recipe) problems(t *testing.T) []string {
	t.Helper()
	var problems []string
	for _, room := range r.packages {
		names, flags := testsAndFlags(t, room)
		take := func(prefix, by, pattern string) {
			taken := regexp.MustCompile(pattern)
			if pattern != "" && pattern != "^$" && !slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, prefix) && taken.MatchString(name) }) {
				problems = append(problems, "no test of "+room+" is taken by "+by+" "+pattern)
			}
		}
		take("Test", "-run", r.run)
		take("Benchmark", "-bench", r.bench)
		for _, flag := range r.flags {
			if !slices.Contains(flags, flag) {
				problems = append(problems, flag+" is no flag of "+room)
			}
		}
	}
	return problems
}

var (
	testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark)[A-Z]\w*)\(\w+ \*testing\.[TB]\)`)
	testFlag     = regexp.MustCompile(`flag\.[A-Z]\w*\("(\w+)"`)
)

// testsAndFlags is what the test files of a package have, those behind a build tag too.
func testsAndFlags(t *testing.T, room string) (names, flags []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(room, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range testFunction.FindAllStringSubmatch(string(source), -1) {
			names = append(names, found[1])
		}
		for _, found := range testFlag.FindAllStringSubmatch(string(source), -1) {
			flags = append(flags, "-"+found[1])
		}
	}
	return names, flags
}

// toldCommand is a target as the README lists one.
var toldCommand = regexp.MustCompile(`(?m)^make ([a-z]+) +#`)

func TestMake_HasEveryCommandThatTheREADMETells(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	told := toldCommand.FindAllStringSubmatch(string(readme), -1)
	for _, command := range told {
		if !strings.Contains(string(makefile), "\n"+command[1]+":") {
			t.Errorf("the README tells of make %s, which the Makefile lacks", command[1])
		}
	}
	if len(told) < 10 {
		t.Errorf("%d commands were looked at", len(told))
	}
}
