package cli

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/app"
	"intake/internal/config"
	"intake/internal/consent"
	"intake/internal/delivery"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
)

// setting is the value of a setting of the patient.
func (p *patient) setting(name string) string {
	var value string
	for _, one := range p.environ {
		if v, ok := strings.CutPrefix(one, name+"="); ok {
			value = v
		}
	}
	return value
}

// store opens the patient's database as a server has it.
func (p *patient) store(t *testing.T) *store.Store {
	t.Helper()
	cfg, err := config.Read(p.environ)
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.OpenStore(t.Context(), cfg, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// exec changes the patient's database behind the program's back.
func (p *patient) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", p.setting("INTAKE_DATABASE_URL")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

func (p *patient) wants(t *testing.T, code int, words string, args ...string) string {
	t.Helper()
	got, said := p.intake(args...)
	if got != code || !strings.Contains(said, words) {
		t.Errorf("intake %s ended with %d, want %d and %q in:\n%s", strings.Join(args, " "), got, code, words, said)
	}
	return said
}

// form is a lead of a made-up person whom the twin qualifies.
func form(key string) (lead.Lead, consent.Record) {
	var a lead.Applicant
	for _, answer := range a.Answers() {
		text := map[string]string{
			"firstName": "Maria", "lastName": "Gonzalez", "dateOfBirth": "1979-03-14", "email": "sandbox+qualified-1015@test.alleviate.com",
			"homePhone": "5125550148", "address1": "4120 Bluebonnet Ln", "city": "Austin", "state": "TX", "zipCode": "78745",
			"residenceTypeId": "1", "monthsAtAddress": "24", "monthlyRent": "1200", "incomeSourceId": "1", "payFrequencyId": "1",
			"monthlyIncome": "5000", "grossAnnualIncome": "60000", "employerName": "Example", "monthsAtEmployer": "24",
			"estimatedDebt": "20000", "loanAmount": "20000", "loanPurposeId": "1", "socialSecurityNumber": "219099999",
		}[answer.Name]
		if text == "" {
			continue
		}
		if err := answer.Set(text); err != nil {
			panic(err)
		}
	}
	return lead.Lead{
		ID: lead.NewPartnerID(), Handle: lead.Keep(lead.NewHandle()), SubmissionKey: lead.Keep(key), Language: "en", Applicant: a,
		Permission: lead.Permission{Terms: true, CreditCheck: true},
	}, consent.Record{At: time.Now(), PersonName: lead.Keep("Maria Gonzalez"), Phone: lead.Keep("5125550148")}
}

func saveForm(t *testing.T, s *store.Store, key string) lead.PartnerID {
	t.Helper()
	l, record := form(key)
	if _, err := s.Save(t.Context(), l, record); err != nil {
		t.Fatal(err)
	}
	return l.ID
}

// TestKeys_RotateUnderARunningServer is the documented order, with a store that is open all the
// while and is never told.
func TestKeys_RotateUnderARunningServer(t *testing.T) {
	p := newPatient(t)
	running := p.store(t)
	before := saveForm(t, running, "before")
	keySet := func() *seal.Keys {
		set, err := seal.Load(p.setting("INTAKE_KEYSET_FILE"), p.setting("INTAKE_MASTER_KEY_FILE"))
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	first := fmt.Sprint(keySet().Primary())
	added := p.wants(t, 0, "does not seal yet", "keys", "add", "-by", "ann", "-reason", "ninety days")
	second := regexp.MustCompile(`^\d+`).FindString(added)
	p.wants(t, 1, "there is no key 7", "keys", "promote", "7", "-reason", "r")
	p.wants(t, 0, second+" seals from now on", "keys", "promote", second, "-reason", "r")
	saveForm(t, running, "after")
	p.wants(t, 1, "3 rows still need the key "+first, "keys", "disable", first, "-reason", "r")
	p.wants(t, 0, "2 rows were sealed anew", "keys", "rotate", "-reason", "r")
	p.wants(t, 1, "try again in a minute", "keys", "disable", first, "-reason", "r")
	p.wants(t, 1, "promote another first", "keys", "disable", second, "-reason", "r")
	list := p.wants(t, 0, "", "keys", "list")
	if want := regexp.MustCompile(`^` + first + ` +opens +0 rows\n` + second + ` +seals +5 rows\n$`); !want.MatchString(list) {
		t.Errorf("the list is\n%s", list)
	}

	cfg, err := config.Read(p.environ)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var id uint32
	if _, err := fmt.Sscan(first, &id); err != nil {
		t.Fatal(err)
	}
	later := func() time.Time { return time.Now().Add(time.Minute) }
	r := keyRing{actor: actor{"bob", "the old one"}, cfg: cfg, leads: running, out: &out, now: later, id: id}
	if err := r.do(t.Context(), "disable"); err != nil {
		t.Fatal(err)
	}
	saveForm(t, running, "later")
	if l, err := running.Find(t.Context(), before); err != nil || l.Applicant.FirstName.Reveal() != "Maria" {
		t.Errorf("the first lead: %v", err)
	}
	if _, err := p.store(t).Find(t.Context(), before); err != nil {
		t.Errorf("the first lead after a restart: %v", err)
	}
	p.wants(t, 0, first+" opens again", "keys", "enable", first, "-reason", "r")

	log := p.wants(t, 0, "", "audit", "show")
	want := []string{"add key " + second + " by ann  ninety days", "promote key " + second, "rotate keys", "disable key " + first + " by bob", "enable key " + first + " by " + account()}
	if lines := strings.Split(strings.TrimSpace(log), "\n"); len(lines) != len(want) {
		t.Errorf("%d entries, want %d:\n%s", len(lines), len(want), log)
	}
	squeezed := regexp.MustCompile(`  +`).ReplaceAllString(log, " ")
	for _, words := range want {
		if !strings.Contains(squeezed, strings.ReplaceAll(words, "  ", " ")) {
			t.Errorf("no entry %q in:\n%s", words, log)
		}
	}
	p.wants(t, 0, "whole: 5 entries", "audit", "verify")
}

// TestKeys_TheIndexKeyIsReplacedUnderARunningServer finds a person's leads and their opt-out after it,
// also what the server saved meanwhile.
func TestKeys_TheIndexKeyIsReplacedUnderARunningServer(t *testing.T) {
	p := newPatient(t)
	running := p.store(t)
	ids := []lead.PartnerID{saveForm(t, running, "before")}
	if _, err := running.OptOut(t.Context(), lead.OptOut{At: time.Now(), Channel: "web", Language: "en", Phone: lead.Keep("5125550199")}); err != nil {
		t.Fatal(err)
	}
	said := p.wants(t, 0, "Indexes are made by keys of version 2 from now on.", "keys", "rotate-index", "-by", "ann", "-reason", "the key file was seen")
	if !strings.Contains(said, "those of 1 leads were made anew") {
		t.Errorf("it said:\n%s", said)
	}
	ids = append(ids, saveForm(t, running, "after"))
	leads, err := p.store(t).LeadsOf(t.Context(), "5125550148", "")
	if err != nil || len(leads) != 2 || leads[0].ID != ids[0] || leads[1].ID != ids[1] {
		t.Errorf("found %d leads, %v", len(leads), err)
	}
	if _, found, err := running.Suppressed(t.Context(), "5125550199", ""); err != nil || !found {
		t.Errorf("the opt-out is found %v, %v", found, err)
	}
	p.wants(t, 0, "version 3", "keys", "rotate-index", "-reason", "once more")
	p.exec(t, "update lead set index_version = 1 where id = $1", string(ids[0])) // as if it had been broken off
	if said := p.wants(t, 0, "those of 1 leads were made anew", "keys", "rotate-index", "-reason", "go on"); strings.Contains(said, "version") {
		t.Errorf("a rotation that was broken off began another one:\n%s", said)
	}
	log := p.wants(t, 0, "replace index key, version 2", "audit", "show")
	if strings.Count(log, "make indexes anew, version") != 3 || !strings.Contains(log, "by ann") {
		t.Errorf("the audit log is\n%s", log)
	}
	p.wants(t, 1, "intake keys rotate-index -reason WHY", "keys", "rotate-index", "7", "-reason", "r")
}

func TestKeys_ADestroyedKeyIsGoneForGood(t *testing.T) {
	p := newPatient(t)
	cfg, err := config.Read(p.environ)
	if err != nil {
		t.Fatal(err)
	}
	s := p.store(t)
	saveForm(t, s, "key")
	var first uint32
	if _, err := fmt.Sscan(p.wants(t, 0, "seals", "keys", "list"), &first); err != nil {
		t.Fatal(err)
	}
	second := regexp.MustCompile(`^\d+`).FindString(p.wants(t, 0, "", "keys", "add", "-reason", "r"))
	p.wants(t, 0, "", "keys", "promote", second, "-reason", "r")
	var out bytes.Buffer
	act := func(wantError, action string, after time.Duration, force bool) {
		t.Helper()
		r := keyRing{actor: actor{"ann", "backups are gone"}, cfg: cfg, leads: s, out: &out, id: first, force: force,
			now: func() time.Time { return time.Now().Add(after) }}
		err := r.do(t.Context(), action)
		if (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) {
			t.Errorf("%s: %v, want %q", action, err, wantError)
		}
	}
	const day = 24 * time.Hour
	act("3 rows still need", "disable", time.Hour, false)
	act("3 rows still need", "destroy", 99*day, true)
	p.wants(t, 0, "2 rows were sealed anew", "keys", "rotate", "-reason", "r")
	act("opens: disable it first", "destroy", 99*day, true)
	act("", "disable", day, false)
	if list := p.wants(t, 0, "disabled 20", "keys", "list"); !strings.Contains(list, "0 rows") {
		t.Errorf("the list is\n%s", list)
	}
	p.wants(t, 1, "backups from before then cannot be restored without it", "keys", "destroy", fmt.Sprint(first), "-reason", "r")
	act("kept 35 days", "destroy", 36*day-time.Minute, false)
	act("", "destroy", 37*day, false)
	if list := p.wants(t, 0, second+" ", "keys", "list"); strings.Contains(list, fmt.Sprint(first)) {
		t.Errorf("the key is still there:\n%s", list)
	}
	p.wants(t, 0, fmt.Sprintf("destroy key %d", first), "audit", "show")
	p.wants(t, 1, "there is no key", "keys", "destroy", fmt.Sprint(first), "-force", "-reason", "r")
	if !strings.Contains(out.String(), "gone for good: a backup from before") {
		t.Errorf("the consequence is not told:\n%s", out.String())
	}
}

// TestKeys_ChangeNothingThatTheAuditLogWouldNotTake wants who and why before the act, and the
// failure told when the entry could not follow it.
func TestKeys_ChangeNothingThatTheAuditLogWouldNotTake(t *testing.T) {
	p := newPatient(t)
	before := p.wants(t, 0, "seals", "keys", "list")
	p.wants(t, 1, "say why: -reason", "keys", "add")
	p.wants(t, 1, "needs the name of who acts", "keys", "add", "-by", "", "-reason", "r")
	p.wants(t, 1, "single lines", "keys", "add", "-reason", "two\nlines")
	if after := p.wants(t, 0, "seals", "keys", "list"); after != before {
		t.Errorf("the keys changed from\n%sto\n%s", before, after)
	}
	p.exec(t, "drop table audit_entry")
	p.wants(t, 1, "it is done, but not in the audit log; write it down by hand (add key ", "keys", "add", "-reason", "r")
	p.wants(t, 0, "opens", "keys", "list")
}

func TestKeys_TellsHowItIsUsed(t *testing.T) {
	p := newPatient(t)
	for _, args := range [][]string{{"keys"}, {"keys", "remove"}, {"keys", "add", "1", "-reason", "r"}, {"keys", "promote"}, {"keys", "promote", "first"}} {
		p.wants(t, 1, "usage: intake keys list", args...)
	}
}

func TestServe_RefusesWrongOrMissingKeys(t *testing.T) {
	p := newPatient(t)
	saveForm(t, p.store(t), "key")
	other := filepath.Join(t.TempDir(), "other.json")
	if _, err := seal.Create(other, p.setting("INTAKE_MASTER_KEY_FILE")); err != nil {
		t.Fatal(err)
	}
	wrongMaster := filepath.Join(t.TempDir(), "master")
	if err := os.WriteFile(wrongMaster, bytes.Repeat([]byte{9}, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ setting, words string }{
		{"INTAKE_KEYSET_FILE=" + other, "the keys are not those of this database: name the key file that belongs to it"},
		{"INTAKE_KEYSET_FILE=" + other + ".gone", "is missing"},
		{"INTAKE_MASTER_KEY_FILE=" + wrongMaster, "does not open: the master key is another one"},
		{"INTAKE_MASTER_KEY_FILE=" + wrongMaster + ".gone", "is missing"},
		{"INTAKE_MASTER_KEY_FILE=", "INTAKE_MASTER_KEY_FILE is not set"},
	} {
		sick := patient{p.twin, append(p.environ[:len(p.environ):len(p.environ)], tt.setting, "INTAKE_ADDR=127.0.0.1:0")}
		for _, command := range []string{"serve", "retention"} {
			sick.wants(t, 1, tt.words, command)
		}
	}
}

func TestRetention_TellsWhatItWouldDoAndDoesIt(t *testing.T) {
	p := newPatient(t)
	s := p.store(t)
	old := saveForm(t, s, "old")
	saveForm(t, s, "young")
	p.exec(t, "update lead set received_at = $1 where id = $2", time.Now().Add(-91*24*time.Hour).UnixMilli(), old)
	for range 2 {
		p.wants(t, 0, "Would erase the SSN of 1 leads, the answers of 1 and the evidence of 0.", "retention", "-dry-run")
	}
	p.wants(t, 0, "Erased the SSN of 1 leads, the answers of 1 and the evidence of 0.", "retention")
	p.wants(t, 0, "Erased the SSN of 0 leads", "retention")
	p.exec(t, "update stamp set unscrubbed = 1")
	p.wants(t, 0, "Erased the SSN of 0 leads", "retention", "-rewrite")
}

// TestRestore_SendsNothingTwice restores a backup that was taken before two leads went out. The
// twin's ledger is the judge: it must hold each of them once, whatever a courier does afterwards.
func TestRestore_SendsNothingTwice(t *testing.T) {
	p := newPatient(t)
	s := p.store(t)
	ids := []lead.PartnerID{saveForm(t, s, "one"), saveForm(t, s, "two")}
	backup := filepath.Join(t.TempDir(), "backup")
	p.wants(t, 0, "2 leads are in "+backup, "backup", backup)
	p.carry(t, s, 2)
	p.wantLedger(t, ids, 1)

	p.set("INTAKE_DATABASE_URL=file:" + filepath.Join(t.TempDir(), "restored.db"))
	p.wants(t, 0, "2 leads may have been sent after the backup and are in doubt", "restore", backup, "-reason", "a lost disk")
	p.wants(t, 1, "is there already", "restore", backup, "-reason", "a lost disk")
	restored := p.store(t)
	p.carry(t, restored, 0)
	p.wants(t, 1, "say why: -reason", "restore", "-lift")
	p.wants(t, 0, "Delivery goes on; 0 leads are due again.", "restore", "-lift", "-by", "ann", "-reason", "asked Alleviate")
	p.wants(t, 1, "does not wait for a restore", "restore", "-lift", "-reason", "again")
	log := p.wants(t, 0, "lift restore  by ann", "audit", "show")
	if !strings.Contains(log, "restore       by "+account()) || !strings.Contains(log, "asked Alleviate") {
		t.Errorf("the audit log lacks who restored or why it was lifted:\n%s", log)
	}
	p.carry(t, restored, 0)
	p.wantLedger(t, ids, 1)

	// Whoever copies the backup back without intake restore is guarded by the delivery mark. The negative
	// control: where that was lost too, both are sent again.
	file, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	for i, folder := range []string{filepath.Dir(p.setting("INTAKE_KEYSET_FILE")), t.TempDir()} {
		copied := filepath.Join(t.TempDir(), "copied.db")
		if err := os.WriteFile(copied, file, 0o600); err != nil {
			t.Fatal(err)
		}
		p.set("INTAKE_DATABASE_URL=file:"+copied, "INTAKE_STATE_DIR="+folder)
		p.carry(t, p.store(t), 2*i)
		p.wantLedger(t, ids, 1+i)
	}
}

// watched tells of a courier's claims and answers.
type watched struct {
	*store.Store
	looked   chan struct{} // after a claim for the last of the steps
	answered chan struct{}
}

// Claim is the store's.
func (w watched) Claim(ctx context.Context, step lead.Step, n int, owner string, leaseUntil time.Time) ([]lead.Lead, error) {
	leads, err := w.Store.Claim(ctx, step, n, owner, leaseUntil)
	if step == lead.Look {
		select {
		case w.looked <- struct{}{}:
		default: // nobody waits for it any more
		}
	}
	return leads, err
}

// Record is the store's.
func (w watched) Record(ctx context.Context, id lead.PartnerID, attempt int, out lead.Outcome) error {
	err := w.Store.Record(ctx, id, attempt, out)
	if out.Event == lead.Answered {
		w.answered <- struct{}{}
	}
	return err
}

// carry lets a courier run until it has had want answers and has looked twice more for due leads.
func (p *patient) carry(t *testing.T, s *store.Store, want int) {
	t.Helper()
	cfg, err := config.Read(p.environ)
	if err != nil {
		t.Fatal(err)
	}
	client, err := app.NewClient(cfg, app.EnvironmentOf(cfg), nil)
	if err != nil {
		t.Fatal(err)
	}
	queue := watched{s, make(chan struct{}), make(chan struct{}, 100)}
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

// wantLedger counts how often the twin did the work of createLead for each lead.
func (p *patient) wantLedger(t *testing.T, ids []lead.PartnerID, times int) {
	t.Helper()
	want, got := map[string]int{}, map[string]int{}
	for _, id := range ids {
		want[string(id)] = times
	}
	for _, call := range p.twin.Ledger().Calls("createLead") {
		if call.Done {
			got[call.PartnerLeadID]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("createLead per lead (-want +got):\n%s", diff)
	}
}
