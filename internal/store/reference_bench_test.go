package store_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"intake/internal/store/storetest"
)

// BenchmarkByReference looks for the lead of a reference among a million. There is no index for it: random
// keys would cost each save more than a look-up by a person is worth.
func BenchmarkByReference(b *testing.B) {
	file := "file:" + filepath.Join(b.TempDir(), "intake.db")
	b.Run("sqlite", func(b *testing.B) { findReference(b, "sqlite", file, file) })
	url := storetest.StartPostgres(b).Database(b)
	b.Run("postgres", func(b *testing.B) { findReference(b, "pgx", url, url) })
}

func findReference(b *testing.B, driver, source, address string) {
	s := openNew(b, address)
	l := storetest.Lead("key")
	if _, err := s.Save(b.Context(), l, storetest.Record()); err != nil {
		b.Fatal(err)
	}
	multiply(b, driver, source)
	for b.Loop() {
		if found, err := s.ByReference(b.Context(), l.ID.Reference()); err != nil || len(found) != 1 {
			b.Fatalf("found %d leads, %v", len(found), err)
		}
	}
}

// multiply makes a million of the one lead, each with names of its own.
func multiply(b *testing.B, driver, source string) {
	db, err := sql.Open(driver, source)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("select * from lead")
	if err != nil {
		b.Fatal(err)
	}
	columns, err := rows.Columns()
	if err != nil {
		b.Fatal(err)
	}
	_ = rows.Close()
	series, name, hash := "with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000000) ", "printf('%09d', i) || hex(randomblob(13))", "cast(printf('%09d', i) || hex(randomblob(32)) as blob)"
	if driver == "pgx" {
		series, name = "with n as (select i from generate_series(1, 1000000) i) ", "lpad(i::text, 9, '0') || upper(substr(md5(random()::text), 1, 26))"
		hash = "lpad(i::text, 9, '0')::bytea || decode(md5(random()::text) || md5(random()::text), 'hex')"
	}
	columns = slices.DeleteFunc(columns, func(column string) bool { return column == "seq" })
	values := slices.Clone(columns)
	for i, column := range columns {
		switch column {
		case "id":
			values[i] = name
		case "submission_hash", "handle_hash":
			values[i] = hash
		}
	}
	if _, err := db.Exec("insert into lead (" + strings.Join(columns, ", ") + ") " + series + "select " + strings.Join(values, ", ") + " from lead, n"); err != nil {
		b.Fatal(err)
	}
}
