package housetest

import (
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

// section is what stands under a heading of a document.
func section(t *testing.T, path, heading string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, below, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %q", path, heading)
	}
	below, _, _ = strings.Cut(below, "\n## ")
	return below
}

// host is the name of a machine of others, as it stands in a text of the program.
var host = regexp.MustCompile(`\b([a-z0-9-]+\.)+(com|org|net|io|cloud)\b`)

// notCalled stand in sentences for people.
var notCalled = []string{"example.com", "apply.example.com", "debtcore.alleviate.com"}

// TestDocument_NamesEveryHostThatIsCalled reads every text of the rooms that call out or tell a browser whom to call.
func TestDocument_NamesEveryHostThatIsCalled(t *testing.T) {
	said, found := section(t, "docs/security.md", "Who is called"), map[string]bool{}
	for _, pattern := range []string{"*.go", "alleviate/*.go", "alleviate/debtcore/*.go", "handlers/*.go", "handlers/*/*.go", "internal/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, name := range hostsIn(t, file) {
				found[name] = true
				if !slices.Contains(notCalled, name) && !strings.Contains(said, "`"+name+"`") {
					t.Errorf("%s names %s, and docs/security.md does not say that it is called", file, name)
				}
			}
		}
	}
	for _, name := range []string{"login.microsoftonline.com", "leads.alleviate.com", "leads-sandbox.alleviate.com"} {
		if !found[name] {
			t.Errorf("the search is blind: it does not find %s", name)
		}
	}
}

func hostsIn(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	imports := map[*ast.BasicLit]bool{}
	for _, spec := range file.Imports {
		imports[spec.Path] = true
	}
	for node := range ast.Preorder(file) {
		if text, is := node.(*ast.BasicLit); is && text.Kind == token.STRING && !imports[text] {
			names = append(names, host.FindAllString(text.Value, -1)...)
		}
	}
	return names
}

// TestDocument_ListsEveryKey holds the table of keys to what the key file has and to what is derived from it.
func TestDocument_ListsEveryKey(t *testing.T) {
	said, keys := section(t, "docs/security.md", "Keys"), keysInSource(t)
	for _, key := range keys {
		if !strings.Contains(said, "`"+key+"`") {
			t.Errorf("docs/security.md has no key `%s`", key)
		}
	}
	for _, known := range []string{"aead", "lookup", "forms", "ed25519 signature"} {
		if !slices.Contains(keys, known) {
			t.Errorf("the search is blind: it does not find the key %s", known)
		}
	}
}

// keysInSource is the names of the key file's parts, and the purposes for which keys are derived: the
// text that Derive is given, there or by the constant that is named.
func keysInSource(t *testing.T) []string {
	t.Helper()
	keyFile, err := os.ReadFile("internal/seal/file.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(keyFile), "type keyBody struct {")
	body, _, _ = strings.Cut(body, "\n}")
	var keys []string
	for _, part := range regexp.MustCompile("\\[\\]byte +`json:\"(\\w+)").FindAllStringSubmatch(body, -1) {
		keys = append(keys, part[1])
	}
	files, err := filepath.Glob("internal/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	roots, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	given := regexp.MustCompile(`\.Derive\((?:"([^"]+)"|(\w+))\)`)
	for _, file := range append(files, roots...) {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, purpose := range given.FindAllStringSubmatch(string(source), -1) {
			keys = append(keys, purpose[1]+constantNamed(t, filepath.Dir(file), purpose[2]))
		}
	}
	return keys
}

// constantNamed is the text of a constant of the package in dir; nothing for no name.
func constantNamed(t *testing.T, dir, name string) string {
	t.Helper()
	if name == "" {
		return ""
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\s+= "([^"]+)"`).FindSubmatch(source); found != nil {
			return string(found[1])
		}
	}
	t.Fatalf("%s is no constant of %s", name, dir)
	return ""
}

// namedTest is a test as the documents name one.
var namedTest = regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*_\\w+[^` ]*|TestSQLite[^` ]*|TestPostgres[^` ]*)`")

func TestDocument_NamesTestsThatThereAre(t *testing.T) {
	documents, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, named := readTests(t, "."), 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range namedTest.FindAllStringSubmatch(string(text), -1) {
			named++
			if !tests.has(name[1]) {
				t.Errorf("%s names %s, which is no test of this tree", document, name[1])
			}
		}
	}
	if named < 40 {
		t.Errorf("%d names were looked at", named)
	}
}
