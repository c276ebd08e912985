package housetest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// anything stands for every package of ours in room.ours, and for every module in room.theirs.
const anything = "*"

// room is what one package may import: our own packages, and third-party modules by the start of
// their path. The standard library is free.
type room struct{ ours, theirs []string }

// house is who may import whom. docs/house.md tells why; a new arrow changes both.
var house = map[string]room{
	"":                     {[]string{"internal/cli", "internal/cli/command"}, nil}, // main.go
	"internal/cli":         {[]string{anything}, []string{"golang.org/x/term"}},
	"internal/cli/leads":   {[]string{"internal/cli/command", "internal/app", "internal/audit", "internal/config", "internal/decisions", "internal/lead", "internal/store", "validation"}, nil},
	"internal/cli/command": {[]string{"internal/app", "internal/audit", "internal/config", "internal/lead", "internal/store"}, nil},
	"internal/cli/clitest": {[]string{"internal/cli", "internal/cli/command", "internal/app", "internal/config", "internal/consent", "internal/lead", "internal/store", "alleviate/simulator"}, nil},
	"internal/doctor":      {[]string{"alleviate", "alleviate/debtcore", "internal/app", "internal/config", "internal/delivery", "internal/health"}, nil},
	"internal/writelimit":  {nil, []string{"golang.org/x/sys"}},
	"internal/keyring":     {[]string{"internal/audit", "internal/seal", "internal/store"}, nil},
	"internal/app":         {[]string{anything}, nil},
	"internal/config":      {[]string{"alleviate", "static"}, []string{"github.com/caarlos0/env/v11"}},
	"internal/housetest":   {},
	"internal/clock":       {},
	"internal/decisions":   {[]string{"internal/clock", "internal/lead", "internal/audit", "validation"}, nil},
	"internal/lead":        {},
	"internal/audit":       {},
	"internal/coach":       {[]string{"internal/lead"}, nil},
	"internal/live":        {[]string{"internal/lead"}, nil},
	"internal/staff":       {},
	"internal/health":      {[]string{"internal/clock"}, nil},
	"internal/places":      {},
	"static":               {},
	"alleviate":            {[]string{"alleviate/internal/entra", "alleviate/internal/graphql", "alleviate/internal/wire"}, []string{"golang.org/x/oauth2"}},
	"alleviate/debtcore":   {[]string{"alleviate", "alleviate/internal/graphql"}, nil},
	"alleviate/dnstest":    {nil, []string{"golang.org/x/net/dns/dnsmessage"}},

	"alleviate/internal/entra":   {[]string{"alleviate/internal/wire"}, []string{"golang.org/x/oauth2"}},
	"alleviate/internal/graphql": {[]string{"alleviate/internal/entra", "alleviate/internal/wire"}, nil},
	"alleviate/internal/wire":    {[]string{"alleviate/outbound"}, nil},
	"alleviate/outbound":         {},
	"alleviate/simulator":        {nil, []string{"github.com/graph-gophers/graphql-go"}},
	"validation": {
		[]string{"internal/lead", "internal/places", "validation/email", "validation/normalize"},
		[]string{"github.com/go-playground/validator/v10", "github.com/nyaruka/phonenumbers"},
	},
	"validation/email":               {},
	"validation/normalize":           {nil, []string{"golang.org/x/text"}},
	"views":                          {}, // the tests of all pages
	"views/frame":                    {[]string{"validation", "static", "internal/staff"}, []string{"github.com/a-h/templ"}},
	"views/apply":                    {[]string{"validation", "internal/lead", "internal/consent", "views/frame"}, []string{"github.com/a-h/templ"}},
	"views/leads":                    {[]string{"validation", "internal/coach", "internal/lead", "views/frame"}, []string{"github.com/a-h/templ"}},
	"views/handoff":                  {[]string{"validation", "internal/lead", "internal/consent", "views/apply", "views/frame"}, []string{"github.com/a-h/templ"}},
	"views/desk":                     {[]string{"validation", "internal/lead", "internal/consent", "views/frame"}, []string{"github.com/a-h/templ"}},
	"views/status":                   {[]string{"validation", "internal/consent", "views/frame"}, []string{"github.com/a-h/templ"}},
	"views/optout":                   {[]string{"validation", "views/frame"}, []string{"github.com/a-h/templ"}},
	"views/signin":                   {[]string{"internal/staff", "views/frame"}, []string{"github.com/a-h/templ"}},
	"views/legal":                    {[]string{"internal/consent", "views/frame"}, []string{"github.com/a-h/templ"}},
	"internal/durable":               {},
	"internal/seal":                  {[]string{"internal/durable"}, []string{"github.com/tink-crypto/tink-go/v2"}},
	"internal/consent":               {[]string{"internal/lead"}, nil},
	"internal/evidence":              {[]string{"internal/lead", "internal/consent", "internal/evidence/packet", "internal/evidence/verify"}, nil},
	"internal/evidence/packet":       {[]string{"internal/lead", "internal/consent"}, nil},
	"internal/evidence/verify":       {[]string{"internal/lead", "internal/consent", "internal/evidence/packet"}, nil},
	"internal/evidence/evidencetest": {[]string{"internal/lead", "internal/consent", "internal/evidence", "internal/evidence/packet"}, nil},
	"internal/links":                 {[]string{"internal/config", "internal/lead", "internal/notify", "internal/store"}, nil},
	"internal/store":                 {[]string{"internal/audit", "internal/clock", "internal/consent", "internal/lead", "internal/seal", "internal/store/agent", "internal/store/auditlog", "internal/store/chore", "internal/store/consentlink", "internal/store/db", "internal/store/disposition", "internal/store/draft", "internal/store/erasure", "internal/store/feed", "internal/store/gate", "internal/store/leadtable", "internal/store/optout", "internal/store/prefill", "internal/store/proof", "internal/store/rekey", "internal/store/restore", "internal/store/session", "internal/store/source", "internal/store/stamp", "internal/store/stats", "internal/store/table"}, nil},
	"internal/store/stamp":           {[]string{"internal/seal", "internal/store/db", "internal/store/leadtable", "internal/store/table"}, nil},
	"internal/store/restore":         {[]string{"internal/audit", "internal/consent", "internal/durable", "internal/lead", "internal/seal", "internal/store/auditlog", "internal/store/db", "internal/store/draft", "internal/store/erasure", "internal/store/gate", "internal/store/leadtable", "internal/store/optout", "internal/store/proof", "internal/store/rekey", "internal/store/session", "internal/store/stamp", "internal/store/table"}, nil},
	"internal/store/rekey":           {[]string{"internal/audit", "internal/lead", "internal/seal", "internal/store/db", "internal/store/leadtable", "internal/store/optout", "internal/store/registry", "internal/store/stamp", "internal/store/table"}, nil},
	"internal/store/registry":        {[]string{"internal/store/disposition", "internal/store/draft", "internal/store/leadtable", "internal/store/optout", "internal/store/proof", "internal/store/session", "internal/store/stamp"}, nil},
	"internal/store/proof":           {[]string{"internal/audit", "internal/consent", "internal/lead", "internal/seal", "internal/store/agent", "internal/store/db", "internal/store/hashchain", "internal/store/leadtable", "internal/store/table"}, nil},
	"internal/store/consentlink":     {[]string{"internal/consent", "internal/lead", "internal/store/agent", "internal/store/db", "internal/store/handoff", "internal/store/leadtable", "internal/store/proof", "internal/store/table"}, nil},
	"internal/store/optout":          {[]string{"internal/lead", "internal/store/db", "internal/store/gate", "internal/store/leadtable", "internal/store/table"}, nil},
	"internal/store/leadtable":       {[]string{"internal/clock", "internal/lead", "internal/seal", "internal/store/auditlog", "internal/store/db", "internal/store/table"}, nil},
	"internal/store/gate":            {[]string{"internal/store/db", "internal/store/table"}, nil},
	"internal/store/erasure":         {[]string{"internal/audit", "internal/lead", "internal/store/db", "internal/store/disposition", "internal/store/draft", "internal/store/handoff", "internal/store/leadtable", "internal/store/registry", "internal/store/table"}, nil},
	"internal/store/draft":           {[]string{"internal/lead", "internal/store/agent", "internal/store/db", "internal/store/leadtable", "internal/store/table"}, nil},
	"internal/store/agent":           {[]string{"internal/clock", "internal/lead", "internal/store/db", "internal/store/table"}, nil},
	"internal/store/handoff":         {[]string{"internal/lead", "internal/store/db", "internal/store/table"}, nil},
	"internal/store/disposition":     {[]string{"internal/lead", "internal/seal", "internal/store/db", "internal/store/table"}, nil},
	"internal/store/auditlog":        {[]string{"internal/audit", "internal/clock", "internal/lead", "internal/seal", "internal/store/db", "internal/store/hashchain", "internal/store/table"}, nil},
	"internal/store/chore":           {[]string{"internal/clock", "internal/store/db", "internal/store/table"}, nil},
	"internal/store/feed":            {[]string{"internal/lead", "internal/store/db"}, nil},
	"internal/store/hashchain":       {[]string{"internal/audit", "internal/clock", "internal/store/db", "internal/store/table"}, nil},
	"internal/store/prefill":         {[]string{"internal/clock", "internal/store/db", "internal/store/table"}, nil},
	"internal/store/session":         {[]string{"internal/clock", "internal/seal", "internal/store/db", "internal/store/table"}, nil},
	"internal/store/source":          {[]string{"internal/clock", "internal/lead", "internal/store/db", "internal/store/table"}, nil},
	"internal/store/stats":           {[]string{"internal/lead", "internal/store/db", "internal/store/feed", "internal/store/table"}, nil},
	"internal/store/table":           {[]string{"internal/store/db"}, nil},
	"internal/store/db": {
		[]string{"internal/durable", "internal/store/db/watch"},
		[]string{"modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3"},
	},
	"internal/store/db/dbtest": {[]string{"internal/store/db"}, nil},
	"internal/store/db/watch":  {nil, []string{"github.com/jackc/pgx/v5"}},
	"internal/store/storetest": {
		[]string{"internal/clock", "internal/lead", "internal/audit", "internal/consent", "internal/seal", "internal/store", "internal/store/chore", "internal/store/consentlink", "internal/store/erasure", "internal/store/feed", "internal/store/proof", "internal/store/restore", "internal/store/session", "internal/store/stats"},
		[]string{"github.com/google/go-cmp", "github.com/jackc/pgx/v5", "modernc.org/sqlite"},
	},
	"internal/signin": {
		[]string{"internal/staff"},
		[]string{"github.com/coreos/go-oidc/v3", "golang.org/x/oauth2", "github.com/go-jose/go-jose/v4"},
	},
	"internal/notify":              {[]string{"internal/clock", "internal/lead", "alleviate/outbound"}, nil},
	"internal/prefill":             {[]string{"internal/lead"}, nil},
	"internal/prefill/prefilltest": {},
	"internal/secretscan":          {},
	"internal/metrics":             {[]string{"internal/clock", "internal/lead"}, []string{"github.com/prometheus/client_golang/prometheus"}},
	"internal/upkeep":              {[]string{"internal/audit", "internal/clock", "internal/consent", "internal/lead", "internal/store/chore", "internal/store/erasure", "internal/store/restore"}, nil},
	"internal/delivery":            {[]string{"internal/clock", "internal/lead", "alleviate"}, nil},
	"handlers/web": {
		[]string{"static", "internal/clock", "internal/lead", "internal/staff", "validation", "views/frame"},
		[]string{"github.com/labstack/echo/v4", "github.com/a-h/templ", "golang.org/x/time/rate"},
	},
	"handlers/apply": {
		[]string{"internal/lead", "validation", "views/apply", "internal/consent", "handlers/trustedform", "handlers/web"},
		[]string{"github.com/labstack/echo/v4"},
	},
	"handlers/trustedform": {[]string{"internal/consent", "internal/lead", "handlers/web"}, nil},
	"handlers/handoff": {
		[]string{"internal/lead", "validation", "views/apply", "views/frame", "views/handoff", "internal/consent", "handlers/trustedform", "handlers/web"},
		[]string{"github.com/labstack/echo/v4"},
	},
	"handlers/desk": {
		[]string{"internal/lead", "internal/prefill", "internal/staff", "validation", "views/desk", "internal/consent", "handlers/web"},
		[]string{"github.com/labstack/echo/v4", "github.com/a-h/templ"},
	},
	"handlers/leads": {
		[]string{"internal/coach", "internal/consent", "internal/lead", "internal/live", "internal/staff", "validation", "views/frame", "views/leads", "views/status", "handlers/web"},
		[]string{"github.com/labstack/echo/v4", "github.com/a-h/templ", "rsc.io/qr"},
	},
	"handlers/later":  {[]string{"internal/lead", "validation", "views/apply", "handlers/web"}, []string{"github.com/labstack/echo/v4"}},
	"handlers/status": {[]string{"internal/consent", "internal/lead", "views/status", "handlers/web"}, []string{"github.com/labstack/echo/v4"}},
	"handlers/optout": {[]string{"internal/lead", "validation", "views/optout", "handlers/web"}, []string{"github.com/labstack/echo/v4"}},
	"handlers/signin": {
		[]string{"internal/audit", "internal/signin", "internal/staff", "views/signin", "handlers/web"},
		[]string{"github.com/labstack/echo/v4", "github.com/alexedwards/scs/v2"},
	},
	"handlers": {
		[]string{"internal/clock", "internal/lead", "internal/staff", "views/frame", "views/legal", "static", "internal/consent", "handlers/web", "handlers/apply", "handlers/desk", "handlers/handoff", "handlers/later", "handlers/leads", "handlers/status", "handlers/optout", "handlers/signin", "handlers/trustedform"},
		[]string{"github.com/labstack/echo/v4", "github.com/a-h/templ", "github.com/klauspost/compress/gzhttp"},
	},
	"handlers/handoff/handofftest": {[]string{"internal/consent", "internal/lead"}, nil},
	"handlers/handlerstest": {
		[]string{"internal/audit", "internal/clock", "internal/coach", "internal/consent", "internal/lead", "internal/live", "internal/prefill", "internal/signin", "internal/staff", "views/frame", "views/apply", "handlers", "handlers/desk", "handlers/handoff/handofftest", "handlers/leads", "handlers/signin", "handlers/web"}, nil,
	},
}

