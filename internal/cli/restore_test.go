package cli_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/app"
	"intake/internal/audit"
	"intake/internal/cli/clitest"
	"intake/internal/cli/command"
	"intake/internal/delivery"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/restore"
	"intake/internal/store/storetest"
)

// TestRestore_BringsBackNobodyWhoWasErasedOrOptedOut makes a backup, erases A on request and has B opt out. Then the
// disk is lost: the backup and the list of erasures and opt-outs are all that is left.
func TestRestore_BringsBackNobodyWhoWasErasedOrOptedOut(t *testing.T) {
	p := clitest.NewLeads(t)
	list := filepath.Join(t.TempDir(), "other volume", "list")
	if err := os.Mkdir(filepath.Dir(list), 0o700); err != nil {
		t.Fatal(err)
	}
	p.Set("INTAKE_FORGET_FILE=" + list)
	save := func(key, phone string) lead.PartnerID {
		t.Helper()
		l, record := clitest.Lead(key)
		l.Applicant.HomePhone, l.Applicant.Email = lead.Keep(phone), lead.Keep(key+"@example.com")
		if _, err := p.DB.Save(t.Context(), l, record); err != nil {
			t.Fatal(err)
		}
		return l.ID
	}
	a, b, c := save("a", "5125550101"), save("b", "5125550102"), save("c", "5125550103")
	backup := filepath.Join(t.TempDir(), "backup")
	p.Want(t, 0, "3 leads are in "+backup, "backup", backup)

	p.Do("", "erase", "-id", string(a), "-by", "ann", "-reason", "asked by letter")
	if _, err := p.DB.OptOut(t.Context(), lead.OptOut{At: time.Now(), Channel: "web", Language: "en", Phone: lead.Keep("5125550102")}); err != nil {
		t.Fatal(err)
	}
	kept, err := p.DB.SyncForgetFile(t.Context(), list, audit.Entry{}) // as the server does every ten seconds
	if err != nil || kept.Lines != 2 {
		t.Fatalf("%+v, %v", kept, err)
	}

	p.Set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "restored.db"))
	p.Want(t, 0, "By 2 lists of erasures and opt-outs: 1 leads were erased again, and 1 of people who opted out are stopped.", "restore", backup, "-reason", "a lost disk")
	restored := p.Store(t)
	got, err := restored.Find(t.Context(), a)
	if err != nil || got.ErasedAt.IsZero() || got.Applicant.FirstName.Given() || got.Status != lead.Closed {
		t.Errorf("A: %s, erased at %v, %v", got.Status, got.ErasedAt, err)
	}
	got, err = restored.Find(t.Context(), b)
	if err != nil || got.Status != lead.Closed || got.Reason != lead.OptedOut {
		t.Errorf("B: %s, %q, %v", got.Status, got.Reason, err)
	}
	if _, found, err := restored.Suppressed(t.Context(), "5125550102", ""); err != nil || !found {
		t.Errorf("B's number is no longer on the list of opt-outs, %v", err)
	}
	if got, err := restored.Find(t.Context(), c); err != nil || got.Status != lead.InDoubt || !got.Applicant.FirstName.Given() {
		t.Errorf("C: %s, %v", got.Status, err)
	}
	p.Want(t, 0, "whole: ", "audit", "verify")

	// The negative control: the same backup without any list brings both back.
	for _, path := range []string{list, backup + ".forget"} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	p.Set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "restored.db"))
	p.Want(t, 1, "say -without-list and whoever it names comes back", "restore", backup, "-reason", "a lost disk")
	p.Want(t, 1, "-list: ", "restore", backup, "-list", list, "-reason", "a lost disk")
	p.Want(t, 0, "By 0 lists", "restore", "-without-list", "-reason", "a lost disk", backup)
	if got, err := p.Store(t).Find(t.Context(), a); err != nil || !got.ErasedAt.IsZero() {
		t.Errorf("A is erased at %v, %v: the test proves nothing", got.ErasedAt, err)
	}
}

