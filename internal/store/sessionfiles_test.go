package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/store"
	"intake/internal/store/storetest"
)

func TestSessions_LeaveNoByteInTheFiles_OnSQLite(t *testing.T) {
	folder := t.TempDir()
	s, _ := fileStore(t, folder, true)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "intake.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	sessionsLeaveNoByte(t, s, db, func(values [][]byte) int {
		n, _ := inFiles(t, folder, values)
		return n
	})
}

func TestSessions_LeaveNoByteInTheFiles_OnPostgres(t *testing.T) {
	t.Parallel()
	s, db, found := scannedPostgres(t, storetest.StartPostgres(t))
	sessionsLeaveNoByte(t, s, db, found)
}

// sessionsLeaveNoByte looks for what sessions held after they were changed, ended, over and erased.
func sessionsLeaveNoByte(t *testing.T, s *store.Store, db *sql.DB, found func([][]byte) int) {
	t.Helper()
	const sessions = 20
	kept := s.Sessions(func([]byte) (string, error) { return "ann", nil })
	var before [][]byte
	for i := range sessions {
		for _, data := range []string{"first", "second"} {
			if err := kept.Commit(fmt.Sprint("token ", i), []byte(data), time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			var sealed []byte
			if err := db.QueryRow("select data from session order by created_at desc, id limit 1").Scan(&sealed); err != nil {
				t.Fatal(err)
			}
			before = append(before, sealed)
		}
	}
	if n := found(before); n < sessions/2 {
		t.Fatalf("the search is blind: it finds %d of %d values", n, len(before))
	}
	if err := kept.Delete("token 0"); err != nil {
		t.Fatal(err)
	}
	if n, err := s.ExpireSessions(t.Context(), time.Now().Add(2*time.Hour)); err != nil || n != sessions {
		t.Fatalf("%d sessions expired, %v", n, err)
	}
	if erased, err := s.Erase(t.Context(), time.Now(), keep); err != nil || !erased.Unscrubbed.IsZero() {
		t.Fatalf("%+v, %v", erased, err)
	}
	if n := found(before); n > 0 {
		t.Errorf("%d of %d values are still in the files", n, len(before))
	}
}
