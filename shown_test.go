package main

import (
	"encoding/csv"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// shownTests is what the lists of requirements and of faults may name: every test of the tree that
// "make check" runs, with the texts of its package, by which its parts are called.
type shownTests map[string]texts

type texts map[string]bool

// has says whether there is a test of that name, as "go test -run" takes it: "TestX", or "TestX/its_part".
func (s shownTests) has(name string) bool {
	function, part, parted := strings.Cut(name, "/")
	said, known := s[function]
	return known && (!parted || said[part])
}

// unknown is the names that are no test of the tree.
func (s shownTests) unknown(names string) []string {
	var missing []string
	for _, name := range strings.Fields(names) {
		if !s.has(name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// suite is where the parts of a test of the store stand, which each engine runs.
const suite = "internal/store/storetest"

// readTests reads every test file under dir that needs no build tag, and the suite of the store.
func readTests(t *testing.T, dir string) shownTests {
	t.Helper()
	found, rooms := shownTests{}, map[string]texts{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == "node_modules" || d.Name() == ".git") {
				return filepath.SkipDir
			}
			return err
		}
		room := filepath.ToSlash(filepath.Dir(path))
		if !strings.HasSuffix(path, "_test.go") && (room != suite || filepath.Ext(path) != ".go") {
			return nil
		}
		room = strings.TrimSuffix(room, "/storetest")
		if rooms[room] == nil {
			rooms[room] = texts{}
		}
		return found.read(path, rooms[room])
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (s shownTests) read(path string, room texts) error {
	source, err := os.ReadFile(path)
	if err != nil || strings.HasPrefix(string(source), "//go:build") {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
	if err != nil {
		return err
	}
	for node := range ast.Preorder(file) {
		switch n := node.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && testName.MatchString(n.Name.Name) {
				s[n.Name.Name] = room
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil {
				room[strings.ReplaceAll(text, " ", "_")] = true
			}
		}
	}
	return nil
}

var testName = regexp.MustCompile(`^(Test|Fuzz)[A-Z]`)

// readList reads a list as rows of cells, without its first row.
func readList(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// readLines is the words of each line of a file.
func readLines(t *testing.T, path string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]string
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.Fields(line))
	}
	return lines
}
