package cli

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/audit"
	"intake/internal/config"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// TestRestore_BringsBackNobodyWhoWasErasedOrOptedOut is the story of a lost disk: a backup, then A is
// erased on request and B opts out, then the backup is all that is left besides the list.
func TestRestore_BringsBackNobodyWhoWasErasedOrOptedOut(t *testing.T) {
	w := newWard(t)
	list := filepath.Join(t.TempDir(), "other volume", "list")
	if err := os.Mkdir(filepath.Dir(list), 0o700); err != nil {
		t.Fatal(err)
	}
	w.set("INTAKE_FORGET_FILE=" + list)
	save := func(key, phone string) lead.PartnerID {
		t.Helper()
		l, record := form(key)
		l.Applicant.HomePhone, l.Applicant.Email = lead.Keep(phone), lead.Keep(key+"@example.com")
		if _, err := w.leads.Save(t.Context(), l, record); err != nil {
			t.Fatal(err)
		}
		return l.ID
	}
	a, b, c := save("a", "5125550101"), save("b", "5125550102"), save("c", "5125550103")
	backup := filepath.Join(t.TempDir(), "backup")
	w.wants(t, 0, "3 leads are in "+backup, "backup", backup)

	w.does("", "erase", "-id", string(a), "-by", "ann", "-reason", "asked by letter")
	if _, err := w.leads.OptOut(t.Context(), lead.OptOut{At: time.Now(), Channel: "web", Language: "en", Phone: lead.Keep("5125550102")}); err != nil {
		t.Fatal(err)
	}
	kept, err := w.leads.SyncForgetFile(t.Context(), list, audit.Entry{}) // as the server does every ten seconds
	if err != nil || kept.Lines != 2 {
		t.Fatalf("%+v, %v", kept, err)
	}

	w.set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "restored.db"))
	w.wants(t, 0, "By 2 lists of erasures and opt-outs: 1 leads were erased again, and 1 of people who opted out are stopped.", "restore", backup, "-reason", "a lost disk")
	restored := w.store(t)
	got, err := restored.Find(t.Context(), a)
	if err != nil || got.ErasedAt.IsZero() || got.Applicant.FirstName.Given() || got.Status != lead.Closed {
		t.Errorf("A: %s, erased at %v, %v", got.Status, got.ErasedAt, err)
	}
	got, err = restored.Find(t.Context(), b)
	if err != nil || got.Status != lead.Closed || got.Reason != store.OptedOut {
		t.Errorf("B: %s, %q, %v", got.Status, got.Reason, err)
	}
	if _, found, err := restored.Suppressed(t.Context(), "5125550102", ""); err != nil || !found {
		t.Errorf("B's number is no longer on the list of opt-outs, %v", err)
	}
	if got, err := restored.Find(t.Context(), c); err != nil || got.Status != lead.InDoubt || !got.Applicant.FirstName.Given() {
		t.Errorf("C: %s, %v", got.Status, err)
	}
	w.wants(t, 0, "whole: ", "audit", "verify")

	// The negative control: the same backup without any list brings both back.
	for _, path := range []string{list, backup + ".forget"} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	w.set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "restored.db"))
	w.wants(t, 1, "say -without-list and whoever it names comes back", "restore", backup, "-reason", "a lost disk")
	w.wants(t, 1, "-list: ", "restore", backup, "-list", list, "-reason", "a lost disk")
	w.wants(t, 0, "By 0 lists", "restore", "-without-list", "-reason", "a lost disk", backup)
	if got, err := w.store(t).Find(t.Context(), a); err != nil || !got.ErasedAt.IsZero() {
		t.Errorf("A is erased at %v, %v: the test proves nothing", got.ErasedAt, err)
	}
}

func TestConfig_TheListOfErasuresStandsBesideAFileUnlessNamed(t *testing.T) {
	for _, tt := range []struct{ url, named, want string }{
		{"file:data/x.db", "", "data/x.db.forget"},
		{"file:///data/x.db", "", "/data/x.db.forget"},
		{"file:data/x.db", "elsewhere", "elsewhere"},
		{"postgres://db/intake", "", ""},
	} {
		cfg, err := config.Read([]string{"INTAKE_DATABASE_URL=" + tt.url, "INTAKE_FORGET_FILE=" + tt.named})
		if err != nil || string(cfg.ForgetFile) != tt.want {
			t.Errorf("%s and %q: %q, %v, want %q", tt.url, tt.named, cfg.ForgetFile, err, tt.want)
		}
	}
}

