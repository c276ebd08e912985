package app

import (
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"intake/handlers/leads"
	"intake/internal/clock"
	"intake/internal/coach"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/links"
	"intake/internal/live"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/erasure"
)

// openStaffLeads is the staff's view of a new database, which two processes have open.
func openStaffLeads(t *testing.T) (s staffLeads, other *store.Store, woken *int) {
	t.Helper()
	keys, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"), "")
	if err != nil {
		t.Fatal(err)
	}
	options := store.Options{URL: "file:" + filepath.Join(t.TempDir(), "intake.db"), Environment: "simulator", Create: true, Keys: keys, Clock: clock.Movable()}
	open := func() *store.Store {
		opened, err := store.Open(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = opened.Close() })
		return opened
	}
	woken = new(int)
	keep := erasure.Retention{SSN: 24 * time.Hour, Answers: 30 * 24 * time.Hour, Evidence: 5 * 365 * 24 * time.Hour}
	return staffLeads{Store: open(), keep: keep, wake: func() { *woken++ }}, open(), woken
}

// saveMaria saves a lead.
func saveMaria(t *testing.T, s *store.Store, draft string) lead.PartnerID {
	t.Helper()
	l := lead.Lead{ID: lead.NewPartnerID(), Draft: lead.Keep(draft), Request: 1, Language: "en", Permission: lead.Permission{Terms: true, CreditCheck: true}}
	l.Applicant.FirstName, l.Applicant.Email, l.Applicant.HomePhone = lead.Keep("Maria"), lead.Keep("maria@example.com"), lead.Keep("5125550148")
	record := consent.Record{At: time.Now(), Channel: "consumer-web", Language: "en", PersonName: lead.Keep("Maria")}
	if _, err := s.Save(t.Context(), l, record); err != nil {
		t.Fatal(err)
	}
	return l.ID
}

