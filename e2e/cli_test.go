package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// command runs intake to its end and returns its exit status and all it wrote.
func command(t *testing.T, args []string, settings ...string) (int, string) {
	t.Helper()
	p := newProcess(t, args, settings...)
	code := p.run()
	return code, p.out.String()
}

var helpLine = regexp.MustCompile(`(?m)^  ([a-z]+) +(\S.*)$`)

func subcommands(text string) []string {
	var names []string
	for _, m := range helpLine.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

var allSubcommands = []string{"serve", "init", "keys", "retention", "backup", "restore", "leads", "audit", "evidence", "verify", "doctor", "simulator", "clock", "health", "help"}

func TestHelp_ListsEverySubcommandWithOneLine(t *testing.T) {
	for _, word := range []string{"help", "-h", "--help"} {
		code, said := command(t, []string{word})
		if diff := cmp.Diff(allSubcommands, subcommands(said)); code != 0 || diff != "" {
			t.Errorf("intake %s ended with %d (-want +got):\n%s", word, code, diff)
		}
	}
}

func TestHelp_AnUnknownCommandIsToldWithTheList(t *testing.T) {
	code, said := command(t, []string{"deliver"})
	if code != 2 || !strings.Contains(said, `there is no command "deliver"`) {
		t.Errorf("ended with %d, want 2, and said %q", code, said)
	}
	if diff := cmp.Diff(allSubcommands, subcommands(said)); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}

func TestHealth_TellsARunningProgramFromADeadOne(t *testing.T) {
	p := serve(t)
	if code, said := command(t, []string{"health"}, "INTAKE_ADDR="+p.addr); code != 0 || said != "ready\n" {
		t.Errorf("of a running program: ended with %d and said %q, want 0 and ready", code, said)
	}
	p.kill()
	code, said := command(t, []string{"health"}, "INTAKE_ADDR="+p.addr)
	if code != 1 || !strings.Contains(said, "nothing answers on "+p.addr) {
		t.Errorf("of a dead program: ended with %d and said %q", code, said)
	}
}

// sandbox is a process of the sandbox environment whose addresses are nobody's.
func sandbox(t *testing.T, args ...string) *process {
	t.Helper()
	p := newProcess(t, args)
	nobody := "http://" + freeAddr(t)
	p.settings = append(p.settings, "ALLEVIATE_ENVIRONMENT=sandbox", "ALLEVIATE_CLIENT_ID=us", "ALLEVIATE_CLIENT_SECRET=a-secret",
		"ALLEVIATE_CRM=manual", "ALLEVIATE_TOKEN_URL="+nobody, "ALLEVIATE_API_URL="+nobody, "INTAKE_ADDR="+freeAddr(t),
		"INTAKE_KEYSET_FILE=data/keyset.json", "INTAKE_MASTER_KEY_FILE=master.key")
	must(t, os.WriteFile(p.file("master.key"), []byte("0123456789abcdef0123456789abcdef"), 0o600))
	return p
}

// then runs another subcommand in the same folder with the same settings and these.
func (p *process) then(args []string, settings ...string) (int, string) {
	p.t.Helper()
	next := newProcess(p.t, args)
	next.dir, next.settings = p.dir, append(slices.Clone(p.settings), settings...)
	return next.run(), next.out.String()
}

func TestInit_MakesDatabaseAndKeysAndMayBeRepeated(t *testing.T) {
	p := sandbox(t, "init")
	if code := p.run(); code != 0 {
		t.Fatalf("ended with %d: %s", code, p.out.String())
	}
	keys := contents(t, p.file("data/keyset.json"))
	if code, said := p.then([]string{"init"}); code != 0 {
		t.Errorf("the second time it ended with %d: %s", code, said)
	}
	if contents(t, p.file("data/keyset.json")) != keys {
		t.Error("the second time it made other keys")
	}
	for _, file := range []string{"data/keyset.json", "data/intake.db"} {
		info, err := os.Stat(p.file(file))
		must(t, err)
		if info.Mode().Perm() != 0o600 || info.Size() == 0 {
			t.Errorf("%s has mode %04o and %d bytes, want 0600 and some", file, info.Mode().Perm(), info.Size())
		}
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

func TestServe_RefusesAMissingDatabaseInsteadOfMakingOne(t *testing.T) {
	p := sandbox(t, "init")
	p.run()
	database := p.file("data/intake.db")
	for _, name := range []string{database, database + "-wal", database + "-shm"} {
		_ = os.Remove(name) // the last two may be gone already
	}
	checkRefuses(t, p, "is missing or empty")
	if _, err := os.Stat(database); err == nil {
		t.Error("it made a database")
	}
	must(t, os.WriteFile(database, nil, 0o600))
	checkRefuses(t, p, "is missing or empty")
	if contents(t, database) != "" {
		t.Error("it wrote into the empty file")
	}
	must(t, os.WriteFile(database, []byte(strings.Repeat("no database ", 1000)), 0o600))
	checkRefuses(t, p, "is no database")
}

// checkRefuses has the program serve in p's folder, and wants one sentence with the words.
func checkRefuses(t *testing.T, p *process, words string, settings ...string) {
	t.Helper()
	code, said := p.then(nil, settings...)
	sentence := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]
	if code != 1 || !strings.Contains(sentence, words) || strings.Contains(said, "goroutine") {
		t.Errorf("ended with %d, want 1, and said %q, want %q in it", code, sentence, words)
	}
}

func TestServe_RefusesTheDatabaseOfAnotherEnvironment(t *testing.T) {
	p := sandbox(t, "init")
	p.run()
	checkRefuses(t, p, "environment", "ALLEVIATE_ENVIRONMENT=simulator")
}

func TestServe_RefusesKeysThatAreNotTheDatabases(t *testing.T) {
	p := sandbox(t, "init")
	p.run()
	must(t, os.Remove(p.file("data/keyset.json")))
	checkRefuses(t, p, "key file data/keyset.json is missing")
	other := sandbox(t, "init")
	other.run()
	must(t, os.WriteFile(p.file("data/keyset.json"), []byte(contents(t, other.file("data/keyset.json"))), 0o600))
	checkRefuses(t, p, "keys")
	must(t, os.Chmod(p.file("data/keyset.json"), 0o644))
	checkRefuses(t, p, "is open to others")
}

func TestServe_KeepsTheSimulatorsKeysForTheOwnerAlone(t *testing.T) {
	p := serve(t)
	for _, name := range []string{"data/keyset.json", "data/intake.db", "data/intake.db-wal", "data/simulator.json"} {
		info, err := os.Stat(p.file(name))
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %04o, want 0600", name, info.Mode().Perm())
		}
	}
}

func TestServe_TellsAllMalformedSettingsAtOnce(t *testing.T) {
	code, said := command(t, nil, "INTAKE_WORKERS=many", "ALLEVIATE_CREATE_TIMEOUT=soon", "INTAKE_LOG=loud",
		"INTAKE_PUBLIC_URL=here", "INTAKE_PHONE=12", "ALLEVIATE_CRM=maybe", "INTAKE_TRUSTED_PROXIES=all")
	if code != 1 {
		t.Errorf("ended with %d, want 1", code)
	}
	for _, name := range []string{"INTAKE_WORKERS", "ALLEVIATE_CREATE_TIMEOUT", "INTAKE_LOG", "INTAKE_PUBLIC_URL", "INTAKE_PHONE", "ALLEVIATE_CRM", "INTAKE_TRUSTED_PROXIES"} {
		if !strings.Contains(said, name) {
			t.Errorf("it does not tell that %s is wrong; it said:\n%s", name, said)
		}
	}
}

func TestServe_TellsThatItsAddressIsTaken(t *testing.T) {
	p := serve(t)
	code, said := command(t, nil, "INTAKE_ADDR="+p.addr, "INTAKE_PUBLIC_URL="+p.url)
	if code != 1 || !strings.Contains(said, "address already in use") {
		t.Errorf("ended with %d and said %q", code, said)
	}
}

func TestSimulator_ServesAloneAndOnLoopbackOnly(t *testing.T) {
	tw := startTwin(t)
	if page := fetch(t, "GET", "http://"+tw.addr+"/control", "", ""); page.status != 200 {
		t.Errorf("its page is answered %d", page.status)
	}
	if code := tw.stop(); code != 0 {
		t.Errorf("it ended with %d, want 0", code)
	}
	for _, tt := range []struct{ args, setting, says string }{
		{"0.0.0.0:0", "ALLEVIATE_ENVIRONMENT=simulator", "not loopback"},
		{"127.0.0.1:0", "ALLEVIATE_ENVIRONMENT=sandbox", "ALLEVIATE_CRM"},
	} {
		code, said := command(t, []string{"simulator", "-addr", tt.args}, tt.setting)
		if code != 1 || !strings.Contains(said, tt.says) {
			t.Errorf("-addr %s with %s ended with %d and said %q", tt.args, tt.setting, code, said)
		}
	}
}

var (
	shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")
	shellNote  = regexp.MustCompile(`(?m)#.*$`)
	makeCall   = regexp.MustCompile(`(?m)(?:^|&&|;) *make ([a-z][a-z-]*)`)
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
)

func TestReadme_NamesTargetsThatTheMakefileHas(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal("there is no README.md; a newcomer needs its commands")
	}
	makefile := contents(t, filepath.Join("..", "Makefile"))
	var targets []string
	for _, m := range makeTarget.FindAllStringSubmatch(makefile, -1) {
		targets = append(targets, m[1])
	}
	calls := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(readme), -1) {
		for _, m := range makeCall.FindAllStringSubmatch(shellNote.ReplaceAllString(block[1], ""), -1) {
			if calls++; !slices.Contains(targets, m[1]) {
				t.Errorf("README.md says make %s, which the Makefile does not have", m[1])
			}
		}
	}
	if calls == 0 {
		t.Error("README.md has no sh block with a make command")
	}
}