// secretRooms hold Alleviate's client secret, the keys or the sealed answers. No package that makes
// bytes for a browser may depend on one, however far away.
var secretRooms = []string{"intake/alleviate", "intake/internal/delivery", "intake/internal/store", "intake/internal/store/db", "intake/internal/seal"}

func TestHouse_EveryImportIsAllowed(t *testing.T) {
	problems, err := houseProblems(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// The "Ours" column of the page is the same table; a package is named there with or without "internal/".
func TestHouse_ThePageHasTheSameTable(t *testing.T) {
	page := map[string][]string{}
	short := func(name string) string { return strings.TrimPrefix(name, "internal/") }
	for _, row := range strings.Split(section(t, "docs/house.md", "Who may import whom"), "\n") {
		cells := strings.Split(row, "|")
		if len(cells) != 5 || !strings.Contains(row, "`") {
			continue
		}
		ours := []string{}
		if !strings.HasPrefix(strings.TrimSpace(cells[2]), "–") {
			ours = quotedNames(cells[2])
		}
		if strings.HasPrefix(strings.TrimSpace(cells[2]), "all") {
			ours = []string{anything}
		}
		for _, name := range quotedNames(cells[1]) {
			page[short(name)] = ours
		}
	}
	page[""] = page["main.go"]
	for name, r := range house {
		want := []string{}
		for _, ours := range r.ours {
			want = append(want, short(ours))
		}
		got, found := page[short(name)]
		for i := range got {
			got[i] = short(got[i])
		}
		slices.Sort(want)
		slices.Sort(got)
		if !found || !slices.Equal(got, want) {
			t.Errorf("docs/house.md says that %s may import %q, want %q", cmp.Or(name, "main.go"), got, want)
		}
	}
}

// quotedNames are the words between back quotes.
func quotedNames(text string) []string {
	names := []string{}
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			names = append(names, part)
		}
	}
	return names
}

