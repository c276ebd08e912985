package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store"
)

var claiming = map[string]func(*testing.T, *bench){
	"a claim is on disk, opened, and the only one": func(t *testing.T, b *bench) {
		want := b.save(t, "key")
		b.clock.forward(time.Second)
		got := b.claim(t, lead.Send)
		want.Status, want.Attempt, want.ChangedAt = lead.Sending, 1, b.clock.Now()
		want.LeaseUntil = b.clock.Now().Add(time.Minute)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claimed (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, b.find(t, want.ID)); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		b.wantHistory(t, want.ID, "0 stored:  → received", "1 send begun: received → sending")
		if again, err := b.Claim(t.Context(), lead.Send, 9, "other", b.clock.Now().Add(time.Minute)); err != nil || len(again) > 0 {
			t.Errorf("claimed again: %d leads, %v", len(again), err)
		}
	},
	"a second claim takes nothing": func(t *testing.T, b *bench) {
		for _, step := range []lead.Step{lead.Submit, lead.Look} {
			t.Run(string(step), func(t *testing.T) {
				l := b.save(t, "key "+string(step))
				b.claim(t, lead.Send)
				b.record(t, b.find(t, l.ID), lead.Outcome{Event: lead.Answered, AlleviateID: "a", Next: step})
				if got := b.claim(t, step); got.Attempt != 2 {
					t.Errorf("attempt %d, want 2", got.Attempt)
				}
				if again, err := b.Claim(t.Context(), step, 9, "other", b.clock.Now().Add(time.Minute)); err != nil || len(again) > 0 {
					t.Errorf("claimed again: %d leads, %v", len(again), err)
				}
			})
		}
	},
	"parallel claimers of two processes take each lead once": func(t *testing.T, b *bench) {
		const leads = 60
		for i := range leads {
			b.save(t, fmt.Sprint("key ", i))
		}
		stores := []*store.Store{b.Store, b.again(t)}
		var mu sync.Mutex
		taken := map[lead.PartnerID]int{}
		together(8, func(i int) {
			for {
				got, err := stores[i%2].Claim(t.Context(), lead.Send, 3, fmt.Sprint("courier ", i), b.clock.Now().Add(time.Minute))
				if err != nil {
					t.Error(err)
					return
				}
				if len(got) == 0 {
					return
				}
				mu.Lock()
				for _, l := range got {
					taken[l.ID]++
				}
				mu.Unlock()
			}
		})
		if len(taken) != leads {
			t.Errorf("%d leads were claimed, want %d", len(taken), leads)
		}
		for id, n := range taken {
			if n != 1 {
				t.Errorf("lead %s was claimed %d times", id, n)
			}
		}
		b.wantCounts(t, map[lead.Status]int{lead.Sending: leads})
	},
	"the oldest due come first, and no more than asked for": func(t *testing.T, b *bench) {
		ids := map[lead.PartnerID]int{}
		var order []int
		for _, minutes := range []int{5, 1, 4, 2, 3} {
			l := Lead(fmt.Sprint("key ", minutes))
			ids[l.ID] = minutes
			l.NextAttemptAt = b.clock.Now().Add(time.Duration(minutes) * time.Minute)
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Fatal(err)
			}
		}
		b.clock.forward(4 * time.Minute)
		for range 3 {
			got, err := b.Claim(t.Context(), lead.Send, 2, "courier", b.clock.Now().Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range got {
				order = append(order, ids[l.ID])
			}
		}
		if diff := cmp.Diff([]int{1, 2, 3, 4}, order); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	},
	"held, suspect, resting and parked leads stay where they are": func(t *testing.T, b *bench) {
		held, suspect := Lead("held"), Lead("suspect")
		held.Hold, held.Step = "consent", lead.Send
		suspect.Status = lead.Suspect
		for _, l := range []lead.Lead{held, suspect} {
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Fatal(err)
			}
		}
		b.save(t, "parked")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Rejected, Reason: "rejected: state"})
		b.save(t, "resting")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1004})
		if got := b.find(t, suspect.ID); got.Step != lead.AtRest || !got.NextAttemptAt.IsZero() {
			t.Errorf("the suspect waits for %q at %v", got.Step, got.NextAttemptAt)
		}
		b.clock.forward(1000 * time.Hour)
		for _, step := range []lead.Step{lead.Send, lead.Submit, lead.Look} {
			if got, err := b.Claim(t.Context(), step, 9, "courier", b.clock.Now().Add(time.Minute)); err != nil || len(got) > 0 {
				t.Errorf("%s: %d leads, %v, want none", step, len(got), err)
			}
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 1, lead.Suspect: 1, lead.Parked: 1, lead.Created: 1})
	},
	"a lead whose sealed value was moved or changed is parked and blocks nobody": func(t *testing.T, b *bench) {
		moved, flipped, sound := b.save(t, "moved"), b.save(t, "flipped"), b.save(t, "sound")
		b.exec(t, "update lead set answers = (select answers from lead where id = $1) where id = $2", sound.ID, moved.ID)
		b.exec(t, "update lead set answers = ssn where id = $1", flipped.ID)
		got, err := b.Claim(t.Context(), lead.Send, 9, "courier", b.clock.Now().Add(time.Minute))
		if err != nil || len(got) != 1 || got[0].ID != sound.ID {
			t.Errorf("claimed %d leads, %v, want the sound one", len(got), err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Parked: 2, lead.Sending: 1})
		b.wantHistory(t, moved.ID, "0 stored:  → received", "1 send begun: received → sending", "1 unreadable: sending → parked")
		at, err := b.FindByHandle(t.Context(), flipped.Handle.Reveal())
		if err != nil || at.Reason == "" || !at.LeaseUntil.IsZero() {
			t.Errorf("parked lead: reason %q, lease %v, %v", at.Reason, at.LeaseUntil, err)
		}
		if _, err := b.Find(t.Context(), moved.ID); err == nil {
			t.Error("a moved value was opened")
		}
	},
	"a lead whose answers or their key are gone is parked, and nothing empty is sent": func(t *testing.T, b *bench) {
		record, key, sound := b.save(t, "record"), b.save(t, "key"), b.save(t, "sound")
		b.exec(t, "update lead set answers = null where id = $1", record.ID)
		b.exec(t, "update lead_private set answers_key = null where lead_id = $1", key.ID)
		got, err := b.Claim(t.Context(), lead.Send, 9, "courier", b.clock.Now().Add(time.Minute))
		if err != nil || len(got) != 1 || got[0].ID != sound.ID {
			t.Errorf("claimed %d leads, %v, want the sound one", len(got), err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Parked: 2, lead.Sending: 1})
		for _, l := range []lead.Lead{record, key} {
			if _, err := b.Find(t.Context(), l.ID); err == nil {
				t.Error("a lead without its answers was opened")
			}
		}
	},
	"a look opens no sealed value": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", Next: lead.Look})
		b.exec(t, "update lead set answers = ssn where id = $1", l.ID)
		got := b.claim(t, lead.Look)
		if got.AlleviateID != "a" || got.Status != lead.Created || got.Applicant.FirstName.Given() {
			t.Errorf("claimed for a look: %s, id %q, answers opened: %v", got.Status, got.AlleviateID, got.Applicant.FirstName.Given())
		}
	},
	"a courier that was told to stop claims nothing": func(t *testing.T, b *bench) {
		b.save(t, "key")
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if got, err := b.Claim(ctx, lead.Send, 1, "courier", b.clock.Now().Add(time.Minute)); !errors.Is(err, context.Canceled) || got != nil {
			t.Errorf("got %d leads, %v", len(got), err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 1})
	},
}
