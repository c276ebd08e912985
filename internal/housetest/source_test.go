package housetest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// banned is what no part of the program imports, and what that would open; the rooms named behind
// it may, for the reason given.
var banned = map[string]struct {
	opens string
	may   []string
}{
	"os/exec":       {"a command that input could change", nil},
	"plugin":        {"code that comes at run time", nil},
	"unsafe":        {"memory without types", nil},
	"C":             {"memory without bounds", nil},
	"expvar":        {"an address that tells of the process", nil},
	"net/smtp":      {"mail headers that input could change", nil},
	"encoding/xml":  {"entities of an XML document", nil},
	"encoding/gob":  {"types that the sender chooses", nil},
	"text/template": {"templates that input could change", nil},
	"html/template": {"templates that input could change", []string{"alleviate/simulator"}}, // one, embedded
	"math/rand":     {"names that can be guessed", nil},
	"math/rand/v2":  {"names that can be guessed", []string{"alleviate/internal/entra", "internal/delivery", "internal/notify"}}, // for the jitter of waits
	"os":            {"files that a visitor names", notOfVisitors},
}

// notOfVisitors are the rooms that see no name that a visitor typed.
var notOfVisitors = []string{".", "internal/app", "internal/cli", "internal/cli/command", "internal/cli/leads", "internal/config", "internal/doctor", "alleviate/simulator", "internal/durable", "internal/seal", "internal/store/db", "internal/store/restore"}

// quoting are the files that build patterns and quote every part of them that is no constant.
var quoting = []string{"internal/evidence/verify/words.go"}

// calling are the files that call a machine: Alleviate's client and that of webhooks, which look at the address behind each
// name, the client of the identity provider, and the health check of this program.
var calling = []string{
	"alleviate/config.go", "alleviate/internal/entra/entra.go", "alleviate/internal/entra/fetch.go", "alleviate/internal/wire/connect.go", "alleviate/internal/wire/transport.go", "alleviate/outbound/outbound.go", "internal/cli/health.go",
	"internal/notify/webhook.go",
	"internal/signin/client.go", "internal/signin/provider.go",
}

// approved are the packages that cryptography comes from, beside Tink.
var approved = []string{"crypto/aes", "crypto/cipher", "crypto/ed25519", "crypto/hmac", "crypto/rand", "crypto/rsa", "crypto/sha256", "crypto/subtle", "crypto/tls", "crypto/x509"}

