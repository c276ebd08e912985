package store_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/restore"
	"intake/internal/store/storetest"
)

// by is who acts in these tests.
var by = audit.Entry{Who: "ann", Reason: "a test"}

func TestBackup_OfAStoreThatGoesOnSaving(t *testing.T) {
	folder := t.TempDir()
	s, keyFile := fileStore(t, folder, true)
	saveTogether(t, s, 500)
	ended := make(chan struct{})
	var saving sync.WaitGroup
	saving.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-ended:
				return
			default:
			}
			if _, err := s.Save(t.Context(), storetest.Lead(fmt.Sprint("meanwhile ", i)), storetest.Record()); err != nil {
				t.Error(err)
			}
		}
	})
	path := filepath.Join(t.TempDir(), "a?b#c%20d.backup")
	n, err := s.Backup(t.Context(), path, "simulator")
	close(ended)
	saving.Wait()
	if err != nil || n < 500 {
		t.Fatalf("%d leads, %v", n, err)
	}
	wantOnly(t, filepath.Dir(path), filepath.Base(path), filepath.Base(path)+".forget")

	url := "file:" + filepath.Join(t.TempDir(), "new", "intake.db")
	if err := os.Mkdir(filepath.Dir(strings.TrimPrefix(url, "file:")), 0o700); err != nil {
		t.Fatal(err)
	}
	done, err := store.Restore(t.Context(), options(t, url, keyFile), restore.Restoration{Backup: path, Keep: keep, By: by})
	if err != nil || done.Doubts.InDoubt != n {
		t.Fatalf("%+v, %v, want %d in doubt", done, err, n)
	}
	wantOnly(t, filepath.Dir(strings.TrimPrefix(url, "file:")), "intake.db")
	restored, err := store.Open(t.Context(), options(t, url, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = restored.Close() })
	counts, err := restored.Counts(t.Context())
	if diff := cmp.Diff(map[lead.Status]int{lead.InDoubt: n}, counts); err != nil || diff != "" {
		t.Errorf("%v, leads (-want +got):\n%s", err, diff)
	}
	if got, err := restored.Claim(t.Context(), lead.Send, 9, "courier", time.Now().Add(time.Minute)); err != nil || len(got) > 0 {
		t.Errorf("%d leads were claimed, %v", len(got), err)
	}
}

func options(t *testing.T, url, keyFile string) store.Options {
	t.Helper()
	keys, err := seal.Load(keyFile, "")
	if err != nil {
		t.Fatal(err)
	}
	return store.Options{URL: url, Environment: "simulator", Keys: keys}
}

// wantOnly compares what is in a folder, and that it is for its owner alone.
func wantOnly(t *testing.T, folder string, names ...string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range files {
		info, err := file.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %04o, %v", file.Name(), info.Mode().Perm(), err)
		}
		got = append(got, file.Name())
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestBackup_HoldsNothingThatWasErased(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s, _ := fileStore(t, folder, true)
	saveTogether(t, s, 20)
	before := sealedBytes(t, filepath.Join(folder, "intake.db"), "answers_key", "ssn_key")
	backups := t.TempDir()
	if _, err := s.Backup(t.Context(), filepath.Join(backups, "before"), "simulator"); err != nil {
		t.Fatal(err)
	}
	if found, _ := inFiles(t, backups, before); found != len(before) {
		t.Fatalf("the search is blind: %d of %d", found, len(before))
	}
	if _, err := s.Erase(t.Context(), time.Now().Add(91*24*time.Hour), keep); err != nil {
		t.Fatal(err)
	}
	after := t.TempDir()
	if _, err := s.Backup(t.Context(), filepath.Join(after, "after"), "simulator"); err != nil {
		t.Fatal(err)
	}
	if found, _ := inFiles(t, after, before); found > 0 {
		t.Errorf("%d of %d erased values are in the backup", found, len(before))
	}
}

func TestRestore_KeepsDraftsAndNoNumberThatIsTooOld(t *testing.T) {
	folder := t.TempDir()
	s, keyFile := fileStore(t, folder, true)
	d, fresh := storetest.Draft(), storetest.Draft()
	d.StartedAt = time.Now().Add(-2 * time.Hour)
	d.SSNUntil = d.StartedAt.Add(lead.DraftSSNKept)
	for _, d := range []lead.Draft{d, fresh} {
		if err := s.StartDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	path, target := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "intake.db")
	if _, err := s.Backup(t.Context(), path, "simulator"); err != nil {
		t.Fatal(err)
	}
	numbers := sealedOf(t, path, "draft", "ssn")
	if _, err := store.Restore(t.Context(), options(t, "file:"+target, keyFile), restore.Restoration{Backup: path, Keep: keep, By: by}); err != nil {
		t.Fatal(err)
	}
	if found, _ := inFiles(t, filepath.Dir(target), numbers); len(numbers) != 2 || found != 1 {
		t.Errorf("%d numbers were in the backup, %d are in the new files, want 2 and the fresh one", len(numbers), found)
	}
	restored, err := store.Open(t.Context(), options(t, "file:"+target, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = restored.Close() })
	for story, want := range map[string]lead.Draft{"old": d, "fresh": fresh} {
		got, err := restored.FindDraft(t.Context(), want.Handle.Reveal())
		if err != nil || !got.Typed.Equal(want.Typed) || got.SSN.Given() != (story == "fresh") {
			t.Errorf("%s: typed %v, number given %v, %v", story, got.Typed.Equal(want.Typed), got.SSN.Given(), err)
		}
	}
}

func TestBackup_RefusesInWords(t *testing.T) {
	folder := t.TempDir()
	s, keyFile := fileStore(t, folder, true)
	saveTogether(t, s, 100)
	backups := t.TempDir()
	good := filepath.Join(backups, "good")
	if _, err := s.Backup(t.Context(), good, "simulator"); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(t.Context(), good, "simulator"); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a second backup to the same name: %v", err)
	}
	if _, err := s.Backup(t.Context(), filepath.Join(backups, "foreign"), "sandbox"); err == nil || !strings.Contains(err.Error(), "belongs to the environment") {
		t.Errorf("a copy that cannot be verified: %v", err)
	}
	wantOnly(t, backups, "good", "good.forget") // a refused copy has no name and leaves nothing

	flipped := bytes.Clone(sound)
	for i := len(flipped) / 2; i < len(flipped)/2+4096; i++ {
		flipped[i] ^= 0xff
	}
	otherKeys := filepath.Join(t.TempDir(), "other.json")
	if _, err := seal.Create(otherKeys, ""); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		story   string
		data    []byte
		keyFile string
		url     string
		words   string
	}{
		{"damaged in the middle", flipped, keyFile, "", "damaged"},
		{"cut short", sound[:len(sound)/2], keyFile, "", "damaged"},
		{"no database", []byte("canary"), keyFile, "", "is no database"},
		{"other keys", sound, otherKeys, "", "the keys are not those of this database"},
		{"onto a database", sound, keyFile, "file:" + filepath.Join(folder, "intake.db"), "is there already: move it away"},
		{"without its list", sound, keyFile, "", "is missing or no use: bring it back, or say -without-list"},
		{"onto PostgreSQL", sound, keyFile, "postgres://localhost/x", "PostgreSQL has its own tools"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			backup, target := filepath.Join(t.TempDir(), "backup"), t.TempDir()
			if err := os.WriteFile(backup, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if tt.url == "" {
				tt.url = "file:" + filepath.Join(target, "intake.db")
			}
			_, err := store.Restore(t.Context(), options(t, tt.url, tt.keyFile), restore.Restoration{Backup: backup, Keep: keep, By: by})
			if err == nil || !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want %q", err, tt.words)
			}
			wantOnly(t, target)
		})
	}
	if n, err := os.ReadFile(good); err != nil || !bytes.Equal(n, sound) {
		t.Errorf("the backup was changed: %v", err)
	}
}

