package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/leadtable"
	"intake/internal/store/storetest"
)

func TestFailedButApplied_OnSQLite(t *testing.T) { failedButApplied(t, sqliteFile(t)) }

func TestFailedButApplied_OnPostgres(t *testing.T) {
	t.Parallel()
	failedButApplied(t, storetest.StartPostgres(t).Database(t))
}

// failedButApplied walks a lead through writes that are durable although each one reports an
// error. Whoever repeats them, as everybody should, ends where a sound store would have.
func failedButApplied(t *testing.T, url string) {
	s := openNew(t, url)
	l := storetest.Lead("key")
	stop := s.FailAfterCommit()
	if receipt, err := s.Save(t.Context(), l, storetest.Record()); err == nil {
		t.Fatalf("receipt %v for a write that reported an error", receipt)
	}
	stop()
	again := storetest.Lead("key") // the browser sends the same form once more
	receipt, err := s.Save(t.Context(), again, storetest.Record())
	first, findErr := s.Find(t.Context(), l.ID)
	if err != nil || findErr != nil || receipt.Handle != first.Handle.Reveal() {
		t.Errorf("the second save: %v, %v, want the first receipt", receipt, err)
	}

	stop = s.FailAfterCommit()
	now := time.Now()
	if got, err := s.Claim(t.Context(), lead.Send, 1, "courier", now.Add(time.Minute)); err == nil || got != nil {
		t.Fatalf("claimed %d leads although the write reported an error", len(got))
	}
	stop()
	if got, err := s.Claim(t.Context(), lead.Send, 1, "courier", now.Add(time.Minute)); err != nil || len(got) != 0 {
		t.Errorf("the lead was claimed twice: %v, %v", got, err)
	}

	out := lead.Outcome{Event: lead.Answered, At: now, AlleviateID: "a", ResultCode: 1015, Next: lead.Look}
	stop = s.FailAfterCommit()
	if err := s.Record(t.Context(), l.ID, 1, out); err == nil {
		t.Fatal("recorded without an error")
	}
	stop()
	if err := s.Record(t.Context(), l.ID, 1, out); err != nil {
		t.Errorf("the second record: %v", err)
	}
	events, err := s.History(t.Context(), l.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []lead.Event
	for _, e := range events {
		got = append(got, e.Event)
	}
	if diff := cmp.Diff([]lead.Event{leadtable.Stored, lead.SendBegun, lead.Answered}, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestFailedButApplied_Forms_OnSQLite(t *testing.T) { formFailedButApplied(t, sqliteFile(t)) }

func TestFailedButApplied_Forms_OnPostgres(t *testing.T) {
	t.Parallel()
	formFailedButApplied(t, storetest.StartPostgres(t).Database(t))
}

// formFailedButApplied does the same from the first box of a form to an opt-out: every second try ends
// where the first one was.
func formFailedButApplied(t *testing.T, url string) {
	s := openNew(t, url)
	d, page, l, r := storetest.Draft(), storetest.Page(), storetest.Lead("key"), storetest.Record()
	handle := d.Handle.Reveal()
	twice := func(what string, act func() error) {
		t.Helper()
		stop := s.FailAfterCommit()
		if err := act(); err == nil {
			t.Fatalf("%s: no error for a write that reported one", what)
		}
		stop()
		if err := act(); err != nil {
			t.Errorf("%s again: %v", what, err)
		}
	}
	stop := s.FailAfterCommit()
	if err := s.StartDraft(t.Context(), d); err == nil {
		t.Fatal("started without an error")
	}
	stop()
	twice("change", func() error {
		_, err := s.ChangeDraft(t.Context(), handle, func(d *lead.Draft) { d.Typed = lead.Keep("lastName=Gonzalez") })
		return err
	})
	if err := s.KeepPage(t.Context(), handle, page); err != nil {
		t.Fatal(err)
	}
	l.Draft, r.PageID = d.Handle, page.ID
	twice("save", func() error {
		again := storetest.Lead("key")
		again.Draft = d.Handle
		_, err := s.Save(t.Context(), again, r)
		return err
	})
	if got, err := s.FindDraft(t.Context(), handle); err != nil || got.SSN.Given() || got.Sent.Handle == "" {
		t.Errorf("the draft: number given %v, sent %v, %v", got.SSN.Given(), got.Sent.Handle != "", err)
	}
	twice("chain", func() error {
		_, _, err := s.Chain(t.Context(), 10)
		return err
	})
	if report, err := s.VerifyChain(t.Context()); err != nil || report.Linked != 1 || report.Pages != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	twice("opt-out", func() error {
		_, err := s.OptOut(t.Context(), lead.OptOut{Channel: "web", Phone: lead.Keep("2025550143")})
		return err
	})
	if counts, err := s.Counts(t.Context()); err != nil || counts[lead.Closed] != 1 {
		t.Errorf("%v, %v", counts, err)
	}
}

func openNew(t testing.TB, url string) *store.Store {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{URL: url, Environment: "simulator", Create: true, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