func TestSource_OpensNoDoorByWhatItImportsOrBuilds(t *testing.T) {
	read := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "e2e", "internal/tools", "alleviate/dnstest", "internal/store/db/dbtest", "internal/store/storetest", "internal/cli/clitest", "handlers/handlerstest"}, path) {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read++
		problems, err := sourceProblems(path, source)
		for _, problem := range problems {
			t.Error(problem)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 100 {
		t.Errorf("%d files are not the whole program", read)
	}
}

func TestSource_SeesAPlantedDoor(t *testing.T) {
	for _, tt := range []struct{ path, source, want string }{
		{"handlers/x.go", `func x() { http.Get(typed) }`, "handlers/x.go has http.Get, which can call any machine"},
		{"internal/upkeep/x.go", `var x = &http.Client{}`, "http.Client, which can call any machine"},
		{"alleviate/leads.go", `var x net.Dialer`, "net.Dialer, which can call any machine"},
		{"alleviate/internal/wire/connect.go", `var x net.Dialer`, ""},
		{"handlers/x.go", `func x() { http.Error(w, "no", 404); net.SplitHostPort(typed) }`, ""},
		{"handlers/x.go", `import "os/exec"`, "handlers/x.go imports os/exec"},
		{"views/x.go", `import "html/template"`, "views/x.go imports html/template"},
		{"alleviate/simulator/x.go", `import "html/template"`, ""},
		{"handlers/x.go", `import "os"`, "handlers/x.go imports os"},
		{"x.go", `import "os"`, ""},
		{"internal/seal/x.go", `import "crypto/md5"`, "internal/seal/x.go imports crypto/md5, which is not approved"},
		{"internal/seal/x.go", `import "golang.org/x/crypto/blowfish"`, "is not approved"},
		{"internal/seal/x.go", `import "crypto/sha256"`, ""},
		{"handlers/x.go", `var x = regexp.MustCompile("a" + typed)`, "a pattern that is no constant"},
		{"handlers/x.go", "var x = regexp.MustCompile(`a` + `b`)", ""},
		{"internal/evidence/verify/words.go", `var x = regexp.MustCompile(typed)`, ""},
		{"internal/evidence/verify/words.go", `var x = fmt.Sprintf(typed)`, "a format that is no constant"},
		{"handlers/x.go", `var x = fmt.Sprintf(typed, 1)`, "a format that is no constant"},
		{"handlers/x.go", "var x = fmt.Sprintf(map[string]string{`a`: `b`}[typed], 1)", ""},
		{"handlers/x.go", "var x = fmt.Sprintf(map[string]string{`a`: typed}[key], 1)", "a format that is no constant"},
		{"handlers/x.go", `func x() { fmt.Fprintf(w, typed) }`, "a format that is no constant"},
		{"handlers/x.go", `func x(format string, a ...any) error { return fmt.Errorf(format, a...) }`, ""},
		{"handlers/x.go", `func x() { h.Log.Info("came from " + typed) }`, "a log line that is no constant"},
		{"handlers/x.go", `func x() { log.Error(err.Error()) }`, "a log line that is no constant"},
		{"handlers/x.go", `func x() { h.Log.Info("came", "at", when) }`, ""},
		{"internal/upkeep/x.go", `func failed(what string) { cfg.Log.Error(what) }`, ""},
	} {
		problems, err := sourceProblems(tt.path, []byte("package x\n\n"+tt.source+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(problems, "\n"); (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s: got %q, want %q", tt.path, tt.source, got, tt.want)
		}
	}
}

// sourceProblems is what one file of the program imports or builds and must not.
func sourceProblems(path string, source []byte) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
	if err != nil {
		return nil, err
	}
	problems := importProblems(path, file)
	for node := range ast.Preorder(file) {
		if name, ok := node.(*ast.SelectorExpr); ok && calls(name) && !slices.Contains(calling, path) {
			problems = append(problems, path+" has "+nameOf(name.X)+"."+name.Sel.Name+", which can call any machine")
		}
		if call, ok := node.(*ast.CallExpr); ok {
			what := built(call)
			if what != "" && (what != loosePattern || !slices.Contains(quoting, path)) {
				problems = append(problems, path+" has "+what)
			}
		}
	}
	return problems, nil
}

func importProblems(path string, file *ast.File) []string {
	room, problems := filepath.Dir(path), []string(nil)
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return []string{err.Error()}
		}
		if rule, is := banned[name]; is && !slices.Contains(rule.may, room) {
			problems = append(problems, path+" imports "+name+", which opens "+rule.opens)
		}
		isCrypto := strings.HasPrefix(name, "crypto/") || strings.HasPrefix(name, "golang.org/x/crypto/")
		if isCrypto && !slices.Contains(approved, name) {
			problems = append(problems, path+" imports "+name+", which is not approved")
		}
	}
	return problems
}

// outgoing are the names of the standard library by which a connection is made.
var outgoing = regexp.MustCompile(`^(net\.(Dial\w*|Lookup\w*|Resolver|DefaultResolver)|tls\.(Dial\w*|Client)|http\.(Client|Transport|DefaultClient|DefaultTransport|Get|Head|Post|PostForm)|httputil\.\w*Proxy)$`)

func calls(name *ast.SelectorExpr) bool {
	return outgoing.MatchString(nameOf(name.X) + "." + name.Sel.Name)
}

const loosePattern = "a pattern that is no constant"

// formatAt is where the functions of fmt have their format.
var formatAt = map[string]int{"Sprintf": 0, "Errorf": 0, "Printf": 0, "Fprintf": 1, "Appendf": 1}

// built says which text of a call would have to be a constant and is none. A wrapper may hand on what it
// was given as "format" or "what".
func built(call *ast.CallExpr) string {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	owner, name := nameOf(function.X), function.Sel.Name
	switch {
	case owner == "regexp" && strings.Contains(name, "Compile") && !constant(call.Args[0]):
		return loosePattern
	case strings.EqualFold(owner, "log") && slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, name) && !constant(call.Args[0]) && nameOf(call.Args[0]) != "what":
		return "a log line that is no constant"
	}
	at, formats := formatAt[name]
	if owner != "fmt" || !formats || len(call.Args) <= at {
		return ""
	}
	if format := call.Args[at]; constant(format) || nameOf(format) == "format" { // vet looks at the wrapper's callers
		return ""
	}
	return "a format that is no constant"
}

// nameOf is the last word of a name such as h.Log.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// constant says whether a text is written in the source alone.
func constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.ParenExpr:
		return constant(e.X)
	case *ast.BinaryExpr:
		return constant(e.X) && constant(e.Y)
	case *ast.KeyValueExpr:
		return constant(e.Value)
	case *ast.CompositeLit:
		return !slices.ContainsFunc(e.Elts, func(one ast.Expr) bool { return !constant(one) })
	case *ast.IndexExpr: // one of several
		return constant(e.X)
	}
	return false
}