// TestRestore_OnPostgresTellsBeforeItActs guards a running database only when somebody says so three times.
func TestRestore_OnPostgresTellsBeforeItActs(t *testing.T) {
	p := newPatient(t)
	if err := os.Remove(p.setting("INTAKE_KEYSET_FILE")); err != nil {
		t.Fatal(err)
	}
	p.set("ALLEVIATE_ENVIRONMENT=simulator", "INTAKE_DATABASE_URL="+storetest.StartPostgres(t).Database(t))
	p.wants(t, 0, "in place", "init")
	s := p.store(t)
	id := saveForm(t, s, "waits")
	serving, stop := context.WithCancel(t.Context())
	defer stop()
	if err := s.Serving(serving); err != nil {
		t.Fatal(err)
	}
	unchanged := func(words string, flags ...string) {
		t.Helper()
		p.wants(t, 1, words, append([]string{"restore", "-without-list"}, flags...)...)
		if l, err := s.Facts(t.Context(), id); err != nil || l.Status != lead.Received {
			t.Fatalf("%v: the lead is %s, %v", flags, l.Status, err)
		}
	}
	unchanged("say why: -reason", "-yes", "-while-serving")
	unchanged("1 leads will be in doubt", "-reason", "pg_restore")
	unchanged("1 processes serve this database", "-reason", "pg_restore", "-yes")
	unchanged(store.ErrServing.Error(), "-reason", "pg_restore", "-yes")
	unchanged("say it again with -yes", "-reason", "pg_restore", "-while-serving")
	p.wants(t, 0, "1 leads may have been sent after the backup", "restore", "-without-list", "-reason", "pg_restore", "-while-serving", "-yes")
	if l, err := s.Facts(t.Context(), id); err != nil || l.Status != lead.InDoubt {
		t.Errorf("the lead is %s, %v", l.Status, err)
	}
}

// TestRestore_OfAFileIsHeldAgainstWhatWasSentSince: a backup, then the lead goes out, then the backup is restored by
// the book and somebody says that nothing was sent.
func TestRestore_OfAFileIsHeldAgainstWhatWasSentSince(t *testing.T) {
	w := newWard(t)
	id := saveForm(t, w.leads, "key")
	backup := filepath.Join(t.TempDir(), "backup")
	w.wants(t, 0, "1 leads are in "+backup, "backup", backup)
	clean := "INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "clean.db")
	older := "INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "older.db")
	restore := []string{"restore", backup, "-without-list", "-reason", "a lost disk"}
	lift := []string{"restore", "-lift", "-nothing-since", "-reason", "a clean stop"}

	w.set(clean)
	w.wants(t, 0, "1 leads may have been sent", restore...)
	w.wants(t, 0, "1 leads are due again", lift...)

	if leads, err := w.leads.Claim(t.Context(), lead.Send, 1, "courier", time.Now().Add(time.Minute)); err != nil || len(leads) != 1 {
		t.Fatalf("%d leads, %v", len(leads), err)
	}
	w.set(older)
	w.wants(t, 0, "1 leads may have been sent", restore...)
	w.wants(t, 1, store.ErrSentSince.Error(), lift...)
	if got, err := w.store(t).Facts(t.Context(), id); err != nil || got.Status != lead.InDoubt {
		t.Errorf("the lead is %s, %v", got.Status, err)
	}
}

func TestRestore_OnSQLiteRefusesFlagsOfTheOtherEngine(t *testing.T) {
	w := newWard(t)
	backup := filepath.Join(t.TempDir(), "backup")
	w.wants(t, 0, "0 leads are in", "backup", backup)
	w.set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "restored.db"))
	for _, flag := range []string{"-yes", "-while-serving"} {
		w.wants(t, 1, "-yes and -while-serving are for PostgreSQL", "restore", backup, flag, "-without-list", "-reason", "a test")
		w.wants(t, 1, "-yes and -while-serving are for PostgreSQL", "restore", "-lift", flag, "-reason", "a test")
	}
	w.wants(t, 0, "The database is restored", "restore", backup, "-without-list", "-reason", "a test")
}
