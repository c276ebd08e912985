package housetest

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
// "make check" runs, with the texts of its package, by which its parts are called. A test that a target
// of its own runs has the target before its name, as in "sqlmap:TestX".
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

// readTests reads every test file under dir, and the suite of the store.
func readTests(t *testing.T, dir string) shownTests {
	t.Helper()
	found, rooms := shownTests{}, map[string]texts{}
	makefile, err := os.ReadFile(filepath.Join(dir, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
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
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		before := ""
		if tag, tagged := buildTag(source); tagged {
			if before = tag + ":"; !strings.Contains(string(makefile), "\n"+before) || !strings.Contains(string(makefile), " -tags "+tag+" ") {
				return nil // nobody runs it
			}
		}
		room = before + strings.TrimSuffix(room, "/storetest")
		if rooms[room] == nil {
			rooms[room] = texts{}
		}
		return found.read(path, source, before, rooms[room])
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// buildTag is what must be said to go test before it sees a file.
func buildTag(source []byte) (tag string, tagged bool) {
	first, _, _ := strings.Cut(string(source), "\n")
	return strings.CutPrefix(first, "//go:build ")
}

func (s shownTests) read(path string, source []byte, before string, room texts) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
	if err != nil {
		return err
	}
	for node := range ast.Preorder(file) {
		switch n := node.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && testName.MatchString(n.Name.Name) {
				s[before+n.Name.Name] = room
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

func TestShown_ATestOfALongTargetBearsItsName(t *testing.T) {
	tests := readTests(t, ".")
	for name, want := range map[string]bool{
		"TestShown_ATestOfALongTargetBearsItsName":                         true,
		"sqlmap:TestSQLMap_FindsAPlantedHole":                              true,
		"sqlmap:TestSQLMap_FindsAPlantedHole/in_a_cookie":                  true,
		"sqlmap:TestSQLMap_FindsAPlantedHole/in_a_dream":                   false,
		"TestSQLMap_FindsAPlantedHole":                                     false,
		"sqlmap:TestShown_ATestOfALongTargetBearsItsName":                  false,
		"foreign:TestSQLMap_FindsAPlantedHole":                             false,
		"foreign:TestLeadStatus":                                           true,
		"TestSQLite/the_oldest_due_come_first,_and_no_more_than_asked_for": true,
	} {
		if got := tests.has(name); got != want {
			t.Errorf("%s is there: %v, want %v", name, got, want)
		}
	}
}
