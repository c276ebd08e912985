package db

import (
	"context"
	"database/sql"
	"testing"
)

func TestCheckpointStuck_FromTheRunThatFailsToTheNextThatDoesNot(t *testing.T) {
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
	if e.CheckpointStuck() {
		t.Error("a new database is reported")
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := e.checkpoints.run(gone, e.writer, "full"); err == nil || e.CheckpointStuck() {
		t.Errorf("a cancelled run (%v) is reported", err)
	}
	exec("begin immediate")
	exec("insert into words values ('one')")
	if err := move(); err == nil || !e.CheckpointStuck() {
		t.Errorf("the run ended with %v and is not reported", err)
	}
	exec("commit")
	if err := move(); err != nil || e.CheckpointStuck() {
		t.Errorf("still reported after a run that ended with %v", err)
	}
}

func TestCheckpointStuck_WhileAReaderDoesNotEnd(t *testing.T) {
	e := newSQLite(t)
	fill := func() {
		t.Helper()
		if err := e.Write(t.Context(), run("insert into words values (hex(randomblob(9)))")); err != nil {
			t.Fatal(err)
		}
		e.checkpoints.committed(t.Context(), e.writer, checkpointPages/writePages)
	}
	for range maxIncomplete + 1 {
		fill()
	}
	if e.CheckpointStuck() {
		t.Fatal("reported although nobody reads")
	}
	reader, err := e.pool.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var words int
	if err := reader.QueryRowContext(t.Context(), "select count(*) from words").Scan(&words); err != nil {
		t.Fatal(err)
	}
	for n := range maxIncomplete {
		if e.CheckpointStuck() {
			t.Fatalf("reported after %d incomplete checkpoints already", n)
		}
		fill()
	}
	if !e.CheckpointStuck() {
		t.Errorf("%d checkpoints wait for a reader, and it is not reported", maxIncomplete)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if fill(); e.CheckpointStuck() {
		t.Error("still reported when the reader has ended")
	}
}
