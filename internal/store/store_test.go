package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intake/internal/store/storetest"
)

func sqliteFile(t testing.TB) string {
	return "file:" + filepath.Join(t.TempDir(), "a?b#c%20d", "intake.db") // the address is taken as it is
}

// sqlite makes databases as files.
type sqlite struct{}

// Database returns the address of a file that is not there yet.
func (sqlite) Database(t testing.TB) string { return sqliteFile(t) }

// Copy copies the file of a store that was closed, which leaves no WAL.
func (sqlite) Copy(t testing.TB, database string) string {
	t.Helper()
	from := strings.TrimPrefix(database, "file:")
	if _, err := os.Stat(from + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("the database to copy has a WAL")
	}
	file, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	address := sqliteFile(t)
	to := strings.TrimPrefix(address, "file:")
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return address
}

func TestSQLite(t *testing.T) { storetest.Run(t, sqlite{}) }

func TestPostgres(t *testing.T) { storetest.Run(t, storetest.StartPostgres(t)) }
