package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"intake/internal/cli/command"
)

// runEmpty runs intake in an empty folder without settings, where it must make no file.
func runEmpty(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var out, err bytes.Buffer
	status = Run(t.Context(), args, command.Process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &err})
	if made := filesHere(t); len(made) > 0 {
		t.Errorf("intake %s has made %q", strings.Join(args, " "), made)
	}
	return status, out.String(), err.String()
}

func TestHelp_IsHelpEverywhereAndDoesNothing(t *testing.T) {
	for _, c := range commands() {
		if c.Run == nil {
			continue
		}
		for _, args := range [][]string{{c.Name, "-h"}, {c.Name, "--help"}, {"help", c.Name}} {
			status, said, failed := runEmpty(t, args...)
			if status != 0 || failed != "" {
				t.Errorf("intake %s ended with %d: %s", strings.Join(args, " "), status, failed)
			}
			if !strings.Contains(said, "usage: intake "+c.Name) || !strings.Contains(said, "\nexample: ") {
				t.Errorf("intake %s lacks its usage or an example:\n%s", strings.Join(args, " "), said)
			}
		}
	}
}

func TestHelp_OfAnActIsHelp(t *testing.T) {
	for _, args := range [][]string{
		{"leads", "list", "-h"}, {"leads", "resolve", "--help"}, {"keys", "add", "-h"}, {"audit", "verify", "-h"}, {"audit", "show", "-h"},
		{"evidence", "verify", "-h"}, {"evidence", "K7PM-3XRT", "-h"}, {"restore", "-lift", "-h"}, {"backup", "file.db", "-h"},
	} {
		if status, said, failed := runEmpty(t, args...); status != 0 || failed != "" || !strings.Contains(said, "usage: intake "+args[0]) {
			t.Errorf("intake %s ended with %d: %s%s", strings.Join(args, " "), status, said, failed)
		}
	}
}

func TestRun_AWrongFlagIsNamedOnceAndDoesNothing(t *testing.T) {
	for _, name := range []string{"serve", "init", "backup", "health", "retention", "doctor", "simulator", "verify", "restore"} {
		status, said, failed := runEmpty(t, name, "-no-such-flag")
		if status != 1 || said != "" || strings.Count(failed, "-no-such-flag") != 1 {
			t.Errorf("intake %s ended with %d:\n%s%s", name, status, said, failed)
		}
	}
}

func TestRun_AnUnknownCommandGetsTheList(t *testing.T) {
	if status, said, failed := runEmpty(t, "server"); status != 2 || said != "" || !strings.Contains(failed, `no command "server"`) || !strings.Contains(failed, "  serve ") {
		t.Errorf("it ended with %d:\n%s%s", status, said, failed)
	}
	if status, said, failed := runEmpty(t, "help", "server"); status != 2 || said != "" || !strings.Contains(failed, `no command "server"`) {
		t.Errorf("it ended with %d:\n%s%s", status, said, failed)
	}
}

func filesHere(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
