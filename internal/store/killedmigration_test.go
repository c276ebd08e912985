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

// TestKilled_MigrationIsFinishedByTheNextStart_OnBothEngines kills processes that set up a database: some wherever they
// are, and one between the migration and the stamp.
func TestKilled_MigrationIsFinishedByTheNextStart_OnBothEngines(t *testing.T) {
	t.Parallel()
	if url := os.Getenv(childDatabase); url != "" {
		migrate(t, url, os.Getenv(childKeys))
		return
	}
	const anywhere = 5
	for name, fresh := range map[string]func(testing.TB) string{
		"SQLite":     func(t testing.TB) string { return "file:" + filepath.Join(t.TempDir(), "intake.db") },
		"PostgreSQL": storetest.StartPostgres(t).Database,
	} {
		t.Run(name, func(t *testing.T) {
			keys := filepath.Join(t.TempDir(), "keys.json")
			if _, err := seal.Create(keys, ""); err != nil {
				t.Fatal(err)
			}
			for range anywhere {
				database := fresh(t)
				killMigration(t, database, keys, "begun", time.Duration(rand.Int64N(int64(100*time.Millisecond))))
				wantSetUpFinished(t, database, keys)
			}
			database := fresh(t)
			killMigration(t, database, keys, "migrated", 0)
			if migrated, stamps := setUpSoFar(t, database); migrated == 0 || stamps != 0 {
				t.Fatalf("%d migrations and %d stamps, want a database without a stamp", migrated, stamps)
			}
			wantSetUpFinished(t, database, keys)
		})
	}
}

// migrate does the first half of a set-up, says so, and waits to be killed.
func migrate(t *testing.T, database, keyFile string) {
	t.Helper()
	fmt.Println("begun")
	engine, err := store.OpenEngine(t.Context(), setUpOptions(t, database, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	fmt.Println("migrated")
	<-t.Context().Done()
}

func setUpOptions(t *testing.T, database, keyFile string) store.Options {
	t.Helper()
	keys, err := seal.Load(keyFile, "")
	if err != nil {
		t.Fatal(err)
	}
	return store.Options{URL: database, Environment: "simulator", Create: true, Keys: keys}
}

// killMigration lets a child migrate the database, and kills it so long after it said that word.
func killMigration(t *testing.T, database, keys, word string, after time.Duration) {
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
	for lines.Scan() && lines.Text() != word {
	}
	if lines.Text() != word {
		t.Errorf("the child ended before it said %q", word)
	}
	<-time.After(after)
	_ = child.Process.Kill()
	_ = child.Wait()
}

// setUpSoFar is how many migrations the database has behind it, and how many stamps.
func setUpSoFar(t *testing.T, database string) (migrated, stamps int) {
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
	err = db.QueryRow("select (select count(*) from goose_db_version where version_id > 0), (select count(*) from stamp)").Scan(&migrated, &stamps)
	if err != nil {
		t.Fatal(err)
	}
	return migrated, stamps
}

func wantSetUpFinished(t *testing.T, database, keys string) {
	t.Helper()
	s, err := store.Open(t.Context(), setUpOptions(t, database, keys))
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