func TestHouse_SeesAPlantedImport(t *testing.T) {
	for _, tt := range []struct{ file, source, want string }{
		{"handlers/planted.go", "package handlers\n\nimport _ \"intake/alleviate\"\n",
			"handlers makes bytes for browsers and depends on intake/alleviate"},
		{"handlers/apply/planted.go", "package apply\n\nimport _ \"intake/internal/store\"\n",
			"handlers/apply makes bytes for browsers and depends on intake/internal/store"},
		{"internal/consent/planted.go", "package consent\n\nimport _ \"intake/internal/seal\"\n",
			"views/apply makes bytes for browsers and depends on intake/internal/seal"},
		{"alleviate/simulator/planted.go", "package simulator\n\nimport _ \"intake/alleviate\"\n",
			"alleviate/simulator may not import intake/alleviate"},
		{"internal/lead/planted.go", "package lead\n\nimport _ \"golang.org/x/oauth2\"\n",
			"internal/lead may not import golang.org/x/oauth2"},
		{"planted.go", "package main\n\nimport _ \"intake/internal/store\"\n",
			"main may not import intake/internal/store"},
		{"internal/app/planted.go", "package app\n\nimport _ \"intake/internal/cli\"\n",
			"internal/app may not import intake/internal/cli"},
		{"internal/app/planted.go", "package app\n\nimport _ \"intake/internal/cli/leads\"\n",
			"internal/app may not import intake/internal/cli/leads"},
		{"internal/planted/planted.go", "package planted\n",
			"internal/planted is a room that the house does not know"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			dir := t.TempDir()
			copyTree(t, dir)
			path := filepath.Join(dir, tt.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.source), 0o644); err != nil {
				t.Fatal(err)
			}
			problems, err := houseProblems(dir)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, tt.want) }) {
				t.Errorf("got %q, want a sentence with %q", problems, tt.want)
			}
		})
	}
}