// TestRestore_GoesByEveryListBesideTheBackups restores the older of two backups: who was erased
// between them is in the newer one's list, and who was erased after both in the list that is named.
func TestRestore_GoesByEveryListBesideTheBackups(t *testing.T) {
	folder, backups := t.TempDir(), filepath.Join(t.TempDir(), "[2026]")
	if err := os.Mkdir(backups, 0o700); err != nil {
		t.Fatal(err)
	}
	s, keyFile := fileStore(t, folder, true)
	var leads []lead.Lead
	for i := range 4 {
		l := storetest.Lead(fmt.Sprint("key ", i))
		if _, err := s.Save(t.Context(), l, storetest.Record()); err != nil {
			t.Fatal(err)
		}
		leads = append(leads, l)
	}
	list := filepath.Join(t.TempDir(), "list")
	for i, name := range []string{"older", "newer", ""} {
		if _, err := s.EraseOnRequest(t.Context(), leads[i].ID, by); err != nil {
			t.Fatal(err)
		}
		if name == "" {
			if _, err := s.SyncForgetFile(t.Context(), list, by); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if _, err := s.Backup(t.Context(), filepath.Join(backups, name), "simulator"); err != nil {
			t.Fatal(err)
		}
	}
	foreign := filepath.Join(backups, "foreign.forget")
	if err := os.WriteFile(foreign, []byte("intake forgotten 1\nend 0 00\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := restore.Restoration{Backup: filepath.Join(backups, "older"), Keep: keep, By: by, Lists: []string{list}}
	target := "file:" + filepath.Join(t.TempDir(), "intake.db")
	done, err := store.Restore(t.Context(), options(t, target, keyFile), r)
	if err != nil || done.Forgot.Erased != 2 || len(done.Lists) != 3 || len(done.Unreadable) != 1 || done.Unreadable[0] != foreign {
		t.Fatalf("%+v, %v", done, err)
	}
	restored, err := store.Open(t.Context(), options(t, target, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = restored.Close() })
	for i, l := range leads {
		if got, err := restored.Facts(t.Context(), l.ID); err != nil || got.ErasedAt.IsZero() != (i == 3) {
			t.Errorf("lead %d: erased at %v, %v", i, got.ErasedAt, err)
		}
	}

	r.Lists = []string{foreign}
	target = "file:" + filepath.Join(t.TempDir(), "intake.db")
	if _, err := store.Restore(t.Context(), options(t, target, keyFile), r); err == nil || !strings.Contains(err.Error(), "or say -without-list") {
		t.Errorf("a named list that is no use: %v", err)
	}
	r.NoList = true
	if done, err := store.Restore(t.Context(), options(t, target, keyFile), r); err != nil || done.Forgot.Erased != 1 || len(done.Unreadable) != 2 {
		t.Errorf("%+v, %v", done, err)
	}
}
