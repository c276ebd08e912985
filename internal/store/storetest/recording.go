package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store"
)

var recording = map[string]func(*testing.T, *bench){
	"an answer is stored with all its facts": func(t *testing.T, b *bench) {
		b.save(t, "key")
		want := b.claim(t, lead.Send)
		b.clock.forward(2 * time.Second)
		got := b.record(t, want, lead.Outcome{Event: lead.Answered, At: b.clock.Now(), Next: lead.Submit,
			NextAt: b.clock.Now().Add(time.Minute), AlleviateID: "a-1", ResultCode: 1015, Bid: "12.50"})
		want.Status, want.Step, want.AlleviateID, want.ResultCode, want.Bid = lead.Created, lead.Submit, "a-1", 1015, "12.50"
		want.ChangedAt, want.NextAttemptAt, want.LeaseUntil = b.clock.Now(), b.clock.Now().Add(time.Minute), time.Time{}
		want.FinalAt = b.clock.Now()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lead (-want +got):\n%s", diff)
		}
		events, err := b.History(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if last := events[len(events)-1]; last.AlleviateID != "a-1" || last.ResultCode != 1015 || last.Bid != "12.50" {
			t.Errorf("the history lacks the facts: %+v", last)
		}
		b.clock.forward(time.Minute)
		got = b.record(t, b.claim(t, lead.Submit), lead.Outcome{Event: lead.WasSubmitted, SubmitStatus: 200, CRM: "crm", CRMRecordID: "r"})
		if got.Status != lead.Submitted || got.SubmitStatus != 200 || got.CRM != "crm" || got.CRMRecordID != "r" || got.AlleviateID != "a-1" {
			t.Errorf("submitted: %+v", got)
		}
	},
	"a postponed lead waits, and only failures are counted": func(t *testing.T, b *bench) {
		b.save(t, "key")
		for i, failed := range []bool{true, false, true} {
			due := b.clock.Now().Add(time.Minute)
			got := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Postponed, Reason: "transient", Next: lead.Send, NextAt: due, Failed: failed})
			if got.Status != lead.Received || !got.NextAttemptAt.Equal(due) || got.Reason != "transient" {
				t.Errorf("round %d: %s, due %v, %q", i, got.Status, got.NextAttemptAt, got.Reason)
			}
			b.clock.forward(time.Minute)
		}
		if got := b.claim(t, lead.Send); got.Failures != 2 || got.Attempt != 4 {
			t.Errorf("failures %d, attempt %d, want 2 and 4", got.Failures, got.Attempt)
		}
	},
	"a release without failure is due again at once": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Stopped, Next: lead.Send})
		if got := b.claim(t, lead.Send); got.Failures != 0 || got.Attempt != 2 {
			t.Errorf("failures %d, attempt %d, want 0 and 2", got.Failures, got.Attempt)
		}
	},
	"a doubt has its time, and loses it when it is settled": func(t *testing.T, b *bench) {
		b.save(t, "key")
		claimed := b.claim(t, lead.Send)
		got := b.record(t, claimed, lead.Outcome{Event: lead.Ambiguous, Reason: "cut after 10 s"})
		if got.Status != lead.InDoubt || !got.DoubtSince.Equal(b.clock.Now()) {
			t.Errorf("got %s since %v", got.Status, got.DoubtSince)
		}
		b.clock.forward(time.Hour)
		got = b.record(t, claimed, lead.Outcome{Event: lead.Answered, AlleviateID: "a"})
		if got.Status != lead.Created || !got.DoubtSince.IsZero() || got.AlleviateID != "a" {
			t.Errorf("after the late answer: %s since %v, id %q", got.Status, got.DoubtSince, got.AlleviateID)
		}
	},
	"an answer to an earlier attempt is fenced off and kept in the history": func(t *testing.T, b *bench) {
		b.save(t, "key")
		first := b.claim(t, lead.Send)
		b.record(t, first, lead.Outcome{Event: lead.Postponed, Next: lead.Send})
		second := b.claim(t, lead.Send)
		late := lead.Outcome{Event: lead.Answered, At: b.clock.Now(), AlleviateID: "late", ResultCode: 1013}
		for range 2 { // the second time as if the first had failed
			if err := b.Record(t.Context(), first.ID, first.Attempt, late); !errors.Is(err, lead.ErrFenced) {
				t.Fatalf("got %v, want lead.ErrFenced", err)
			}
		}
		if diff := cmp.Diff(second, b.find(t, first.ID)); diff != "" {
			t.Errorf("the late answer changed the lead (-want +got):\n%s", diff)
		}
		b.wantHistory(t, first.ID, "0 stored:  → received", "1 send begun: received → sending",
			"1 postponed: sending → received", "2 send begun: received → sending", "1 answered: sending → sending (late)")
		events, err := b.History(t.Context(), first.ID)
		if err != nil || events[4].AlleviateID != "late" || events[4].ResultCode != 1013 {
			t.Errorf("the late answer's facts are lost: %+v, %v", events, err)
		}
	},
	"a move that the table lacks is refused and kept in the history": func(t *testing.T, b *bench) {
		b.save(t, "key")
		l := b.claim(t, lead.Send)
		want := b.record(t, l, lead.Outcome{Event: lead.Rejected, Reason: "rejected"})
		err := b.Record(t.Context(), l.ID, l.Attempt, lead.Outcome{Event: lead.WasSubmitted, At: b.clock.Now(), CRMRecordID: "r"})
		if !errors.Is(err, lead.ErrFenced) || !strings.Contains(err.Error(), `a lead that is "parked" cannot take the event "was submitted"`) {
			t.Errorf("got %v, want lead.ErrFenced in the table's words", err)
		}
		if diff := cmp.Diff(want, b.find(t, l.ID)); diff != "" {
			t.Errorf("the lead changed (-want +got):\n%s", diff)
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "1 send begun: received → sending",
			"1 rejected: sending → parked", "1 was submitted: parked → parked (late)")
	},
	"two processes that record at once each get their answer, and both are in the history": func(t *testing.T, b *bench) {
		stores := []*store.Store{b.Store, b.again(t)}
		outcomes := []lead.Outcome{{Event: lead.Answered, AlleviateID: "a"}, {Event: lead.Ambiguous}}
		for i := range 20 {
			b.save(t, fmt.Sprint("key ", i))
			l := b.claim(t, lead.Send)
			errs := make([]error, 2)
			together(2, func(i int) { errs[i] = stores[i].Record(t.Context(), l.ID, l.Attempt, outcomes[i]) })
			if errs[0] != nil || errs[1] != nil && !errors.Is(errs[1], lead.ErrFenced) {
				t.Errorf("the answer: %v, the doubt: %v", errs[0], errs[1])
			}
			if events, err := b.History(t.Context(), l.ID); err != nil || len(events) != 4 {
				t.Errorf("the history has %d entries, %v, want 4", len(events), err)
			}
			if got := b.find(t, l.ID); got.Status != lead.Created || got.AlleviateID != "a" {
				t.Errorf("got %s, id %q", got.Status, got.AlleviateID)
			}
		}
	},
	"only a claim begins": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		for _, event := range []lead.Event{lead.SendBegun, lead.ResendBegun, lead.SubmitBegun, lead.LookBegun} {
			if err := b.Record(t.Context(), l.ID, 0, lead.Outcome{Event: event}); err == nil {
				t.Errorf("%q was recorded", event)
			}
		}
		b.wantHistory(t, l.ID, "0 stored:  → received")
	},
	"the same outcome twice is one": func(t *testing.T, b *bench) {
		b.save(t, "key")
		claimed := b.claim(t, lead.Send)
		out := lead.Outcome{Event: lead.Postponed, At: b.clock.Now(), Next: lead.Send, Failed: true}
		want := b.record(t, claimed, out)
		b.clock.forward(time.Second)
		if diff := cmp.Diff(want, b.record(t, claimed, out)); diff != "" {
			t.Errorf("the repeat changed the lead (-want +got):\n%s", diff)
		}
		second := b.claim(t, lead.Send) // and also when the next claim has begun meanwhile
		if diff := cmp.Diff(second, b.record(t, claimed, out)); diff != "" {
			t.Errorf("the repeat after a claim changed the lead (-want +got):\n%s", diff)
		}
		b.wantHistory(t, claimed.ID, "0 stored:  → received", "1 send begun: received → sending",
			"1 postponed: sending → received", "2 send begun: received → sending")
	},
	"an outcome is recorded although the courier was told to stop": func(t *testing.T, b *bench) {
		b.save(t, "key")
		l := b.claim(t, lead.Send)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := b.Record(ctx, l.ID, l.Attempt, lead.Outcome{Event: lead.Answered, AlleviateID: "a"}); err != nil {
			t.Error(err)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Created: 1})
	},
}
