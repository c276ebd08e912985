package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

func TestRegistry_WhatItSaysRetentionErasesIsThereBeforeAndGoneAfter(t *testing.T) {
	folder := t.TempDir()
	s, _ := fileStore(t, folder, true)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "intake.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	l := storetest.Lead("key")
	if _, err := s.Save(t.Context(), l, storetest.Record()); err != nil {
		t.Fatal(err)
	}
	for _, act := range []lead.OptOut{{Phone: lead.Keep("2025550199")}, {Email: lead.Keep("ann@example.com")}} {
		act.At, act.Channel, act.Language = time.Now(), "page", "en"
		if _, err := s.OptOut(t.Context(), act); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Dispose(t.Context(), lead.Disposition{Lead: l.ID, By: lead.Agent{Key: "ann"}, Kind: lead.OtherOutcome, Note: lead.Keep("asked for a letter")}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Chain(t.Context(), 10); err != nil { // it fills lead_person
		t.Fatal(err)
	}
	for _, statement := range []string{
		`insert into shown_page (id, draft, at, language, parts, sheet, length, full_sha256, words, answers)
			values ('page', 'd', 0, 'en', '[]', '', 0, '', x'01', x'02')`,
		"insert into page_private (page_id, words_key, answers_key, kept_sha256) values ('page', x'03', x'04', 'hash')",
		"update lead set page_id = 'page'",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	columns := store.ErasedByRetention()
	if len(columns) < 15 {
		t.Fatalf("the registry names %d columns", len(columns))
	}
	for _, c := range columns {
		if filled(t, db, c) == 0 {
			t.Errorf("%s.%s is empty before the erasure", c[0], c[1])
		}
	}
	if _, err := s.Erase(t.Context(), time.Now().Add(6*365*24*time.Hour), keep); err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		if n := filled(t, db, c); n != 0 {
			t.Errorf("%s.%s still holds %d values", c[0], c[1], n)
		}
	}
	for _, c := range store.NeverErased() {
		if filled(t, db, c) == 0 {
			t.Errorf("%s.%s was erased, and the registry says that it never is", c[0], c[1])
		}
	}
}

// filled counts the values of a column.
func filled(t *testing.T, db *sql.DB, column [2]string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "select count("+column[1]+") from "+column[0]).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
