package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// sqlPayloads are ways out of a quoted text, of a comment, of a number and of a placeholder, on either engine.
var sqlPayloads = []string{
	`'`, `''`, `"`, "`", `\'`, `' or '1'='1`, `' or 1=1 --`, `" or ""="`, `') or ('1'='1`, `1 or 1=1`, `x' and 1=2 union select id from lead --`,
	`'; drop table lead; --`, `'; delete from lead; --`, `"; drop table lead; --`, `'); drop table lead; --`, `1; drop table lead`, `'; commit; drop table lead; --`,
	`'; update lead set status = 'closed'; --`, `' || (select id from lead limit 1) || '`, `'||char(65)||'`, `';select pg_sleep(9);--`, `'/*`, `*/ or 1=1 --`, `--`, `#`,
	`$1`, `$2::text`, `$$; drop table lead; $$`, `?`, `?1`, `:id`, `@id`, `%`, `_`, `%' or '1'='1`, `\`, `E'\''`, `U&'\0027'`, `ʼ or 1=1 --`, `＇ or 1=1 --`, `{d '1'}`,
}

// typed is a lead of which every word is the payload.
func typed(payload string) lead.Lead {
	l := storetest.Lead(payload)
	l.Language = payload // and its draft
	l.Permission.ClientIP = lead.Keep(payload)
	for _, answer := range l.Applicant.Answers() {
		_ = answer.Set(payload) // dates, numbers and yes or no refuse it and stay what they are
	}
	return l
}

func evidenceOf(payload string) consent.Record {
	r := storetest.Record()
	r.Channel, r.Language, r.PageURL, r.Seller, r.FormVersion = payload, payload, payload, payload, payload
	r.PersonName, r.Phone, r.ClientIP, r.UserAgent = lead.Keep(payload), lead.Keep(payload), lead.Keep(payload), lead.Keep(payload)
	for i := range r.Acts {
		r.Acts[i].TextID, r.Acts[i].Version, r.Acts[i].Control, r.Acts[i].Shown = payload, payload, payload, payload
	}
	return r
}

// throughEverything takes the lead through every act that writes or looks for a word of it.
func throughEverything(t *testing.T, s *store.Store, payload string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%q: %v", payload, err)
		}
	}
	want := typed(payload)
	receipt, err := s.Save(t.Context(), want, evidenceOf(payload))
	must(err)
	got, err := s.Find(t.Context(), want.ID)
	must(err)
	if diff := cmp.Diff(want.Applicant, got.Applicant); diff != "" || got.ID != want.ID || got.Language != payload {
		t.Errorf("%q is read back as another lead:\n%s", payload, diff)
	}
	byHandle, err := s.FindByHandle(t.Context(), receipt.Handle)
	must(err)
	if byHandle.ID != want.ID {
		t.Errorf("the page of %q is that of %q", payload, byHandle.ID)
	}
	claimed, err := s.Claim(t.Context(), lead.Send, 1, payload, time.Now().Add(time.Minute))
	must(err)
	if len(claimed) != 1 || claimed[0].ID != want.ID {
		t.Fatalf("%q: claimed %d leads", payload, len(claimed))
	}
	must(s.Record(t.Context(), want.ID, 1, lead.Outcome{
		Event: lead.Answered, Reason: payload, AlleviateID: lead.AlleviateID(payload), Bid: payload, CRM: payload, CRMRecordID: payload, ResultCode: 1018,
	}))
	must(s.AuditLog().Write(t.Context(), audit.Entry{At: time.Now(), Who: payload, Action: payload, Lead: payload, Fields: []string{"email"}, Reason: payload, RequestID: payload}))
	entries, err := s.AuditLog().Of(t.Context(), payload)
	must(err)
	facts, err := s.Facts(t.Context(), want.ID)
	must(err)
	if len(entries) != 1 || entries[0].Who != payload || facts.Status != lead.Created || string(facts.AlleviateID) != payload || facts.CRM != payload {
		t.Errorf("%q: %d audit entries, %s, %q, %q", payload, len(entries), facts.Status, facts.AlleviateID, facts.CRM)
	}
	for _, nobody := range []string{payload + "x", "x" + payload} {
		if _, err := s.FindByHandle(t.Context(), nobody); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("the page of %q is found: %v", nobody, err)
		}
		if _, err := s.Find(t.Context(), lead.PartnerID(nobody)); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("the lead %q is found: %v", nobody, err)
		}
	}
}

func testInjection(t *testing.T, url string) {
	s := openNew(t, url)
	bystander := storetest.Lead("bystander")
	bystander.Status = lead.Suspect // nobody claims it
	if _, err := s.Save(t.Context(), bystander, storetest.Record()); err != nil {
		t.Fatal(err)
	}
	before, err := s.Find(t.Context(), bystander.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range sqlPayloads {
		throughEverything(t, s, payload)
	}
	after, err := s.Find(t.Context(), bystander.ID)
	if diff := cmp.Diff(before, after); diff != "" || err != nil {
		t.Errorf("another lead was changed (%v):\n%s", err, diff)
	}
	counts, err := s.Counts(t.Context())
	if want := map[lead.Status]int{lead.Suspect: 1, lead.Created: len(sqlPayloads)}; err != nil || !cmp.Equal(want, counts) {
		t.Errorf("there are %v leads (%v), want %v", counts, err, want)
	}
	if _, err := s.AuditLog().Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestInjection_EveryPayloadIsKeptAsText_OnSQLite(t *testing.T) {
	t.Parallel()
	testInjection(t, "file:"+filepath.Join(t.TempDir(), "intake.db"))
}

func TestInjection_EveryPayloadIsKeptAsText_OnPostgres(t *testing.T) {
	t.Parallel()
	testInjection(t, storetest.StartPostgres(t).Database(t))
}

// TestInjection_APlantedHoleIsFound builds statements as nobody must, and wants the payloads to do harm.
func TestInjection_APlantedHoleIsFound(t *testing.T) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "planted.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("create table lead (id text); insert into lead values ('bystander')"); err != nil {
		t.Fatal(err)
	}
	harmful := 0
	for _, payload := range sqlPayloads {
		for _, hole := range []string{"select id from lead where id = '%s'", "select id from lead where id = \"%s\"", "select id from lead where rowid = %s", "select id from lead where (id = '%s')"} {
			var id string
			if err := db.QueryRow(fmt.Sprintf(hole, payload)).Scan(&id); !errors.Is(err, sql.ErrNoRows) {
				harmful++ // another row, another statement, or none that can be read
				break
			}
		}
	}
	if harmful < len(sqlPayloads)/2 {
		t.Errorf("%d of %d payloads do harm in a hole, which are too few to show anything", harmful, len(sqlPayloads))
	}
	t.Logf("%d of %d payloads do harm where a statement is built of them", harmful, len(sqlPayloads))
}
