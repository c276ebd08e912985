package store_test

import (
	"path/filepath"
	"testing"

	"intake/internal/store/storetest"
)

func sqliteFile(t testing.TB) string {
	return "file:" + filepath.Join(t.TempDir(), "a?b#c%20d", "intake.db") // the address is taken as it is
}

func TestSQLite(t *testing.T) { storetest.Run(t, sqliteFile) }

func TestPostgres(t *testing.T) { storetest.Run(t, storetest.StartPostgres(t).Database) }
