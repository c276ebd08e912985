package store_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// TestReseal_KilledInTheMiddleIsFinishedByTheNext kills another process that re-seals, at its first
// commit.
func TestReseal_KilledInTheMiddleIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s, keyFile := fileStore(t, folder, true)
	saveTogether(t, s, 2000)
	first, second := keyID(t, keyFile), promote(t, keyFile)

	child := exec.Command(os.Args[0], "-test.run=^TestResealingProcess$")
	child.Env = append(os.Environ(), "INTAKE_TEST_RESEAL="+folder)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "200\n" {
		t.Errorf("the first commit had %q rows, %v", line, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("it had ended before it was killed")
	}

	use, err := s.KeyUse(t.Context())
	if err != nil || use[first] == 0 || use[second] < 200 || use[first]+use[second] != 2001 {
		t.Fatalf("after the kill %v, %v: want some rows of each key", use, err)
	}
	n, err := s.Reseal(t.Context(), by, func(int) {})
	if err != nil || n != use[first]-1 { // the stamp is no row of a lead
		t.Errorf("the next run sealed %d rows, %v, want %d", n, err, use[first]-1)
	}
	if use, err = s.KeyUse(t.Context()); err != nil || use[first] != 0 {
		t.Errorf("at the end %v, %v", use, err)
	}
}

// TestResealingProcess is the other process.
func TestResealingProcess(t *testing.T) {
	folder := os.Getenv("INTAKE_TEST_RESEAL")
	if folder == "" {
		return // this is the test of everybody else
	}
	s, _ := fileStore(t, folder, false)
	if _, err := s.Reseal(t.Context(), by, func(rows int) { fmt.Println(rows) }); err != nil {
		t.Fatal(err)
	}
}

// TestReseal_WhileSavesGoOn is two processes' worth of work on one file, with the figures.
func TestReseal_WhileSavesGoOn(t *testing.T) {
	n := 2000
	if os.Getenv("INTAKE_TEST_STORM") != "" {
		n = 10_000
	}
	folder := t.TempDir()
	s, keyFile := fileStore(t, folder, true)
	saveTogether(t, s, n)
	other, _ := fileStore(t, folder, false)
	second := promote(t, keyFile)

	begun, done := time.Now(), make(chan error, 1)
	go func() {
		_, err := other.Reseal(t.Context(), by, func(int) {})
		done <- err
	}()
	var saves, failures int
	var took []time.Duration
	for err := error(nil); ; saves++ {
		select {
		case err = <-done:
			if err != nil {
				t.Fatal(err)
			}
		default:
			one := time.Now()
			if _, err := s.Save(t.Context(), storetest.Lead(fmt.Sprint("meanwhile ", saves)), storetest.Record()); err != nil {
				t.Log(err)
				failures++
			}
			took = append(took, time.Since(one))
			continue
		}
		break
	}
	slices.Sort(took)
	t.Logf("%d leads and their evidence re-sealed in %s while %d leads were saved one after the other, %d failed, p99 %s, slowest %s", n, time.Since(begun).Round(time.Millisecond),
		saves, failures, took[len(took)*99/100].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	if failures > 0 || saves < 10 {
		t.Errorf("%d of %d saves failed", failures, saves)
	}
	if _, err := s.Reseal(t.Context(), by, func(int) {}); err != nil {
		t.Fatal(err)
	}
	use, err := s.KeyUse(t.Context())
	if err != nil || len(use) != 1 || use[second] != n+saves+1 {
		t.Errorf("rows by key %v, %v, want all of %d under the new one", use, err, n+saves+1)
	}
}

// fileStore opens the database and the keys in the folder.
func fileStore(t *testing.T, folder string, create bool) (*store.Store, string) {
	t.Helper()
	keyFile := filepath.Join(folder, "keys.json")
	load := seal.Load
	if create {
		load = seal.Create
	}
	keys, err := load(keyFile, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{URL: "file:" + filepath.Join(folder, "intake.db"), Environment: "simulator", Create: create, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, keyFile
}

func saveTogether(t *testing.T, s *store.Store, n int) {
	t.Helper()
	keys := make(chan int)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for i := range keys {
				if _, err := s.Save(t.Context(), storetest.Lead(fmt.Sprint("key ", i)), storetest.Record()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		keys <- i
	}
	close(keys)
	all.Wait()
}

// keyID is the key that seals.
func keyID(t *testing.T, keyFile string) uint32 {
	t.Helper()
	keys, err := seal.Load(keyFile, "")
	if err != nil {
		t.Fatal(err)
	}
	return keys.Primary()
}