// houseProblems holds the packages under dir against the tables and answers in sentences.
func houseProblems(dir string) ([]string, error) {
	packages, err := listPackages(dir)
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, p := range packages {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "intake"), "/")
		if name == "e2e" || strings.HasPrefix(name, "e2e/") {
			continue // it tests the whole
		}
		rules, ok := house[name]
		if !ok {
			problems = append(problems, name+" is a room that the house does not know; add it to the table in internal/housetest and to docs/house.md")
			continue
		}
		problems = append(problems, rules.problems(name, p.Imports)...)
		if strings.HasPrefix(name+"/", "handlers/") || strings.HasPrefix(name+"/", "views/") {
			problems = append(problems, leaks(name, p.Deps)...)
		}
	}
	return problems, nil
}

func (r room) problems(name string, imports []string) []string {
	var problems []string
	for _, path := range imports {
		ours, isOurs := strings.CutPrefix(path, "intake/")
		switch {
		case isOurs && (slices.Contains(r.ours, ours) || slices.Contains(r.ours, anything) && (name == "internal/cli" || !strings.HasPrefix(ours+"/", "internal/cli/"))):
		case !isOurs && !strings.Contains(strings.Split(path, "/")[0], "."): // the standard library
		case !isOurs && slices.ContainsFunc(r.theirs, func(module string) bool { return path == module || strings.HasPrefix(path, module+"/") }):
		default:
			problems = append(problems, fmt.Sprintf("%s may not import %s", cmp.Or(name, "main"), path))
		}
	}
	return problems
}

