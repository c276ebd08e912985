package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store/erasure"
)

const day = 24 * time.Hour

var retention = erasure.Retention{SSN: day, Answers: 30 * day, Evidence: 1825 * day}

var erasing = map[string]func(*testing.T, *bench){
	"each part goes an hour before its time, and not earlier": func(t *testing.T, b *bench) {
		b.save(t, "key")
		l := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015})
		b.clock.forward(day - time.Hour - time.Millisecond)
		b.wantErased(t, erasure.Erased{})
		b.clock.forward(time.Millisecond)
		b.wantErased(t, erasure.Erased{SSNs: 1})
		b.wantHolds(t, l.ID, "email", "person_name")

		b.clock.forward(29*day - time.Millisecond)
		b.wantErased(t, erasure.Erased{})
		b.clock.forward(time.Millisecond)
		b.wantErased(t, erasure.Erased{Answers: 1})
		b.wantHolds(t, l.ID, "person_name")

		b.clock.forward(1795*day - time.Millisecond)
		b.wantErased(t, erasure.Erased{})
		b.clock.forward(time.Millisecond)
		b.wantErased(t, erasure.Erased{Evidence: 1})
		b.wantHolds(t, l.ID)
		b.wantErased(t, erasure.Erased{})
		b.wantHistory(t, l.ID, "0 stored:  → received", "1 send begun: received → sending", "1 answered: sending → created",
			"1 ssn erased: created → created", "1 answers erased: created → created", "1 evidence erased: created → created")
	},
	"without a final result the number goes after 30 days and the answers after 90, with a week's warning": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1000})
		b.clock.forward(30*day - time.Hour - time.Millisecond)
		b.wantErased(t, erasure.Erased{})
		b.clock.forward(time.Millisecond)
		b.wantErased(t, erasure.Erased{SSNs: 1})
		b.clock.forward(53*day + time.Hour - time.Millisecond)
		b.wantErased(t, erasure.Erased{})
		b.clock.forward(time.Millisecond)
		b.wantErased(t, erasure.Erased{Soon: []lead.PartnerID{l.ID}})
		b.clock.forward(7*day - time.Hour)
		b.wantErased(t, erasure.Erased{Answers: 1})
		got := b.find(t, l.ID)
		if got.Status != lead.Closed || got.Reason != "retention" || !got.ErasedAt.Equal(b.clock.Now()) {
			t.Errorf("%s, %q, erased at %v", got.Status, got.Reason, got.ErasedAt)
		}
	},
	"the final result counts, not the last look or the receipt": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1000, Next: lead.Look})
		b.clock.forward(10 * day)
		b.record(t, b.claim(t, lead.Look), lead.Outcome{Event: lead.Looked, ResultCode: 1015, Next: lead.Look})
		b.clock.forward(12 * time.Hour)
		b.record(t, b.claim(t, lead.Look), lead.Outcome{Event: lead.Looked, ResultCode: 1015})
		b.clock.forward(11*time.Hour - time.Millisecond)
		b.wantErased(t, erasure.Erased{})
		b.clock.forward(time.Millisecond)
		b.wantErased(t, erasure.Erased{SSNs: 1})
	},
	"a lead whose lease runs is left, and listed": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.clock.forward(91 * day)
		claimed := b.claim(t, lead.Send)
		b.wantErased(t, erasure.Erased{Left: []lead.PartnerID{claimed.ID}})
		if ssn := b.find(t, claimed.ID).Applicant.SocialSecurityNumber; !ssn.Given() {
			t.Error("answers went while a call was out with them")
		}
		b.record(t, claimed, lead.Outcome{Event: lead.Postponed, Next: lead.Send})
		b.wantErased(t, erasure.Erased{SSNs: 1, Answers: 1})
		if got, err := b.Claim(t.Context(), lead.Send, 9, "courier", b.clock.Now().Add(time.Minute)); err != nil || len(got) > 0 {
			t.Errorf("%d empty leads were claimed, %v", len(got), err)
		}
	},
	"a second sending of an erased form gets the first receipt": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.clock.forward(31 * day)
		b.wantErased(t, erasure.Erased{SSNs: 1})
		again := Lead("key")
		again.Applicant.SocialSecurityNumber = lead.Keep("219099998") // nobody can compare it any more
		if receipt, err := b.Save(t.Context(), again, Record()); err != nil || receipt.Handle != l.Handle.Reveal() {
			t.Errorf("%v, %v", receipt, err)
		}
		again.Applicant.City = lead.Keep("Elsewhere")
		if _, err := b.Save(t.Context(), again, Record()); !errors.Is(err, lead.ErrChanged) {
			t.Errorf("another city: %v, want lead.ErrChanged", err)
		}
		b.clock.forward(60 * day)
		b.wantErased(t, erasure.Erased{Answers: 1})
		if receipt, err := b.Save(t.Context(), again, Record()); err != nil || receipt.Handle != l.Handle.Reveal() {
			t.Errorf("when the answers are erased: %v, %v", receipt, err)
		}
	},
	"the page of an erased lead is still found, and says so": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.clock.forward(91 * day)
		b.wantErased(t, erasure.Erased{SSNs: 1, Answers: 1})
		if got, err := b.FindByHandle(t.Context(), l.Handle.Reveal()); err != nil || got.ErasedAt.IsZero() {
			t.Errorf("erased at %v, %v", got.ErasedAt, err)
		}
	},
	"what expires of a draft is taken out of the files by the next run": func(t *testing.T, b *bench) {
		b.wantErased(t, erasure.Erased{})
		d := lead.Draft{Handle: lead.Keep(lead.NewName()), Request: 1, SSN: lead.Keep("219099999"), Typed: lead.Keep("firstName=Maria")}
		if err := b.StartDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		for _, over := range []time.Duration{lead.DraftSSNKept, lead.DraftKept} {
			b.clock.forward(over)
			if n, err := b.ExpireDrafts(t.Context(), b.clock.Now()); err != nil || n != 1 || b.marks(t) == 0 {
				t.Errorf("after %s: %d expired, %v, %d marks", over, n, err, b.marks(t))
			}
			if b.wantErased(t, erasure.Erased{}); b.marks(t) != 0 {
				t.Errorf("after %s: %d marks are left", over, b.marks(t))
			}
		}
	},
	"other settings hold for every lead from the next run on": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015})
		b.clock.forward(2 * day)
		b.wantErased(t, erasure.Erased{SSNs: 1})
		b.wantErased(t, erasure.Erased{})
		shorter := erasure.Retention{SSN: day, Answers: day, Evidence: 1825 * day}
		would, err := b.WouldErase(t.Context(), b.clock.Now(), shorter)
		if err != nil || would.Answers != 1 {
			t.Errorf("it would erase the answers of %d leads, %v, want 1", would.Answers, err)
		}
		if done, err := b.Erase(t.Context(), b.clock.Now(), shorter); err != nil || done.Answers != 1 {
			t.Errorf("it erased the answers of %d leads, %v, want 1", done.Answers, err)
		}
	},
	"erased answers are found under nobody's phone or address": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.chain(t)
		if n := b.count(t, "select count(*) from lead_person where lead_id = $1", l.ID); n != 4 {
			t.Fatalf("the lead is filed under %d phones and addresses, want 4", n)
		}
		b.clock.forward(91 * day)
		b.wantErased(t, erasure.Erased{SSNs: 1, Answers: 1})
		if n := b.count(t, "select count(*) from lead_person where lead_id = $1", l.ID); n != 0 {
			t.Errorf("the lead is still filed under %d", n)
		}
		found, err := b.ByReference(t.Context(), l.ID.Reference())
		wantIDs(t, "by its reference, which stays", found, err, []lead.PartnerID{l.ID})
	},
	"many are erased in one go": func(t *testing.T, b *bench) {
		b.saveGroup(t, "key", 250)
		b.clock.forward(31 * day)
		b.wantErased(t, erasure.Erased{SSNs: 250})
	},
}

