package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
)

var expiring = map[string]func(*testing.T, *bench){
	"an expired send is in doubt, and its answer still counts": func(t *testing.T, b *bench) {
		b.save(t, "key")
		want := b.claim(t, lead.Send)
		b.clock.forward(time.Minute - time.Millisecond)
		b.wantExpired(t, 0)
		b.clock.forward(time.Millisecond)
		moved := b.wantExpired(t, 1)
		want.Status, want.Step, want.NextAttemptAt = lead.InDoubt, lead.AtRest, time.Time{}
		want.DoubtSince, want.ChangedAt, want.LeaseUntil, want.Reason = b.clock.Now(), b.clock.Now(), time.Time{}, "the lease ran out"
		got := b.find(t, want.ID)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lead (-want +got):\n%s", diff)
		}
		got.Applicant, got.Handle, got.Permission.ClientIP = lead.Applicant{}, lead.Private[string]{}, lead.Private[string]{}
		if diff := cmp.Diff(got, moved[0]); diff != "" {
			t.Errorf("returned (-stored +returned):\n%s", diff)
		}
		b.wantExpired(t, 0)
		late := b.record(t, want, lead.Outcome{Event: lead.Answered, AlleviateID: "a"})
		if late.Status != lead.Created || late.AlleviateID != "a" || late.Attempt != 1 {
			t.Errorf("after the late answer: %s, id %q, attempt %d", late.Status, late.AlleviateID, late.Attempt)
		}
		b.wantHistory(t, want.ID, "0 stored:  → received", "1 send begun: received → sending",
			"1 lease expired: sending → in_doubt", "1 answered: in_doubt → created")
	},
	"nobody sends a lead in doubt by themselves": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.claim(t, lead.Send)
		b.clock.forward(time.Hour)
		b.wantExpired(t, 1)
		b.clock.forward(1000 * time.Hour)
		if got, err := b.Claim(t.Context(), lead.Send, 9, "courier", b.clock.Now().Add(time.Minute)); err != nil || len(got) > 0 {
			t.Errorf("%d leads, %v, want none", len(got), err)
		}
	},
	"an expired submit or look is due again, and its late answer still counts": func(t *testing.T, b *bench) {
		events := map[lead.Step]lead.Event{lead.Submit: lead.WasSubmitted, lead.Look: lead.Looked}
		for step, event := range events {
			l := b.save(t, "key "+string(step))
			b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", Next: step})
			claimed := b.claim(t, step)
			b.clock.forward(time.Hour)
			b.wantExpired(t, 1)
			got := b.find(t, l.ID)
			if got.Status != lead.Created || got.Step != step || !got.NextAttemptAt.Equal(b.clock.Now()) || got.Attempt != 2 {
				t.Errorf("%s: %s, waits for %q at %v, attempt %d", step, got.Status, got.Step, got.NextAttemptAt, got.Attempt)
			}
			b.record(t, claimed, lead.Outcome{Event: event, ResultCode: 1015})
			if again, err := b.Claim(t.Context(), step, 9, "courier", b.clock.Now().Add(time.Minute)); err != nil || len(again) > 0 {
				t.Errorf("%s: %d leads are still due, %v", step, len(again), err)
			}
		}
	},
	"more leases than one batch expire in one go": func(t *testing.T, b *bench) {
		const leads = 130
		together(leads, func(i int) {
			if _, err := b.Save(t.Context(), Lead(fmt.Sprint("key ", i)), Record()); err != nil {
				t.Error(err)
			}
		})
		if _, err := b.Claim(t.Context(), lead.Send, leads, "courier", b.clock.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		b.clock.forward(time.Hour)
		b.wantExpired(t, leads)
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: leads})
	},
}

func (b *bench) wantExpired(t *testing.T, n int) []lead.Lead {
	t.Helper()
	moved, err := b.ExpireLeases(t.Context(), b.clock.Now())
	if err != nil || len(moved) != n {
		t.Fatalf("%d leases expired, %v, want %d", len(moved), err, n)
	}
	return moved
}
