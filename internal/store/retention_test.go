package store_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

var keep = store.Retention{SSN: 24 * time.Hour, Answers: 720 * time.Hour, Evidence: 43800 * time.Hour}

// sealedBytes are the sealed answers of all leads, read behind the store's back.
func sealedBytes(t *testing.T, path string, columns ...string) [][]byte {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var all [][]byte
	for _, column := range columns {
		rows, err := db.Query("select " + column + " from lead where " + column + " is not null")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var value []byte
			if err := rows.Scan(&value); err != nil {
				t.Fatal(err)
			}
			all = append(all, value)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// inFiles counts the values that stand somewhere in the files of the folder, also in pages and log
// frames that no row uses any more.
func inFiles(t *testing.T, folder string, values [][]byte) (found, looked int) {
	t.Helper()
	var files [][]byte
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		files, looked = append(files, data), looked+len(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range values {
		if slices.ContainsFunc(files, func(data []byte) bool { return bytes.Contains(data, value) }) {
			found++
		}
	}
	return found, looked
}

var answers = []string{"social_security_number", "first_name", "last_name", "email", "date_of_birth", "home_phone", "address1", "email_index", "fingerprint"}

// TestErase_LeavesNoByteInTheFiles looks for the sealed bytes themselves, so that it needs no key
// and misses nothing: 50 leads with long and short answers, some rewritten before.
func TestErase_LeavesNoByteInTheFiles(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "intake.db")
	keyFile := filepath.Join(t.TempDir(), "keys.json")
	keys, err := seal.Create(keyFile, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{URL: "file:" + path, Environment: "simulator", Create: true, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for i := range 50 {
		l := storetest.Lead(fmt.Sprint("key ", i))
		l.Applicant.EmployerName = lead.Keep(strings.Repeat("employer ", 40*(i%20)+1)) // some need pages of their own
		if _, err := s.Save(t.Context(), l, storetest.Record()); err != nil {
			t.Fatal(err)
		}
	}
	columns := append(slices.Clone(answers), "employer_name")
	before := sealedBytes(t, path, columns...)
	promote(t, keyFile)
	if n, err := s.Reseal(t.Context(), by, func(int) {}); err != nil || n != 100 {
		t.Fatalf("%d rows, %v", n, err)
	}
	before = append(before, sealedBytes(t, path, columns...)...)
	if found, looked := inFiles(t, folder, before); found < len(before)/2 || len(before) < 800 {
		t.Fatalf("the search is blind: before the erasure it finds %d of %d values in %d bytes", found, len(before), looked)
	}
	erased, err := s.Erase(t.Context(), time.Now().Add(91*24*time.Hour), keep)
	if err != nil || erased.Answers != 50 || erased.SSNs != 50 {
		t.Fatalf("%+v, %v", erased, err)
	}
	found, looked := inFiles(t, folder, before)
	t.Logf("%d of %d erased values in %d bytes", found, len(before), looked)
	if found > 0 {
		t.Errorf("%d of %d erased values are still in the files", found, len(before))
	}
	kept := sealedBytes(t, path, "handle")
	if found, _ := inFiles(t, folder, kept); found != 50 {
		t.Errorf("the search finds %d of 50 values that are kept", found)
	}
}

// TestErase_NeedsWhatItDoes is the negative control: SQLite's own default, and a log that was not
// emptied, leave what was erased.
func TestErase_NeedsWhatItDoes(t *testing.T) {
	for _, settings := range []string{"_pragma=secure_delete(0)&_pragma=journal_mode(DELETE)", "_pragma=secure_delete(1)&_pragma=journal_mode(WAL)"} {
		folder := t.TempDir()
		path := filepath.Join(folder, "intake.db")
		s := openNew(t, "file:"+path)
		for i := range 20 {
			if _, err := s.Save(t.Context(), storetest.Lead(fmt.Sprint("key ", i)), storetest.Record()); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		before := sealedBytes(t, path, "first_name", "last_name", "date_of_birth", "email", "home_phone", "address1")
		db, err := sql.Open("sqlite", "file:"+path+"?"+settings)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if _, err := db.Exec("update lead set first_name = null, last_name = null, date_of_birth = null, email = null, home_phone = null, address1 = null"); err != nil {
			t.Fatal(err)
		}
		if found, _ := inFiles(t, folder, before); found == 0 {
			t.Errorf("%s leaves nothing: the search above proves nothing", settings)
		}
	}
}

func promote(t testing.TB, keyFile string) uint32 {
	t.Helper()
	id, err := seal.Add(keyFile, "")
	if err == nil {
		err = seal.Promote(keyFile, "", id, time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}