// TestRestore_OnPostgresTellsBeforeItActs guards a running database only with a reason, -yes and -while-serving.
func TestRestore_OnPostgresTellsBeforeItActs(t *testing.T) {
	p := clitest.New(t)
	if err := os.Remove(p.Setting("INTAKE_KEYSET_FILE")); err != nil {
		t.Fatal(err)
	}
	p.Set("ALLEVIATE_ENVIRONMENT=simulator", "INTAKE_DATABASE_URL="+storetest.StartPostgres(t).Database(t))
	p.Want(t, 0, "in place", "init")
	s := p.Store(t)
	id := clitest.SaveLead(t, s, "waits")
	serving, stop := context.WithCancel(t.Context())
	defer stop()
	if err := s.Serving(serving); err != nil {
		t.Fatal(err)
	}
	unchanged := func(words string, flags ...string) {
		t.Helper()
		p.Want(t, 1, words, append([]string{"restore", "-without-list"}, flags...)...)
		if l, err := s.Facts(t.Context(), id); err != nil || l.Status != lead.Received {
			t.Fatalf("%v: the lead is %s, %v", flags, l.Status, err)
		}
	}
	unchanged("say why: -reason", "-yes", "-while-serving")
	unchanged("1 leads will be in doubt", "-reason", "pg_restore")
	unchanged("1 processes serve this database", "-reason", "pg_restore", "-yes")
	unchanged(restore.ErrServing.Error(), "-reason", "pg_restore", "-yes")
	unchanged("say it again with -yes", "-reason", "pg_restore", "-while-serving")
	p.Want(t, 0, "1 leads may have been sent after the backup", "restore", "-without-list", "-reason", "pg_restore", "-while-serving", "-yes")
	if l, err := s.Facts(t.Context(), id); err != nil || l.Status != lead.InDoubt {
		t.Errorf("the lead is %s, %v", l.Status, err)
	}
}

// TestRestore_OfAFileIsHeldAgainstWhatWasSentSince makes a backup, sends the lead and restores the backup as documented.
// A person who then says that nothing was sent is refused.
func TestRestore_OfAFileIsHeldAgainstWhatWasSentSince(t *testing.T) {
	p := clitest.NewLeads(t)
	id := clitest.SaveLead(t, p.DB, "key")
	backup := filepath.Join(t.TempDir(), "backup")
	p.Want(t, 0, "1 leads are in "+backup, "backup", backup)
	clean := "INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "clean.db")
	older := "INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "older.db")
	again := []string{"restore", backup, "-without-list", "-reason", "a lost disk"}
	lift := []string{"restore", "-lift", "-nothing-since", "-reason", "a clean stop"}

	p.Set(clean)
	p.Want(t, 0, "1 leads may have been sent", again...)
	p.Want(t, 0, "1 leads are due again", lift...)

	if leads, err := p.DB.Claim(t.Context(), lead.Send, 1, "courier", time.Now().Add(time.Minute)); err != nil || len(leads) != 1 {
		t.Fatalf("%d leads, %v", len(leads), err)
	}
	p.Set(older)
	p.Want(t, 0, "1 leads may have been sent", again...)
	p.Want(t, 1, restore.ErrSentSince.Error(), lift...)
	if got, err := p.Store(t).Facts(t.Context(), id); err != nil || got.Status != lead.InDoubt {
		t.Errorf("the lead is %s, %v", got.Status, err)
	}
}

func TestRestore_OnSQLiteRefusesFlagsOfTheOtherEngine(t *testing.T) {
	p := clitest.NewLeads(t)
	backup := filepath.Join(t.TempDir(), "backup")
	p.Want(t, 0, "0 leads are in", "backup", backup)
	p.Set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "restored.db"))
	for _, flag := range []string{"-yes", "-while-serving"} {
		p.Want(t, 1, "-yes and -while-serving are for PostgreSQL", "restore", backup, flag, "-without-list", "-reason", "a test")
		p.Want(t, 1, "-yes and -while-serving are for PostgreSQL", "restore", "-lift", flag, "-reason", "a test")
	}
	p.Want(t, 0, "The database is restored", "restore", backup, "-without-list", "-reason", "a test")
}