func leaks(name string, deps []string) []string {
	var problems []string
	for _, secret := range secretRooms {
		if slices.Contains(deps, secret) {
			problems = append(problems, fmt.Sprintf("%s makes bytes for browsers and depends on %s", name, secret))
		}
	}
	return problems
}

type listedPackage struct {
	ImportPath    string
	Imports, Deps []string
}

func listPackages(dir string) ([]listedPackage, error) {
	var stderr bytes.Buffer
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	var packages []listedPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// copyTree copies what go list reads: sources and what they embed.
func copyTree(t *testing.T, dir string) {
	t.Helper()
	skip := regexp.MustCompile(`^(\.git|data|e2e|docs)$`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skip.MatchString(path) {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(dir, path), 0o755)
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, path), body, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLibcIsTheOneThatSQLiteWasGeneratedFor(t *testing.T) {
	list := func(format, module string) string {
		out, err := exec.Command("go", "list", "-m", "-f", format, module).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	mod, err := os.ReadFile(list("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(mod)
	if want == nil {
		t.Fatal("modernc.org/sqlite names no modernc.org/libc")
	}
	if got := list("{{.Version}}", "modernc.org/libc"); got != string(want[1]) {
		t.Errorf("modernc.org/libc is %s; this SQLite was generated for %s", got, want[1])
	}
}