func actionsOf(t *testing.T, s *store.Store, id lead.PartnerID) (actions []string) {
	t.Helper()
	entries, err := s.AuditLog().Of(t.Context(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		actions = append(actions, e.Who+": "+e.Action)
	}
	return actions
}

func TestNewStaffLeads_HasAllThatThePagesNeed(t *testing.T) {
	s, _, _ := openStaffLeads(t)
	hub := live.New(changedLeads{s.Store}, slog.New(slog.DiscardHandler))
	cfg, err := newStaffLeads(s, links.Links{}, hub)
	if err != nil || cfg.Leads == nil || cfg.Calls == nil || cfg.Finder == nil || cfg.Live != hub {
		t.Fatalf("%+v, %v", cfg, err)
	}
	if got := cfg.Coach.Advise(coach.Case{Lead: lead.Lead{Status: lead.Created, ResultCode: 1013}}); !got.Qualified {
		t.Errorf("the coach says %+v", got)
	}
}

var ann = leads.Reader{Name: "Ann", RequestID: "r1"}

func TestStaffLeads_OpenShowsEverythingAndWritesDownWhoLooked(t *testing.T) {
	s, _, _ := openStaffLeads(t)
	id := saveMaria(t, s.Store, "draft")
	c, err := s.Open(t.Context(), id, ann)
	if err != nil || c.Lead.Applicant.FirstName.Reveal() != "Maria" || len(c.History) != 1 || c.Consent.Channel != "consumer-web" {
		t.Fatalf("%v: %d events of a lead with consent %q", err, len(c.History), c.Consent.Channel)
	}
	if !c.Due.SSN.IsZero() || !c.Due.Answers.Equal(c.Lead.ReceivedAt.Add(90*24*time.Hour)) || c.Due.Evidence.IsZero() {
		t.Errorf("without an SSN and a result it is erased %+v", c.Due)
	}
	if got := actionsOf(t, s.Store, id); !slices.Equal(got, []string{"Ann: view lead"}) {
		t.Errorf("written down: %q", got)
	}
	if again, err := s.Open(t.Context(), id, ann); err != nil || len(again.Acts) != 1 || again.Acts[0].Who != "Ann" {
		t.Errorf("the next reader sees %v, %v", again.Acts, err)
	}
	if _, err := s.Open(t.Context(), "nobody", ann); !errors.Is(err, lead.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

func TestStaffLeads_SearchWritesDownTheKindAlone(t *testing.T) {
	s, _, _ := openStaffLeads(t)
	id := saveMaria(t, s.Store, "draft")
	for _, tt := range []struct {
		query leads.Query
		want  lead.PartnerID
	}{
		{leads.Query{Phone: lead.Keep("5125550148")}, id}, {leads.Query{Email: lead.Keep("maria@example.com")}, id}, {leads.Query{Reference: id.Reference()}, id},
	} {
		list, err := s.Search(t.Context(), tt.query, ann)
		if err != nil || len(list) != 1 || list[0].ID != tt.want {
			t.Errorf("by %s: %v, %v", tt.query.Kind(), list, err)
		}
	}
	if got := actionsOf(t, s.Store, ""); !slices.Equal(got, []string{"Ann: search by phone", "Ann: search by email", "Ann: search by reference"}) {
		t.Errorf("written down: %q", got)
	}
}

func TestStaffLeads_LookNowWakesTheCourierWhenThereIsSomethingToDo(t *testing.T) {
	s, _, woken := openStaffLeads(t)
	id := saveMaria(t, s.Store, "draft")
	if err := s.LookNow(t.Context(), id, lead.Agent{Name: "Ann"}); !errors.Is(err, lead.ErrNoLook) || *woken != 0 {
		t.Errorf("a lead that was not sent: %v, woken %d times", err, *woken)
	}
	claimed, err := s.Store.Claim(t.Context(), lead.Send, 1, "courier", time.Now().Add(time.Minute))
	if err != nil || len(claimed) != 1 {
		t.Fatal(err)
	}
	if err := s.Store.Record(t.Context(), id, claimed[0].Attempt, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1000, Next: lead.Look, NextAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := s.LookNow(t.Context(), id, lead.Agent{Name: "Ann"}); err != nil || *woken != 1 {
		t.Errorf("%v, woken %d times", err, *woken)
	}
}

func TestStaffLeads_CallBacksWriteDownWhoLookedAndNoValue(t *testing.T) {
	s, _, _ := openStaffLeads(t)
	id := saveMaria(t, s.Store, "draft")
	due := time.Now().Add(time.Hour)
	if err := s.Dispose(t.Context(), lead.Disposition{Lead: id, By: lead.Agent{Key: "ann", Name: "Ann"}, Kind: lead.CallBack, CallBackAt: due}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]int{"ann": 1, "bob": 0, "": 1} {
		if list, err := s.CallBacks(t.Context(), key, lead.Page{Size: 9}, ann); err != nil || len(list) != want || want == 1 && list[0].Lead != id {
			t.Errorf("of %q: %v, %v", key, list, err)
		}
	}
	entries, err := s.AuditLog().Of(t.Context(), "")
	if err != nil || len(entries) != 3 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		if e.Who != "Ann" || e.Action != "list call backs" || !slices.Equal(e.Fields, []string{"zipCode"}) || e.Reason != "" {
			t.Errorf("written down: %+v", e)
		}
	}
}

// A change is told within 300 ms after it is stored, also when another process stored it: storetest measures that.
func TestChangedLeads_TellOfWhatAnotherProcessStoredAndWhoseItIs(t *testing.T) {
	s, other, _ := openStaffLeads(t)
	source := changedLeads{s.Store}
	id := saveMaria(t, other, "draft")
	changes, err := source.Subscribe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer changes.Close()
	claimed, err := other.Claim(t.Context(), lead.Send, 1, "courier", time.Now().Add(time.Minute))
	if err != nil || len(claimed) != 1 {
		t.Fatal(err)
	}
	<-changes.Ready()
	if news := changes.Take(); !slices.Equal(news.Leads, []lead.PartnerID{id}) || news.Missed {
		t.Errorf("told of %+v, want %s once", news, id)
	}
	if key, err := source.AgentOf(t.Context(), id); err != nil || key != "" {
		t.Errorf("a consumer's own lead is of %q, %v", key, err)
	}
}
