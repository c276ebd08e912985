package dbtest

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Declared are the columns of each table in a dialect's migrations, with their types in the words of SQLite. It is for the
// packages beside package db.
func Declared(t testing.TB, dialect string) map[string][]string {
	t.Helper()
	migrations := os.DirFS("../db/migrations")
	files, err := fs.Glob(migrations, dialect+"/*.sql")
	if err != nil || len(files) < 1 {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	var text []byte
	for _, file := range files {
		body, err := fs.ReadFile(migrations, file)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, body...)
	}
	tables := map[string][]string{}
	line := regexp.MustCompile(`(?m)^    (\w+) +(text|blob|integer|bytea|bigint)\b`)
	same := strings.NewReplacer("bytea", "blob", "bigint", "integer")
	for _, table := range regexp.MustCompile(`(?s)create table (\w+) \((.*?)\n\)`).FindAllStringSubmatch(string(text), -1) {
		for _, column := range line.FindAllStringSubmatch(table[2], -1) {
			tables[table[1]] = append(tables[table[1]], column[1]+" "+same.Replace(column[2]))
		}
	}
	for _, column := range regexp.MustCompile(`(?m)^alter table (\w+) add column (\w+) (\w+)`).FindAllStringSubmatch(string(text), -1) {
		tables[column[1]] = append(tables[column[1]], column[2]+" "+same.Replace(column[3]))
	}
	return tables
}

// WantDeclared fails the test unless tables declare what Go code names: columns that are bound to fields, less those that
// queries derive, and columns that statements alone name.
func WantDeclared(t testing.TB, tables, bound, derived, sqlOnly []string) {
	t.Helper()
	declared := Declared(t, "sqlite")
	var got []string
	for _, table := range tables {
		for _, column := range declared[table] {
			got = append(got, strings.Fields(column)[0])
		}
	}
	got = append(got, derived...)
	want := slices.Concat(bound, sqlOnly)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s declare, with what is derived, %q; used are %q", tables, got, want)
	}
}
