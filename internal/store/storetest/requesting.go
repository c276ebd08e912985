package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
)

var requesting = map[string]func(*testing.T, *bench){
	"a lead is erased on request: answers, draft and indexes go, evidence and history stay": func(t *testing.T, b *bench) {
		d := lead.Draft{Handle: lead.Keep(lead.NewName()), Request: 1, Typed: lead.Keep("firstName=José")}
		if err := b.StartDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		var pages []string
		for range 2 {
			page := consent.Page{ID: lead.NewName(), At: b.clock.Now(), Language: "es", Sheet: []byte("p {}"),
				Parts: []consent.Part{{Bytes: []byte("<p>")}, {Hole: consent.Words, Bytes: []byte("José")}, {Hole: consent.Answers, Bytes: []byte("José")}}}
			if err := b.KeepPage(t.Context(), d.Handle.Reveal(), page); err != nil {
				t.Fatal(err)
			}
			pages = append(pages, page.ID)
		}
		l, _ := b.send(t, d, pages[0])
		other := b.save(t, "another person")
		got, err := b.EraseOnRequest(t.Context(), l.ID, by)
		if err != nil || got.Status != lead.Closed || got.Reason != "erased on request" || !got.ErasedAt.Equal(b.clock.Now()) {
			t.Errorf("%s, %q, erased at %v, %v", got.Status, got.Reason, got.ErasedAt, err)
		}
		b.wantHolds(t, l.ID, "person_name")
		b.wantNoDraft(t, d)
		b.wantRows(t, 1, "select count(*) from shown_page where id = $1 and answers is null and words is not null and id in (select page_id from page_private where answers_key is null and words_key is not null)", pages[0])
		b.wantRows(t, 0, "select count(*) from shown_page where id = $1", pages[1])
		b.wantHolds(t, other.ID, "email", "ssn", "person_name")
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 closed by hand: received → closed", "0 answers erased: closed → closed")
		b.wantActions(t, l.ID, "ann: erase on request")
		if b.marks(t) == 0 {
			t.Error("nothing is marked to be scrubbed")
		}
		if _, err := b.EraseOnRequest(t.Context(), l.ID, by); err != nil {
			t.Errorf("once more: %v", err)
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 closed by hand: received → closed", "0 answers erased: closed → closed")
		if _, err := b.EraseOnRequest(t.Context(), "nobody", by); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("no such lead: %v", err)
		}
	},
	"the leads of a person are found by any of their phones or the address": func(t *testing.T, b *bench) {
		first := b.save(t, "first")
		b.clock.forward(time.Second)
		again := Lead("second")
		again.Applicant.Email, again.Applicant.HomePhone, again.Applicant.WorkPhone = lead.Keep("other@example.com"), lead.Keep("2025550199"), lead.Keep("2025550198")
		if _, err := b.Save(t.Context(), again, Record()); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			phone, email string
			want         []lead.PartnerID
		}{
			{"2025550143", "", []lead.PartnerID{first.ID}},
			{"2025550144", "", []lead.PartnerID{first.ID, again.ID}}, // both gave this cell phone
			{"2025550198", "", []lead.PartnerID{again.ID}},
			{"", "JOSE@example.com", []lead.PartnerID{first.ID}},
			{"2025550199", "jose@example.com", []lead.PartnerID{again.ID, first.ID}},
			{"2025550100", "nobody@example.com", nil},
			{"", "", nil},
		} {
			b.wantLeadsOf(t, tt.phone, tt.email, tt.want...)
		}
		if _, err := b.EraseOnRequest(t.Context(), first.ID, by); err != nil {
			t.Fatal(err)
		}
		b.wantLeadsOf(t, "2025550144", "", again.ID)
	},
	"while a call is out a lead is not erased, and goes when it has ended": func(t *testing.T, b *bench) {
		b.save(t, "key")
		claimed := b.claim(t, lead.Send)
		if _, err := b.EraseOnRequest(t.Context(), claimed.ID, by); !errors.Is(err, lead.ErrCalling) {
			t.Errorf("got %v", err)
		}
		b.wantHolds(t, claimed.ID, "email", "ssn", "person_name")
		b.wantActions(t, claimed.ID)
		b.wantRows(t, 0, "select count(*) from erasure")
		b.record(t, claimed, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015, Next: lead.Submit})
		if got, err := b.EraseOnRequest(t.Context(), claimed.ID, by); err != nil || got.Status != lead.Closed {
			t.Errorf("%s, %v", got.Status, err)
		}
		b.wantClaimable(t, 0, 0, 0)
		b.wantList(t, store.Tell, 9, claimed.ID)
	},
	"what rests is erased where it stands": func(t *testing.T, b *bench) {
		b.save(t, "key")
		l := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1018})
		if got, err := b.EraseOnRequest(t.Context(), l.ID, by); err != nil || got.Status != lead.Created || got.ErasedAt.IsZero() {
			t.Errorf("%s, %v", got.Status, err)
		}
		b.wantList(t, store.Tell, 9, l.ID)
	},
	"an erasure and its audit entry are one commit": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.exec(t, "alter table audit_entry rename to hidden")
		if _, err := b.EraseOnRequest(t.Context(), l.ID, by); err == nil {
			t.Error("erased without an audit entry")
		}
		b.wantHolds(t, l.ID, "email", "ssn", "person_name")
		b.wantRows(t, 0, "select count(*) from erasure")
	},
	"whoever ends a lead that Alleviate may have is told to tell them, once": func(t *testing.T, b *bench) {
		never := b.parked(t, "never there")
		b.decide(t, never.ID, lead.Decision{Event: lead.ClosedByHand, Attempt: 1, Who: "ann", Reason: "r"})
		doubt := b.inDoubt(t, "in doubt")
		b.decide(t, doubt.ID, lead.Decision{Event: lead.ClosedByHand, Attempt: 1, Who: "ann", Reason: "r"})
		b.clock.forward(time.Minute)
		b.save(t, "there")
		there := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1000, Next: lead.Look, NextAt: b.clock.Now().Add(time.Hour)})
		b.wantList(t, store.Tell, 9, doubt.ID)
		b.clock.forward(90 * day)
		if _, err := b.Erase(t.Context(), b.clock.Now(), retention); err != nil {
			t.Fatal(err)
		}
		b.wantList(t, store.Tell, 9, doubt.ID, there.ID)
		b.wantList(t, store.Tell, 1, doubt.ID)
		if since, told, err := b.ToTell(t.Context(), there.ID); err != nil || !since.Equal(b.clock.Now()) || !told.IsZero() {
			t.Errorf("since %v, told %v, %v", since, told, err)
		}
		if err := b.Told(t.Context(), there.ID, by); err != nil {
			t.Error(err)
		}
		b.wantActions(t, there.ID, "ann: told Alleviate")
		b.wantList(t, store.Tell, 9, doubt.ID)
		for _, id := range []lead.PartnerID{there.ID, never.ID} {
			if err := b.Told(t.Context(), id, by); !errors.Is(err, store.ErrNothingToTell) {
				t.Errorf("got %v", err)
			}
		}
		if _, _, err := b.ToTell(t.Context(), "nobody"); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	},
	"evidence stays five years from the final result": func(t *testing.T, b *bench) {
		begun := b.clock.Now()
		l := b.save(t, "key")
		b.clock.forward(day)
		b.wantEvidenceUntil(t, l.ID, begun.Add(1825*day))
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015})
		b.wantEvidenceUntil(t, l.ID, begun.Add(1826*day))
	},
}

func (b *bench) wantEvidenceUntil(t *testing.T, id lead.PartnerID, want time.Time) {
	t.Helper()
	l, err := b.Facts(t.Context(), id)
	if _, _, got := retention.Due(l); err != nil || !got.Equal(want) {
		t.Errorf("until %v, %v, want %v", got, err, want)
	}
}

func (b *bench) wantLeadsOf(t *testing.T, phone, email string, want ...lead.PartnerID) {
	t.Helper()
	leads, err := b.LeadsOf(t.Context(), phone, email, lead.Page{Size: 99})
	if err != nil {
		t.Fatal(err)
	}
	var got []lead.PartnerID
	for _, l := range leads {
		got = append(got, l.ID)
	}
	slices.Sort(want) // as they were made
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("leads of %q or %q (-want +got):\n%s", phone, email, diff)
	}
}

func (b *bench) wantRows(t *testing.T, want int, query string, args ...any) {
	t.Helper()
	var n int
	if err := b.behind(t).QueryRow(query, args...).Scan(&n); err != nil || n != want {
		t.Errorf("%d rows, %v, want %d: %s", n, err, want, query)
	}
}
