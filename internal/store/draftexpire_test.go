package store_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/store/storetest"
)

// sealedOf are the sealed values of a table, read behind the store's back.
func sealedOf(t *testing.T, path, table string, columns ...string) (values [][]byte) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, column := range columns {
		rows, err := db.Query("select " + column + " from " + table + " where " + column + " is not null")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var value []byte
			if err := rows.Scan(&value); err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

// TestExpire_LeavesNoByteInTheFiles looks for the sealed bytes of drafts and their pages, also those of
// before a change.
func TestExpire_LeavesNoByteInTheFiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "intake.db")
	s := openNew(t, "file:"+path)
	now := time.Now()
	sealed := func() [][]byte {
		return slices.Concat(sealedOf(t, path, "draft", "typed", "ssn", "origin"), sealedOf(t, path, "shown_page", "words", "answers"), sealedOf(t, path, "page_private", "words_key", "answers_key"))
	}
	var before [][]byte
	for range 30 {
		d := storetest.Draft()
		if err := s.StartDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		before = append(before, sealed()...)
		if _, err := s.ChangeDraft(t.Context(), d.Handle.Reveal(), func(d *lead.Draft) { d.Typed = lead.Keep("lastName=Gonzalez") }); err != nil {
			t.Fatal(err)
		}
		if err := s.KeepPage(t.Context(), d.Handle.Reveal(), storetest.Page()); err != nil {
			t.Fatal(err)
		}
	}
	before = append(before, sealed()...)
	numbers := sealedOf(t, path, "draft", "ssn")
	erase := func(at time.Time) {
		t.Helper()
		if _, err := s.ExpireDrafts(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Erase(t.Context(), at, keep); err != nil {
			t.Fatal(err)
		}
	}
	if found, looked := inFiles(t, folder, before); found < len(before)/2 || len(numbers) != 30 {
		t.Fatalf("the search is blind: it finds %d of %d values in %d bytes, and %d numbers", found, len(before), looked, len(numbers))
	}
	erase(now.Add(61 * time.Minute))
	if found, _ := inFiles(t, folder, numbers); found > 0 {
		t.Errorf("%d of %d numbers are in the files after an hour", found, len(numbers))
	}
	if found, _ := inFiles(t, folder, sealedOf(t, path, "draft", "typed")); found != 30 {
		t.Errorf("%d of 30 forms are there after an hour", found)
	}
	erase(now.Add(73 * time.Hour))
	found, looked := inFiles(t, folder, before)
	t.Logf("%d of %d expired values in %d bytes", found, len(before), looked)
	if found > 0 {
		t.Errorf("%d of %d expired values are still in the files", found, len(before))
	}
}

// TestErase_LeavesNoOlderDraftInTheFilesOfPostgres looks for what a change of a draft and a lead that was made from it
// have overwritten, when nothing else is to be erased.
func TestErase_LeavesNoOlderDraftInTheFilesOfPostgres(t *testing.T) {
	t.Parallel()
	s, db, found := scannedPostgres(t, storetest.StartPostgres(t))
	if _, err := s.Erase(t.Context(), time.Now(), keep); err != nil { // a new database is scrubbed once
		t.Fatal(err)
	}
	snapshot, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead}) // PostgreSQL itself removes no old row meanwhile
	if err != nil {
		t.Fatal(err)
	}
	if _, err := snapshot.Exec("select count(*) from stamp"); err != nil {
		t.Fatal(err)
	}
	var older [][]byte
	for range 20 {
		d := storetest.Draft()
		if err := s.StartDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		older = append(older, draftBytes(t, db)...)
		if _, err := s.ChangeDraft(t.Context(), d.Handle.Reveal(), func(d *lead.Draft) { d.Typed = lead.Keep("lastName=Gonzalez") }); err != nil {
			t.Fatal(err)
		}
		l := storetest.Lead(d.Handle.Reveal())
		if _, err := s.Save(t.Context(), l, storetest.Record()); err != nil {
			t.Fatal(err)
		}
	}
	if err := snapshot.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n := found(older); n < len(older)/2 {
		t.Fatalf("the search is blind: it finds %d of %d values before", n, len(older))
	}
	if erased, err := s.Erase(t.Context(), time.Now(), keep); err != nil || erased.SSNs+erased.Answers > 0 || !erased.Unscrubbed.IsZero() {
		t.Fatalf("%+v, %v", erased, err)
	}
	if n := found(older); n > 0 {
		t.Errorf("%d of %d older values are in the files", n, len(older))
	}
}

// draftBytes are the sealed values of drafts that nobody has changed.
func draftBytes(t *testing.T, db *sql.DB) (values [][]byte) {
	t.Helper()
	rows, err := db.Query("select typed, ssn from draft where changes = 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var typed, ssn []byte
		if err := rows.Scan(&typed, &ssn); err != nil {
			t.Fatal(err)
		}
		values = append(values, typed, ssn)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}