// wantErased compares what Erase would do and does.
func (b *bench) wantErased(t *testing.T, want erasure.Erased) {
	t.Helper()
	would, err := b.WouldErase(t.Context(), b.clock.Now(), retention)
	if diff := cmp.Diff(want, would); err != nil || diff != "" {
		t.Errorf("%v, would erase (-want +got):\n%s", err, diff)
	}
	got, err := b.Erase(t.Context(), b.clock.Now(), retention)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, erased (-want +got):\n%s", err, diff)
	}
}

// marks counts what was erased or sealed anew since the files were scrubbed.
func (b *bench) marks(t *testing.T) (n int) {
	t.Helper()
	if err := b.behind(t).QueryRow("select unscrubbed from stamp where id = 1").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// wantHolds counts some of the columns that hold a person's answers, or tell of them.
func (b *bench) wantHolds(t *testing.T, id lead.PartnerID, want ...string) {
	t.Helper()
	var got []string
	for _, column := range []struct{ name, query string }{
		{"email", "select count(answers) from lead where id = $1"},
		{"email", "select count(answers_key) + count(email_index) + count(home_phone_index) + count(cell_phone_index) + count(work_phone_index) from lead_private where lead_id = $1"},
		{"ssn", "select count(ssn_key) from lead_private where lead_id = $1"},
		{"person_name", "select count(evidence) from lead where id = $1"},
		{"person_name", "select count(evidence_key) from lead_private where lead_id = $1"},
	} {
		var n int
		if err := b.behind(t).QueryRow(column.query, id).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 && !slices.Contains(got, column.name) {
			got = append(got, column.name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}
