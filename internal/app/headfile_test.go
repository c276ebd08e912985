package app

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intake/internal/config"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
)

// openTestStore opens a new SQLite database.
func openTestStore(t *testing.T) (config.Config, *store.Store) {
	t.Helper()
	dir := t.TempDir()
	cfg, err := config.Read([]string{"INTAKE_DATABASE_URL=file:" + dir + "/intake.db", "INTAKE_KEYSET_FILE=" + dir + "/keys.json"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenStore(t.Context(), cfg, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return cfg, s
}

// execute changes the database without the program.
func execute(t *testing.T, cfg config.Config, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", cfg.DatabaseURL.Reveal()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

// saveChained saves a lead, chains its consent record and stores the head.
func saveChained(t *testing.T, s *store.Store, f headFile) consent.Head {
	t.Helper()
	l := lead.Lead{
		ID: lead.NewPartnerID(), Draft: lead.Keep(lead.NewHandle()), Request: 1, Language: "en",
		Applicant: lead.Applicant{FirstName: lead.Keep("Maria")},
	}
	_, err := s.Save(t.Context(), l, consent.Record{At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	_, head, err := s.Chain(t.Context(), 100)
	if err == nil {
		err = f.write(t.Context(), head)
	}
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func TestHeadFile_NeverOverwritesAHeadThatTheRecordsDoNotHold(t *testing.T) {
	cfg, s := openTestStore(t)
	var log bytes.Buffer
	f := headFile{cfg.StateFolder(), s, slog.New(slog.NewTextHandler(&log, nil)), nil}
	first, second := saveChained(t, s, f), saveChained(t, s, f)
	if got, err := ReadHead(f.path(t)); err != nil || got.Seq != second.Seq || log.Len() > 0 {
		t.Fatalf("head %d, %v, log %s", got.Seq, err, log.String())
	}
	execute(t, cfg, "delete from consent_link where seq = 2") // an older backup
	execute(t, cfg, "update chain_head set seq = 1, hash = (select hash from consent_link where seq = 1) where chain = 'consent records'")
	if err := f.write(t.Context(), first); err == nil || !strings.Contains(err.Error(), "do not hold head 2") {
		t.Errorf("stored: %v", err)
	}
	proof := f.path(t)
	guard := newBackupGuard(cfg, s, f.log)
	if err := errors.Join(guard.check(t.Context()), f.write(t.Context(), first)); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadHead(proof); err != nil || got.Seq != 2 || !bytes.Equal(got.Signature, second.Signature) {
		t.Errorf("the proof: head %d, %v", got.Seq, err)
	}
	if got, err := ReadHead(f.path(t)); err != nil || got.Seq != 1 || f.path(t) == proof {
		t.Errorf("the database that is guarded now: head %d, %v", got.Seq, err)
	}
	if !strings.Contains(log.String(), "nothing goes out") || !strings.Contains(log.String(), "do not hold head 2") {
		t.Errorf("log: %s", log.String())
	}
	if since, waits, err := s.Restored(t.Context()); err != nil || !waits {
		t.Errorf("delivery waits %v, %v, %v", waits, since, err)
	}
}

// path is the head file of the database as it is now.
func (f headFile) path(t *testing.T) string {
	t.Helper()
	id, err := f.chain.DatabaseID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return HeadPath(f.folder, id)
}

// fakeHeads is a store whose records cannot be read.
type fakeHeads struct{}

func (fakeHeads) DatabaseID(context.Context) (string, error)        { return "ID", nil }
func (fakeHeads) Signed(consent.Head) bool                          { return true }
func (fakeHeads) Holds(context.Context, consent.Head) (bool, error) { return false, errors.New("disk") }

func TestHeadFile_MovesADamagedFileAsideAndOverwritesNothingUnverified(t *testing.T) {
	f := headFile{t.TempDir(), fakeHeads{}, slog.New(slog.DiscardHandler), nil}
	path := f.path(t)
	head := consent.Head{Seq: 1, Hash: []byte("hash"), At: time.UnixMilli(1000).UTC()}
	if err := f.write(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	if err := f.write(t.Context(), consent.Head{Seq: 2}); err == nil || err.Error() != "disk" {
		t.Errorf("replaced without knowing what it replaces: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.write(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadHead(path); err != nil || got.Seq != 1 {
		t.Errorf("head %d, %v", got.Seq, err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 2 {
		t.Errorf("files %v, %v", left, err)
	}
}