// TestRestore_SendsNothingTwice restores a backup that was taken before two leads were sent. The simulator's ledger
// must hold each of them once, whatever a courier does afterwards.
func TestRestore_SendsNothingTwice(t *testing.T) {
	p := clitest.New(t)
	s := p.Store(t)
	ids := []lead.PartnerID{clitest.SaveLead(t, s, "one"), clitest.SaveLead(t, s, "two")}
	backup := filepath.Join(t.TempDir(), "backup")
	p.Want(t, 0, "2 leads are in "+backup, "backup", backup)
	deliver(t, p, s, 2)
	wantLedger(t, p, ids, 1)

	p.Set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "restored.db"))
	p.Want(t, 0, "2 leads may have been sent after the backup and are in doubt", "restore", backup, "-reason", "a lost disk")
	p.Want(t, 1, "is there already", "restore", backup, "-reason", "a lost disk")
	restored := p.Store(t)
	deliver(t, p, restored, 0)
	p.Want(t, 1, "say why: -reason", "restore", "-lift")
	p.Want(t, 0, "Delivery goes on; 0 leads are due again.", "restore", "-lift", "-by", "ann", "-reason", "asked Alleviate")
	p.Want(t, 1, "does not wait for a restore", "restore", "-lift", "-reason", "again")
	log := p.Want(t, 0, "lift restore  by ann", "audit", "show")
	if !strings.Contains(log, "restore       by "+command.Account()) || !strings.Contains(log, "asked Alleviate") {
		t.Errorf("the audit log lacks who restored or why it was lifted:\n%s", log)
	}
	deliver(t, p, restored, 0)
	wantLedger(t, p, ids, 1)

	// When the backup is copied back without intake restore, the delivery mark keeps the leads from being sent. As a
	// negative control, both are sent again where the mark was lost too.
	file, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	for i, folder := range []string{filepath.Dir(p.Setting("INTAKE_KEYSET_FILE")), t.TempDir()} {
		copied := filepath.Join(t.TempDir(), "copied.db")
		if err := os.WriteFile(copied, file, 0o600); err != nil {
			t.Fatal(err)
		}
		p.Set("INTAKE_DATABASE_URL=file:"+copied, "INTAKE_STATE_DIR="+folder)
		deliver(t, p, p.Store(t), 2*i)
		wantLedger(t, p, ids, 1+i)
	}
}

// observedQueue signals a courier's claims and answers.
type observedQueue struct {
	*store.Store
	looked   chan struct{} // after a claim for the last of the steps
	answered chan struct{}
}

func (q observedQueue) Claim(ctx context.Context, step lead.Step, n int, owner string, leaseUntil time.Time) ([]lead.Lead, error) {
	leads, err := q.Store.Claim(ctx, step, n, owner, leaseUntil)
	if step == lead.Look {
		select {
		case q.looked <- struct{}{}:
		default: // no test waits for it any more
		}
	}
	return leads, err
}

func (q observedQueue) Record(ctx context.Context, id lead.PartnerID, attempt int, out lead.Outcome) error {
	err := q.Store.Record(ctx, id, attempt, out)
	if out.Event == lead.Answered {
		q.answered <- struct{}{}
	}
	return err
}

// deliver runs a courier until it has had want answers and has then looked for due leads twice.
func deliver(t *testing.T, p *clitest.Program, s *store.Store, want int) {
	t.Helper()
	cfg := p.Config(t)
	client, err := app.NewClient(cfg, app.EnvironmentOf(cfg), nil)
	if err != nil {
		t.Fatal(err)
	}
	queue := observedQueue{s, make(chan struct{}), make(chan struct{}, 100)}
	courier := delivery.New(delivery.Config{
		Queue: queue, Doubts: s, Holds: s, Backend: client, Owner: "test", Workers: 4,
		Budgets: delivery.Budgets{Create: cfg.CreateTimeout, Submit: cfg.SubmitTimeout, Status: cfg.StatusTimeout},
		Margin:  cfg.LeaseMargin, Log: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { client.Run(ctx) })
	running.Go(func() { courier.Run(ctx) })
	for range want {
		<-queue.answered
	}
	for range 2 {
		courier.Wake()
		<-queue.looked
	}
	stop()
	running.Wait()
	if more := len(queue.answered); more > 0 {
		t.Errorf("%d leads more than %d were sent", more, want)
	}
}

// wantLedger wants the simulator to have carried out createLead so many times for each lead.
func wantLedger(t *testing.T, p *clitest.Program, ids []lead.PartnerID, times int) {
	t.Helper()
	want, got := map[string]int{}, map[string]int{}
	for _, id := range ids {
		want[string(id)] = times
	}
	for _, call := range p.Simulator.Ledger().Calls("createLead") {
		if call.Done {
			got[call.PartnerLeadID]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("createLead per lead (-want +got):\n%s", diff)
	}
}
