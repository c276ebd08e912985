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
	"intake/internal/store/erasure"
	"intake/internal/store/storetest"
)

var keep = erasure.Retention{SSN: 24 * time.Hour, Answers: 720 * time.Hour, Evidence: 43800 * time.Hour}

// sealedBytes are the sealed answers of all leads, read behind the store's back.
func sealedBytes(t *testing.T, path string, columns ...string) [][]byte {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	return sealedIn(t, db, columns...)
}

func sealedIn(t *testing.T, db *sql.DB, columns ...string) [][]byte {
	t.Helper()
	var all [][]byte
	for _, column := range columns {
		rows, err := db.Query("select " + column + " from lead join lead_private on lead_id = id where " + column + " is not null")
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
	files, looked := readFiles(t, folder)
	for _, stands := range standIn(files, values) {
		if stands {
			found++
		}
	}
	return found, looked
}

// readFiles is the content of every file under folder, and how much it is.
func readFiles(t *testing.T, folder string) (files [][]byte, looked int) {
	t.Helper()
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
	return files, looked
}

// standIn says of each value whether it stands in one of the files. It goes through them once: hundreds of
// values in files of 50 MB would otherwise take a quarter of a minute.
func standIn(files [][]byte, values [][]byte) []bool {
	stands := make([]bool, len(values))
	var begins [1 << 16][]int // by the first two bytes
	first := func(b []byte) int { return int(b[0])<<8 | int(b[1]) }
	for i, value := range values {
		begins[first(value)] = append(begins[first(value)], i)
	}
	for _, data := range files {
		for at := range max(0, len(data)-1) {
			for _, i := range begins[first(data[at:])] {
				stands[i] = stands[i] || bytes.HasPrefix(data[at:], values[i])
			}
		}
	}
	return stands
}

// Without its data key a record is noise, wherever it may still be; the blind indexes have no key to lose.
var (
	keyColumns  = []string{"answers_key", "ssn_key", "email_index", "home_phone_index", "cell_phone_index", "work_phone_index"}
	allErasable = append(slices.Clone(keyColumns), "answers", "ssn")
)

// TestErase_LeavesNoByteInTheFiles looks for the sealed bytes themselves, so that it needs no key
// and misses nothing: 50 leads with long and short answers, some rewritten before.
func TestErase_LeavesNoByteInTheFiles(t *testing.T) {
	t.Parallel()
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
	before := sealedBytes(t, path, allErasable...)
	promote(t, keyFile)
	if n, err := s.Reseal(t.Context(), by, func(int) {}); err != nil || n != 50 {
		t.Fatalf("%d rows, %v", n, err)
	}
	before = append(before, sealedBytes(t, path, allErasable...)...)
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
	kept := sealedBytes(t, path, "evidence_key")
	if found, _ := inFiles(t, folder, kept); found != 50 {
		t.Errorf("the search finds %d of 50 values that are kept", found)
	}
}

// TestErase_LeavesNoByteInTheFilesOfPostgres looks through the server's data files. What stands in
// its log of writes goes when the log is used again, which is the server's to decide.
func TestErase_LeavesNoByteInTheFilesOfPostgres(t *testing.T) {
	t.Parallel()
	server := storetest.StartPostgres(t)
	s, db, found := scannedPostgres(t, server)
	for i := range 50 {
		l := storetest.Lead(fmt.Sprint("key ", i))
		l.Applicant.EmployerName = lead.Keep(strings.Repeat("employer ", 40*(i%20)+1)) // some need pages of their own
		if _, err := s.Save(t.Context(), l, storetest.Record()); err != nil {
			t.Fatal(err)
		}
	}
	before := sealedIn(t, db, keyColumns...)
	if n := found(before); n != len(before) || n < 300 {
		t.Fatalf("the search is blind: before the erasure it finds %d of %d values", n, len(before))
	}
	// The negative control: a reader keeps the table from being rewritten; overwriting and vacuuming alone leave values.
	reader, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Exec("select 1 from lead_private limit 1"); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(91 * 24 * time.Hour)
	erased, err := s.Erase(t.Context(), old, keep)
	if err != nil || erased.Answers != 50 || erased.Unscrubbed.IsZero() {
		t.Fatalf("%+v, %v, want 50 erased and told that a reader was in the way", erased, err)
	}
	if n := found(before); n == 0 {
		t.Error("without rewriting the table nothing is left: the search proves nothing")
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if erased, err = s.Erase(t.Context(), old, keep); err != nil || !erased.Unscrubbed.IsZero() {
		t.Errorf("%+v, %v, want it done now, although nothing more was due", erased, err)
	}
	if n := found(before); n > 0 {
		t.Errorf("%d of %d erased values are still in the files", n, len(before))
	}
	kept := sealedIn(t, db, "evidence_key")
	if n := found(kept); n != 50 {
		t.Errorf("the search finds %d of 50 values that are kept", n)
	}
}

// scannedPostgres is a store on a new database, a way behind it, and a count of the values that
// stand in the server's data files.
func scannedPostgres(t *testing.T, server *storetest.Postgres) (*store.Store, *sql.DB, func([][]byte) int) {
	t.Helper()
	url := server.Database(t)
	s := openNew(t, url)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var oid string
	if err := db.QueryRow("select oid::text from pg_database where datname = current_database()").Scan(&oid); err != nil {
		t.Fatal(err)
	}
	return s, db, func(values [][]byte) int {
		t.Helper()
		if _, err := db.Exec("checkpoint"); err != nil {
			t.Fatal(err)
		}
		n, looked := inFiles(t, filepath.Join(server.Dir, "data", "base", oid), values)
		t.Logf("%d of %d values in %d bytes", n, len(values), looked)
		return n
	}
}

// TestErase_NeedsWhatItDoes is the negative control: SQLite's own default, and a log that was not
// emptied, leave what was erased.
func TestErase_NeedsWhatItDoes(t *testing.T) {
	t.Parallel()
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
		before := sealedBytes(t, path, keyColumns...)
		db, err := sql.Open("sqlite", "file:"+path+"?"+settings)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if _, err := db.Exec("update lead_private set answers_key = null, ssn_key = null, email_index = null, home_phone_index = null, cell_phone_index = null, work_phone_index = null"); err != nil {
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
