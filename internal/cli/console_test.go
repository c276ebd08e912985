package cli

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"intake/internal/app"
	"intake/internal/config"
)

func TestLogHandler_IsReadableForPeopleAndWarningsStandOut(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(logHandler(&out, slog.LevelInfo, true)).With("node", "a")
	log.Debug("hidden")
	log.Info("lead stored", "count", 2)
	log.Warn("delivery waits", "cause", "no such host")
	log.WithGroup("g").Error("broken", "time", "kept")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{"  lead stored  " + dim + "node=a count=2", yellow + "Warning: delivery waits" + plain + "  node=a cause=\"no such host\"", red + "ERROR: broken" + plain + "  node=a g.time=kept"} {
		if len(lines) != 3 || !strings.Contains(lines[i], want) {
			t.Errorf("line %d of %q lacks %q", i, lines, want)
		}
	}
}

func TestLogHandler_IsJSONForMachines(t *testing.T) {
	var out bytes.Buffer
	slog.New(logHandler(&out, slog.LevelInfo, false)).Info("lead stored", "count", 2)
	if !strings.Contains(out.String(), `"level":"INFO","msg":"lead stored","count":2}`) {
		t.Errorf("got %s", out.String())
	}
}

func TestIsTerminal_IsNoFileAndNoPipe(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if isTerminal(file) || isTerminal(&bytes.Buffer{}) {
		t.Error("a file or a buffer is taken for a terminal")
	}
}

func TestWelcome_NamesThePagesAndSaysThatNothingLeaves(t *testing.T) {
	var out bytes.Buffer
	printWelcome(&out, app.Welcome{
		Page: "http://localhost:8080", Environment: config.Simulator, SignIn: "http://localhost:8080/sign-in", Ready: true, Control: "http://127.0.0.1:9/control",
	})
	for _, want := range []string{
		"http://localhost:8080\n", "http://localhost:8080/sign-in\n", "http://127.0.0.1:9/control\n",
		"Nothing leaves this machine", "without a password", "Stop with Ctrl-C",
		"sandbox+qualified-1015@", "unqualified@assumed.example", "assumed+1000@assumed.example",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "\n"); n > 20 {
		t.Errorf("%d lines are no few", n)
	}
	out.Reset()
	printWelcome(&out, app.Welcome{Page: "https://apply.example.com", Environment: config.Sandbox})
	if said := out.String(); strings.Contains(said, "Nothing leaves") || strings.Contains(said, "simulator") || strings.Contains(said, "agents") || !strings.Contains(said, "Leads go to Alleviate (sandbox)") {
		t.Errorf("in the sandbox it says:\n%s", said)
	}
}
