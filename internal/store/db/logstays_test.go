package db

import (
	"context"
	"database/sql"
	"testing"
)

func TestLogStays_FromTheRunThatFailsToTheOneThatDoesNot(t *testing.T) {
	e := newSQLite(t)
	move := func() error {
		_, err := e.checkpoints.run(t.Context(), e.writer, "full")
		return err
	}
	exec := func(query string) {
		t.Helper()
		if _, err := e.writer.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	if e.LogStays() {
		t.Error("it is told of a new database")
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := e.checkpoints.run(gone, e.writer, "full"); err == nil || e.LogStays() {
		t.Errorf("a run that was broken off (%v) is told", err)
	}
	exec("begin immediate")
	exec("insert into words values ('one')")
	if err := move(); err == nil || !e.LogStays() {
		t.Errorf("the run ended with %v and is not told", err)
	}
	exec("commit")
	if err := move(); err != nil || e.LogStays() {
		t.Errorf("it is still told after a run that ended with %v", err)
	}
}

func TestLogStays_WhenSomebodyReadsWithoutEnd(t *testing.T) {
	e := newSQLite(t)
	fill := func() {
		t.Helper()
		if err := e.Write(t.Context(), run("insert into words values (hex(randomblob(9)))")); err != nil {
			t.Fatal(err)
		}
		e.checkpoints.tell(t.Context(), e.writer, logPages/writePages)
	}
	for range partsMost + 1 {
		fill()
	}
	if e.LogStays() {
		t.Fatal("it is told although nobody reads")
	}
	reader, err := e.pool.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var words int
	if err := reader.QueryRowContext(t.Context(), "select count(*) from words").Scan(&words); err != nil {
		t.Fatal(err)
	}
	for n := range partsMost {
		if e.LogStays() {
			t.Fatalf("it is told after %d logs already", n)
		}
		fill()
	}
	if !e.LogStays() {
		t.Errorf("%d logs wait for a reader, and it is not told", partsMost)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if fill(); e.LogStays() {
		t.Error("it is still told when the reader has left")
	}
}
