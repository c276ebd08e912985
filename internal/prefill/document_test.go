package prefill

import (
	"bufio"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// example is a program of docs/prefill.md.
type example struct{ language, command, file string }

var examples = []example{{"python", "python3", "prefill.py"}, {"javascript", "node", "prefill.js"}, {"php", "php", "prefill.php"}}

// source is the program as it stands in the document.
func (e example) source(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/prefill.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n```"+e.language+"\n")
	program, _, closed := strings.Cut(rest, "\n```\n")
	if !found || !closed {
		t.Fatalf("docs/prefill.md has no example in %s", e.language)
	}
	return program + "\n"
}

// wanted are the values of all tokens of the examples. The last ones are not ASCII and need more blocks of the stream.
var wanted = [][3]string{{"+15125550148", "radio", "C-1047"}, {"", "", ""}, {"(512) 555-0148", "tv.spring-2026", "Llamada n.º 7 / día «ñ» 0123456789 0123456789"}}

func wantPrefill(t *testing.T, token string, want [3]string, now time.Time) {
	t.Helper()
	p, err := reader(t).Open(token, now)
	got := [3]string{"", p.Source, ""}
	if p.Phone.Given() {
		got[0] = p.Phone.Reveal()
	}
	if p.Call.Given() {
		got[2] = p.Call.Reveal()
	}
	if err != nil || got != want {
		t.Errorf("the token holds %q, %v, want %q", got, err, want)
	}
}

// TestDocument_TheExamplesMakeTokens runs each example whose language is on this machine. The tokens of all are in the file that the
// next test reads, made in the same way.
func TestDocument_TheExamplesMakeTokens(t *testing.T) {
	for _, e := range examples {
		command, err := exec.LookPath(e.command)
		if err != nil {
			t.Logf("%s is not on this machine", e.command)
			continue
		}
		file := filepath.Join(t.TempDir(), e.file)
		if err := os.WriteFile(file, []byte(e.source(t)), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, want := range wanted {
			run := exec.Command(command, append([]string{file}, want[:]...)...)
			run.Env = append(os.Environ(), "INTAKE_PREFILL_SECRET="+secret)
			out, err := run.Output()
			if err != nil {
				t.Fatalf("%s: %v", e.file, err)
			}
			wantPrefill(t, tokenIn(t, string(out)), want, time.Now())
		}
	}
}

// tokenIn is the token of the address that an example prints.
func tokenIn(t *testing.T, printed string) string {
	t.Helper()
	u, err := url.Parse(strings.TrimSpace(printed))
	if err != nil || u.Path != "/desk/prefill" || u.RawQuery != "t="+u.Query().Get("t") {
		t.Fatalf("not the address: %q, %v", printed, err)
	}
	return u.Query().Get("t")
}

// TestDocument_TokensOfAllLanguagesAreRead reads tokens that each example has made: a line has the language, the time and the token.
func TestDocument_TokensOfAllLanguagesAreRead(t *testing.T) {
	file, err := os.Open("testdata/tokens.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	read := map[string]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) != 3 {
			t.Fatalf("%d words in a line", len(words))
		}
		at, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		wantPrefill(t, words[2], wanted[read[words[0]]], time.Unix(at, 0))
		read[words[0]]++
	}
	for _, e := range examples {
		if read[e.language] != len(wanted) {
			t.Errorf("%d tokens of %s, want %d", read[e.language], e.language, len(wanted))
		}
	}
}
