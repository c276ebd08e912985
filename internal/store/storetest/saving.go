package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
)

var saving = map[string]func(*testing.T, *bench){
	"a saved lead is found after closing and opening again": func(t *testing.T, b *bench) {
		want, record := Lead("key"), Record()
		receipt, err := b.Save(t.Context(), want, record)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b.options.Create = false
		s := b.again(t)
		want.Status, want.Step = lead.Received, lead.Send
		want.ReceivedAt, want.ChangedAt, want.NextAttemptAt = b.clock.Now(), b.clock.Now(), b.clock.Now()
		got, err := s.Find(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		want.Draft, want.Handle = lead.Private[string]{}, lead.Keep(b.handle(want.ID)) // the draft is hashed
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lead (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(lead.Receipt{ID: want.ID, Handle: want.Handle.Reveal(), ReceivedAt: b.clock.Now()}, receipt); diff != "" {
			t.Errorf("receipt (-want +got):\n%s", diff)
		}
		proof, err := s.Proof(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(record, proof.Record); diff != "" {
			t.Errorf("consent (-want +got):\n%s", diff)
		}
	},
	"answers that were not given stay not given": func(t *testing.T, b *bench) {
		l := lead.Lead{ID: lead.NewPartnerID(), Draft: lead.Keep("key"), Request: 1}
		l.Applicant.MonthlyIncome, l.Applicant.LastName = lead.Keep(0), lead.Keep("")
		if _, err := b.Save(t.Context(), l, Record()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l.Applicant, b.find(t, l.ID).Applicant); diff != "" {
			t.Errorf("applicant (-want +got):\n%s", diff)
		}
	},
	"a status page opens none of the answers": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		got, err := b.FindByHandle(t.Context(), l.Handle.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		l.Applicant, l.Permission.ClientIP = lead.Applicant{}, lead.Private[string]{}
		if diff := cmp.Diff(l, got); diff != "" {
			t.Errorf("lead (-want +got):\n%s", diff)
		}
	},
	"a reference finds every lead that has it, the oldest first": func(t *testing.T, b *bench) {
		second, first, other := Lead("key 2"), Lead("key 1"), Lead("key 3")
		reference := first.ID.Reference()
		second.ID = "ZZZZZZZZZ" + lead.PartnerID(reference) + "AAAAAAAA"
		first.ReceivedAt, second.ReceivedAt = b.clock.Now().Add(-time.Hour), b.clock.Now()
		for _, l := range []lead.Lead{second, first, other} {
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Fatal(err)
			}
		}
		found, err := b.ByReference(t.Context(), reference)
		if err != nil || len(found) != 2 || found[0].ID != first.ID || found[1].ID != second.ID {
			t.Errorf("found %d leads, %v, want %s and %s", len(found), err, first.ID, second.ID)
		}
		if none, err := b.ByReference(t.Context(), "22222222"); err != nil || len(none) != 0 {
			t.Errorf("found %d leads of no reference, %v", len(none), err)
		}
	},
	"what is not there is not found": func(t *testing.T, b *bench) {
		_, byHandle := b.FindByHandle(t.Context(), lead.NewHandle())
		_, byID := b.Find(t.Context(), "nobody")
		_, evidence := b.Proof(t.Context(), "nobody")
		unknown := b.Record(t.Context(), "nobody", 1, lead.Outcome{Event: lead.Answered})
		for _, err := range []error{byHandle, byID, evidence, unknown} {
			if !errors.Is(err, lead.ErrNotFound) {
				t.Errorf("got %v, want lead.ErrNotFound", err)
			}
		}
	},
	"the same key and answers give the first receipt": func(t *testing.T, b *bench) {
		first := Lead("key")
		want, err := b.Save(t.Context(), first, Record())
		if err != nil {
			t.Fatal(err)
		}
		b.clock.forward(1)
		second := Lead("key") // another id
		got, err := b.Save(t.Context(), second, Record())
		want.Again = true
		if err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 1})
		b.wantHistory(t, first.ID, "0 stored:  → received")
	},
	"the same key with other answers gives the first receipt and says so": func(t *testing.T, b *bench) {
		changes := map[string]func(*lead.Lead){
			"an answer":           func(l *lead.Lead) { l.Applicant.City = lead.Keep("Chicago") },
			"an answer taken out": func(l *lead.Lead) { l.Applicant.Address2 = lead.Private[string]{} },
			"a consent":           func(l *lead.Lead) { l.Permission.Marketing = true },
			"a number":            func(l *lead.Lead) { l.Applicant.SocialSecurityNumber = lead.Keep("219099998") },
			"a number taken out":  func(l *lead.Lead) { l.Applicant.SocialSecurityNumber = lead.Private[string]{} },
		}
		first := Lead("key")
		want, err := b.Save(t.Context(), first, Record())
		if err != nil {
			t.Fatal(err)
		}
		want.Again = true
		for story, change := range changes {
			other := Lead("key")
			change(&other)
			got, err := b.Save(t.Context(), other, Record())
			if !errors.Is(err, lead.ErrChanged) || got != want {
				t.Errorf("%s: got %v, %v, want %v and lead.ErrChanged", story, got, err, want)
			}
		}
		if diff := cmp.Diff(first.Applicant, b.find(t, first.ID).Applicant); diff != "" {
			t.Errorf("the first answers changed (-want +got):\n%s", diff)
		}
	},
	"a phone and an e-mail are found by their blind index, and nothing else is": func(t *testing.T, b *bench) {
		first, second, other := Lead("key 1"), Lead("key 2"), Lead("key 3")
		second.Applicant.Email = lead.Keep("JOSE@example.com")
		second.Applicant.HomePhone, second.Applicant.CellPhone = first.Applicant.CellPhone, lead.Private[string]{}
		other.Applicant.Email, other.Applicant.CellPhone = lead.Private[string]{}, lead.Keep("2025550199")
		for _, l := range []lead.Lead{first, second, other} {
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Fatal(err)
			}
		}
		keys, db := b.options.Keys, b.behind(t)
		for where, index := range map[string][]byte{
			"email_index = $1": keys.Index("email", "jose@example.com"),
			"(home_phone_index = $1 or cell_phone_index = $1)": keys.Index("phone", "2025550144"),
		} {
			var n int
			if err := db.QueryRow("select count(*) from lead_private where "+where, index).Scan(&n); err != nil || n != 2 {
				t.Errorf("%s: %d leads, %v, want 2", where, n, err)
			}
		}
	},
	"50 parallel saves of one key are one row and 50 equal receipts": func(t *testing.T, b *bench) {
		other := b.again(t)
		receipts, errs := make([]lead.Receipt, 50), make([]error, 50)
		together(50, func(i int) {
			s := b.Store
			if i%2 == 1 {
				s = other
			}
			receipts[i], errs[i] = s.Save(t.Context(), Lead("key"), Record())
		})
		again := 0
		for i := range receipts {
			if receipts[i].Again {
				again++
			}
			receipts[i].Again = receipts[0].Again
			if errs[i] != nil || receipts[i] != receipts[0] || receipts[i].Handle == "" {
				t.Errorf("save %d: %v, %v, want %v", i, receipts[i], errs[i], receipts[0])
			}
		}
		if again != 49 {
			t.Errorf("%d of 50 were told that it was stored before, want 49", again)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 1})
	},
	"200 of 200 leads are stored although their visitors have gone": func(t *testing.T, b *bench) {
		errs := make([]error, 200)
		together(200, func(i int) {
			ctx, leave := context.WithCancel(t.Context())
			if i%2 == 0 {
				leave()
			}
			go leave() // some in the middle
			_, errs[i] = b.Save(ctx, Lead(fmt.Sprint("key ", i)), Record())
		})
		for i, err := range errs {
			if err != nil {
				t.Errorf("save %d: %v", i, err)
			}
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 200})
	},
	"a row that cannot be written is its own caller's trouble": func(t *testing.T, b *bench) {
		b.refuse(t, "the bad key")
		errs := make([]error, 40)
		together(40, func(i int) {
			key := fmt.Sprint("key ", i)
			if i == 20 {
				key = "the bad key"
			}
			_, errs[i] = b.Save(t.Context(), Lead(key), Record())
		})
		for i, err := range errs {
			if (err != nil) != (i == 20) {
				t.Errorf("save %d: %v", i, err)
			}
		}
		if said := fmt.Sprint(errs[20]); strings.Contains(said, "the bad key") {
			t.Errorf("the error holds the row: %s", said)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 39})
	},
	"a lead without its evidence is not stored": func(t *testing.T, b *bench) {
		b.exec(t, "drop table lead_private")
		if _, err := b.Save(t.Context(), Lead("key"), Record()); err == nil {
			t.Error("the lead was saved without its consent record")
		}
		b.wantCounts(t, map[lead.Status]int{})
	},
	"a lead that could not have been made by a form is refused": func(t *testing.T, b *bench) {
		changes := map[string]func(*lead.Lead){
			"no id":            func(l *lead.Lead) { l.ID = "" },
			"an id of others":  func(l *lead.Lead) { l.ID = "nobody" },
			"no draft":         func(l *lead.Lead) { l.Draft = lead.Private[string]{} },
			"no request":       func(l *lead.Lead) { l.Request = 0 },
			"already on a way": func(l *lead.Lead) { l.Status = lead.Sending },
		}
		for story, change := range changes {
			l := Lead("key")
			change(&l)
			if _, err := b.Save(t.Context(), l, Record()); err == nil {
				t.Errorf("%s: saved", story)
			}
		}
	},
	"errors hold no values": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		l.Draft = lead.Keep("another key") // the same id
		_, err := b.Save(t.Context(), l, Record())
		if err == nil {
			t.Fatal("a second lead with the same id was saved")
		}
		for _, value := range []string{l.Handle.Reveal(), "another key", "jose@example.com"} {
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), value) {
				t.Errorf("the error holds %q", value)
			}
		}
	},
	"a store that can write is ready": func(t *testing.T, b *bench) {
		if err := b.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		b.exec(t, "drop table stamp")
		if err := b.Ready(t.Context()); err == nil {
			t.Error("ready although nothing was written")
		}
	},
}

// refuse makes the database refuse the leads of drafts whose id begins as key does.
func (b *bench) refuse(t *testing.T, key string) {
	t.Helper()
	if strings.HasPrefix(b.options.URL, "file:") {
		b.exec(t, "create trigger refuse before insert on lead when substr(new.draft_id, 1, "+strconv.Itoa(lead.NameTime)+") = '"+key[:lead.NameTime]+
			"' begin select raise(abort, 'refused'); end")
		return
	}
	b.exec(t, "alter table lead add constraint refuse check (substring(draft_id from 1 for "+strconv.Itoa(lead.NameTime)+") <> '"+key[:lead.NameTime]+"')")
}
