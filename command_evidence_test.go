package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/store"
)

// keeper keeps the heads of the patient's store as the server does, and notes its log.
func (p *patient) keeper(t *testing.T, s *store.Store) (headFile, *bytes.Buffer) {
	t.Helper()
	cfg, err := readConfig(p.environ)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	return headFile{cfg.stateDir(), s, slog.New(slog.NewTextHandler(&log, nil)), time.Now}, &log
}

// chained saves a lead, chains it and keeps the head.
func chained(t *testing.T, s *store.Store, keys []string, f headFile) consent.Head {
	t.Helper()
	for _, key := range keys {
		l, record := form(key)
		if _, err := s.Save(t.Context(), l, record); err != nil {
			t.Fatal(err)
		}
	}
	_, head, err := s.Chain(t.Context(), 100)
	if err == nil {
		err = f.keep(t.Context(), head)
	}
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func TestEvidence_VerifiesRecordsAndHead(t *testing.T) {
	p := newPatient(t)
	s := p.store(t)
	f, _ := p.keeper(t, s)
	p.wants(t, 0, "no head is written down at "+f.path(t)+" yet", "evidence", "verify")
	p.wants(t, 1, "no such file", "evidence", "verify", "-head", filepath.Join(t.TempDir(), "none"))
	head := chained(t, s, []string{"one", "two"}, f)
	l, record := form("three")
	if _, err := s.Save(t.Context(), l, record); err != nil {
		t.Fatal(err)
	}
	said := p.wants(t, 0, "whole: 2 in the chain, 0 of them erased", "evidence", "verify")
	for _, want := range []string{"1 are not in the chain yet", fmt.Sprintf("head 2 %x\nsignature %x\nthey hold head 2 of ", head.Hash, head.Signature)} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}

	p.exec(t, "update consent_record set channel = 'paper' where chain_seq = 1")
	p.wants(t, 1, "consent link 1 is not as it was written", "evidence", "verify")
	p.exec(t, "update consent_record set chain_seq = null, hash = null, previous_hash = null")
	p.exec(t, "update consent_head set seq = 0, hash = null")
	if _, _, err := s.Chain(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	p.wants(t, 1, "do not hold head 2 of", "evidence", "verify")
	p.wants(t, 1, "usage: intake evidence verify", "evidence")
}

func TestKeepHead_NeverOverwritesAHeadThatIsNotHeld(t *testing.T) {
	p := newPatient(t)
	s := p.store(t)
	f, log := p.keeper(t, s)
	first := chained(t, s, []string{"one"}, f)
	second := chained(t, s, []string{"two"}, f)
	if got, err := readHead(f.path(t)); err != nil || got.Seq != second.Seq || log.Len() > 0 {
		t.Fatalf("head %d, %v, log %s", got.Seq, err, log)
	}
	p.exec(t, "update consent_record set chain_seq = null, hash = null, previous_hash = null where chain_seq = 2") // an older backup
	p.exec(t, "update consent_head set seq = 1, hash = (select hash from consent_record where chain_seq = 1)")
	if err := f.keep(t.Context(), first); err == nil || !strings.Contains(err.Error(), "do not hold head 2") {
		t.Errorf("kept: %v", err)
	}
	proof := f.path(t)
	cfg, err := readConfig(p.environ)
	if err != nil {
		t.Fatal(err)
	}
	guard := newRestoreGuard(cfg, s, f.log)
	if err := errors.Join(guard.check(t.Context()), f.keep(t.Context(), first)); err != nil {
		t.Fatal(err)
	}
	if got, err := readHead(proof); err != nil || got.Seq != 2 || !bytes.Equal(got.Signature, second.Signature) {
		t.Errorf("the proof: head %d, %v", got.Seq, err)
	}
	if got, err := readHead(f.path(t)); err != nil || got.Seq != 1 || f.path(t) == proof {
		t.Errorf("the database that is guarded now: head %d, %v", got.Seq, err)
	}
	if !strings.Contains(log.String(), "nothing goes out") || !strings.Contains(log.String(), "do not hold head 2") {
		t.Errorf("log: %s", log)
	}
	if since, waits, err := s.Restored(t.Context()); err != nil || !waits {
		t.Errorf("delivery waits %v, %v, %v", waits, since, err)
	}
}

// path is the file of the head of the database as it is now.
func (f headFile) path(t *testing.T) string {
	t.Helper()
	id, err := f.leads.DatabaseID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return headPath(f.folder, id)
}

// fakeHeads is a store whose records cannot be read.
type fakeHeads struct{}

func (fakeHeads) DatabaseID(context.Context) (string, error)        { return "ID", nil }
func (fakeHeads) Signed(consent.Head) bool                          { return true }
func (fakeHeads) Holds(context.Context, consent.Head) (bool, error) { return false, errors.New("disk") }

func TestKeepHead_KeepsADamagedFileAsideAndNoneWhenItCannotTell(t *testing.T) {
	f := headFile{t.TempDir(), fakeHeads{}, slog.New(slog.DiscardHandler), time.Now}
	path := f.path(t)
	head := consent.Head{Seq: 1, Hash: []byte("hash"), At: time.UnixMilli(1000).UTC()}
	if err := f.keep(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	if err := f.keep(t.Context(), consent.Head{Seq: 2}); err == nil || err.Error() != "disk" {
		t.Errorf("replaced without knowing what it replaces: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.keep(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	if got, err := readHead(path); err != nil || got.Seq != 1 {
		t.Errorf("head %d, %v", got.Seq, err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 2 {
		t.Errorf("files %v, %v", left, err)
	}
}
