package housetest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	functionLines    = 60
	interfaceMethods = 5
	packageLines     = 1500
)

// larger are the packages and interfaces that may be larger, and the packages that are still to be split.
var larger = []string{
	"internal/store", "internal/store/storetest", "alleviate", "alleviate/simulator", "internal/store/db.Engine",
}

func TestSizes_FunctionsInterfacesAndPackagesStaySmall(t *testing.T) {
	lines := map[string]int{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "node_modules", "e2e"}, d.Name()) {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return nil
		}
		problems, n, err := sizeProblems(path, nil)
		for _, problem := range problems {
			t.Error(problem)
		}
		lines[filepath.ToSlash(filepath.Dir(path))] += n
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range lines {
		if n > packageLines && !slices.Contains(larger, name) {
			t.Errorf("%s has %d lines, more than %d", name, n, packageLines)
		}
	}
	if len(lines) < 20 {
		t.Errorf("%d packages were looked at", len(lines))
	}
}

func TestSizes_SeeWhatIsTooLarge(t *testing.T) {
	long := strings.Repeat("\tx++\n", functionLines)
	for name, tt := range map[string]struct{ source, want string }{
		"a long function":  {"package p\nfunc f() {\n\tx := 0\n" + long + "}\n", "planted.go: f has 63 lines"},
		"a long table":     {"package p\nfunc f() []int {\n\treturn []int{\n" + strings.Repeat("\t\t1,\n", functionLines) + "\t}\n}\n", ""},
		"a wide interface": {"package p\ntype I interface{ A(); B(); C(); D(); E(); F() }\n", "planted.go: I has 6 methods"},
		"a small one":      {"package p\ntype I interface{ A(); B() }\nfunc f() {}\n", ""},
	} {
		problems, _, err := sizeProblems("planted.go", []byte(tt.source))
		if got := strings.Join(problems, "; "); err != nil || !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
	}
}

// sizeProblems are the functions and interfaces of a file that are too large, and the number of its lines.
func sizeProblems(path string, source any) (problems []string, lines int, err error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, 0, err
	}
	line := func(pos token.Pos) int { return set.Position(pos).Line }
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if l := line(n.End()) - line(n.Pos()) + 1; l > functionLines && !isTable(n) {
				problems = append(problems, fmt.Sprintf("%s: %s has %d lines, more than %d", path, n.Name.Name, l, functionLines))
			}
		case *ast.TypeSpec:
			methods, isInterface := n.Type.(*ast.InterfaceType)
			name := filepath.ToSlash(filepath.Dir(path)) + "." + n.Name.Name
			if isInterface && methods.Methods.NumFields() > interfaceMethods && !slices.Contains(larger, name) {
				problems = append(problems, fmt.Sprintf("%s: %s has %d methods, more than %d", path, n.Name.Name, methods.Methods.NumFields(), interfaceMethods))
			}
		}
		return true
	})
	return problems, line(file.FileEnd), nil
}

// isTable says whether the function does nothing but return a list.
func isTable(f *ast.FuncDecl) bool {
	if f.Body == nil || len(f.Body.List) != 1 {
		return false
	}
	returns, ok := f.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(returns.Results) != 1 {
		return false
	}
	_, isList := returns.Results[0].(*ast.CompositeLit)
	return isList
}