// TestReadme_MakeRunStartsFromACopyOfTheRepository does what a newcomer does, in a folder of its own.
func TestReadme_MakeRunStartsFromACopyOfTheRepository(t *testing.T) {
	p := newProgram(t)
	copyRepository(t, p.dir)
	build := exec.Command(tool(t, "go"), "build", "-o", os.DevNull, ".") // for as long as it takes: what a start may take is limited
	build.Dir = p.dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	p.settings = append(os.Environ(), p.settings...)
	p.command = []string{tool(t, "make"), "--no-print-directory", "run"}
	p.start()
	if got := p.get("/"); got.status != 200 || !strings.Contains(got.body, "<form") {
		t.Errorf("the page answered %d and has no form", got.status)
	}
}

// copyRepository copies the files that git knows.
func copyRepository(t *testing.T, to string) {
	t.Helper()
	list := exec.Command("git", "ls-files")
	list.Dir = ".."
	names, err := list.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	for name := range strings.Lines(string(names)) {
		name = strings.TrimSpace(name)
		target := filepath.Join(to, name)
		must(t, os.MkdirAll(filepath.Dir(target), 0o755))
		body, err := os.ReadFile(filepath.Join("..", name))
		must(t, err)
		must(t, os.WriteFile(target, body, 0o644))
	}
}
