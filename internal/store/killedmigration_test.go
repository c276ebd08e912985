package store_test

import (
	"bufio"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// The child sets up the database at this address with the keys of this file.
const childDatabase, childKeys = "INTAKE_TEST_DATABASE", "INTAKE_TEST_KEYS"

// TestKilled_MigrationIsFinishedByTheNextStart_OnBothEngines kills processes that set up a database until some of
// them have left one between its first migration and its stamp.
func TestKilled_MigrationIsFinishedByTheNextStart_OnBothEngines(t *testing.T) {
	t.Parallel()
	if url := os.Getenv(childDatabase); url != "" {
		fmt.Println("begun")
		s, err := setUp(t, url, os.Getenv(childKeys))
		fmt.Println("done")
		if err == nil {
			_ = s.Close()
		}
		return
	}
	const enough, early = 3, 6 // set-ups left behind, after so many migrations at most
	for name, fresh := range map[string]func(testing.TB) string{
		"SQLite":     func(t testing.TB) string { return "file:" + filepath.Join(t.TempDir(), "intake.db") },
		"PostgreSQL": storetest.StartPostgres(t).Database,
	} {
		t.Run(name, func(t *testing.T) {
			keys := filepath.Join(t.TempDir(), "keys.json")
			if _, err := seal.Create(keys, ""); err != nil {
				t.Fatal(err)
			}
			left := 0
			for range 200 {
				database := fresh(t)
				killSetUp(t, database, keys, 1+rand.IntN(early))
				if migrated, stamped := setUpSoFar(t, database); migrated == 0 || stamped {
					continue
				}
				wantSetUpFinished(t, database, keys)
				if left++; left == enough {
					return
				}
			}
			t.Errorf("%d of 200 kills fell between the first migration and the stamp: the test is blind", left)
		})
	}
}

func setUp(t *testing.T, database, keyFile string) (*store.Store, error) {
	t.Helper()
	keys, err := seal.Load(keyFile, "")
	if err != nil {
		t.Fatal(err)
	}
	return store.Open(t.Context(), store.Options{URL: database, Environment: "simulator", Create: true, Keys: keys})
}

// killSetUp lets a child set up the database and kills it as soon as it is seen to have applied so many
// migrations. What the child does behind its set-up does not count: with the race detector it sleeps at
// its end.
func killSetUp(t *testing.T, database, keys string, migrations int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run", "^TestKilled_MigrationIsFinishedByTheNextStart_OnBothEngines$")
	child.Env = append(os.Environ(), childDatabase+"="+database, childKeys+"="+keys)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "begun" {
		t.Fatalf("the child said %q", lines.Text())
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines.Scan() // "done", or its end
	}()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for waits := true; waits; {
		select {
		case <-done:
			waits = false
		case <-look.C:
			migrated, _ := setUpSoFar(t, database)
			waits = migrated < migrations
		}
	}
	_ = child.Process.Kill() // it may have ended
	<-done
	_ = child.Wait()
}

// setUpSoFar is how many migrations the database has behind it, and whether it has its stamp.
func setUpSoFar(t *testing.T, database string) (migrated int, stamped bool) {
	t.Helper()
	driver, source := "pgx", database
	if strings.HasPrefix(database, "file:") {
		driver, source = "sqlite", database+"?mode=ro"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if db.QueryRow("select count(*) from goose_db_version where version_id > 0").Scan(&migrated) != nil || migrated == 0 {
		return 0, false // not even that table
	}
	var stamps int
	if err := db.QueryRow("select count(*) from stamp").Scan(&stamps); err != nil {
		t.Fatal(err)
	}
	return migrated, stamps > 0
}

func wantSetUpFinished(t *testing.T, database, keys string) {
	t.Helper()
	s, err := setUp(t, database, keys)
	if err != nil {
		t.Fatalf("the next start: %v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	receipt, err := s.Save(t.Context(), storetest.Lead(lead.NewName()), storetest.Record())
	if err != nil {
		t.Fatalf("save after it: %v", err)
	}
	if _, err := s.FindByHandle(t.Context(), receipt.Handle); err != nil {
		t.Errorf("find after it: %v", err)
	}
}
