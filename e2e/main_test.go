// Package e2e drives the built program as people and operators do: over HTTP, with a real browser,
// on the command line, and by killing it.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// binary is the program under test, built once for the run.
var binary string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	if addr := os.Getenv(bareAddr); addr != "" {
		return serveBare(addr)
	}
	dir, err := os.MkdirTemp("", "intake-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "intake")
	build := exec.Command("go", "build", "-o", binary, "..")
	build.Env = append(os.Environ(), buildSecrets...)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "The program does not build: %v\n%s", err, out)
		return 1
	}
	defer closeBrowsers()
	return m.Run()
}

// patience is how long anything may take; it is long so that a busy machine fails no test.
const patience = 30 * time.Second

// await looks again and again until holds says yes, and fails the test when it never does.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	over := time.After(patience)
	for !holds() {
		select {
		case <-look.C:
		case <-over:
			t.Fatalf("after %s it is still not so: %s", patience, what)
		}
	}
}

// tool finds a program that the tests need.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("these tests need %s, which is not installed: run make install", name)
	}
	return path
}

// nodeModule is the path of a file that npm installs.
func nodeModule(t testing.TB, path string) string {
	t.Helper()
	full, err := filepath.Abs(filepath.Join("node_modules", path))
	if err == nil {
		_, err = os.Stat(full)
	}
	if err != nil {
		t.Fatalf("these tests need e2e/node_modules/%s, which is not installed: run make install", path)
	}
	return full
}
