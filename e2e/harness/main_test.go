// Package harness runs the built program under kills, rolling deploys, power cuts, full and failing disks and a
// misbehaving simulator, and then checks that no lead was lost or sent twice. Without flags each test is short;
// the Makefile has the long runs.
package harness

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/seal"
	"intake/internal/store"
)

// The sizes of the runs. The defaults are those of CI.
var (
	seedFlag = flag.Uint64("seed", 0, "seed of all random choices; 0 takes a new one")
	engine   = flag.String("engine", "sqlite", "storm: sqlite, or postgres with three programs")
	leads    = flag.Int("leads", 150, "storm: leads to be accepted")
	kills    = flag.Int("kills", 10, "storm: programs to be killed")
	rolls    = flag.Int("rolls", 4, "storm: programs to be replaced while they run")
	cuts     = flag.Int("cuts", 2, "power cut: cuts of each kind")
	injected = flag.Int("injected", 20, "power cut: failing fsyncs and writes, each")
	keys     = flag.Int("keys", 20, "fifty posts: forms")
	leavers  = flag.Int("leavers", 50, "fifty posts: visitors who leave once the form is sent")
	minutes  = flag.Float64("minutes", 0.1, "soak: how long people come in")
)

// binary is the program under test, built once for the run.
var binary string

func TestMain(m *testing.M) {
	if path := os.Getenv(writerPath); path != "" {
		os.Exit(writeUntilKilled(path, os.Getenv(writerSync)))
	}
	if path := os.Getenv(readerPath); path != "" {
		os.Exit(readUntilKilled(path))
	}
	flag.Parse()
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	if *seedFlag == 0 {
		*seedFlag = uint64(time.Now().UnixNano())
	}
	fmt.Printf("seed %d (-args -seed gives it again)\n", *seedFlag)
	dir, err := os.MkdirTemp("", "intake-harness-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "intake")
	if out, err := exec.Command("go", "build", "-o", binary, "../..").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "The program does not build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// chance is a random source that the seed and the name of the test determine.
func chance(name string) *rand.Rand {
	var stream uint64
	for _, b := range []byte(name) {
		stream = stream*31 + uint64(b)
	}
	return rand.New(rand.NewPCG(*seedFlag, stream))
}

// patience is how long a condition may take; it is long so that a busy machine fails no test.
const patience = 2 * time.Minute

// await polls until holds returns true, and fails the test when it does not within patience.
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

// wait blocks for d: random delays, and durations that are part of a scenario. Conditions are awaited instead.
func wait(d time.Duration) { <-time.After(d) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openStore opens a database of the program, which may be running.
func openStore(t testing.TB, url, keyset string) *store.Store {
	t.Helper()
	sealing, err := seal.Load(keyset, "")
	must(t, err)
	s, err := store.Open(t.Context(), store.Options{URL: url, Environment: "simulator", Keys: sealing})
	must(t, err)
	return s
}
