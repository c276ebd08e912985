package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/restore"
)

// by is who acts in tests, and why.
var by = audit.Entry{Who: "ann", Reason: "a test", RequestID: "r1"}

var restoring = map[string]func(*testing.T, *bench){
	"what may have been sent after the backup is in doubt, and nothing goes out": func(t *testing.T, b *bench) {
		ids := b.oneOfEach(t)
		b.wantGuarded(t, restore.Doubts{InDoubt: 3, Again: 1})
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 3, lead.Created: 2})
		for _, name := range []string{"received", "held", "sending"} {
			if l := b.find(t, ids[name]); l.Reason != "restored" || l.Step != lead.AtRest || !l.LeaseUntil.IsZero() || !l.DoubtSince.Equal(b.clock.Now()) {
				t.Errorf("%s: %q, waits for %q, lease %v, in doubt since %v", name, l.Reason, l.Step, l.LeaseUntil, l.DoubtSince)
			}
		}
		b.clock.forward(48 * time.Hour)
		b.wantClaimable(t, 0, 0, 0)
		if expired, err := b.ExpireLeases(t.Context(), b.clock.Now()); err != nil || len(expired) > 0 {
			t.Errorf("%d leases were left, %v", len(expired), err)
		}
		b.wantHistory(t, ids["received"], "0 stored:  → received", "0 restored: received → in_doubt")
		b.wantHistory(t, ids["submitting"], "0 stored:  → received", "1 send begun: received → sending", "1 answered: sending → created",
			"2 submit begun: created → submitting", "2 restored: submitting → created")
		b.wantGuarded(t, restore.Doubts{}, b.clock.Now().Add(-48*time.Hour))
	},
	"lifting it sends what repeats safely, and no doubt": func(t *testing.T, b *bench) {
		b.oneOfEach(t)
		b.wantGuarded(t, restore.Doubts{InDoubt: 3, Again: 1})
		b.wantLifted(t, false, 0)
		b.clock.forward(48 * time.Hour)
		b.wantClaimable(t, 0, 1, 1)
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 3, lead.Created: 1, lead.Submitting: 1})
	},
	"a doubt of an earlier restore is freed by no word about a later one": func(t *testing.T, b *bench) {
		first := b.save(t, "first")
		b.wantGuarded(t, restore.Doubts{InDoubt: 1})
		b.wantLifted(t, false, 0)
		b.clock.forward(time.Hour)
		second := b.save(t, "second")
		b.wantGuarded(t, restore.Doubts{InDoubt: 1})
		b.wantLifted(t, true, 1)
		if one, two := b.find(t, first.ID), b.find(t, second.ID); one.Status != lead.InDoubt || two.Status != lead.Received {
			t.Errorf("the first is %s, want in_doubt; the second is %s, want received", one.Status, two.Status)
		}
	},
	"who waited for a person may have gone out after the backup, and is sent by Alleviate's word alone": func(t *testing.T, b *bench) {
		b.options.SendLease = time.Minute
		s := b.again(t)
		for _, event := range []lead.Event{lead.SuspectFreed, lead.SendAgain} {
			for _, nothingSince := range []bool{false, true} {
				l := b.waiting(t, event, fmt.Sprint(event, nothingSince))
				d := lead.Decision{Event: event, Attempt: l.Attempt, Who: "ann", Reason: "asked"}
				b.clock.forward(time.Second)
				b.wantGuarded(t, restore.Doubts{})
				restored := b.clock.Now()
				b.clock.forward(time.Hour)
				b.wantLifted(t, nothingSince, 0)
				if !nothingSince {
					if _, err := s.Decide(t.Context(), l.ID, d); !errors.Is(err, store.ErrUnconfirmed) {
						t.Errorf("%s without Alleviate's word: %v", event, err)
					}
					d.Confirmed, d.ConfirmedAt = "Bob", restored.Add(time.Minute)
					if _, err := s.Decide(t.Context(), l.ID, d); err == nil || !strings.Contains(err.Error(), "may have landed until") {
						t.Errorf("%s with a word that is too old: %v", event, err)
					}
					d.ConfirmedAt = restored.Add(time.Minute + time.Second)
				}
				if now, err := s.Decide(t.Context(), l.ID, d); err != nil || now.Status != lead.Received {
					t.Errorf("%s, nothing sent since %v: %s, %v", event, nothingSince, now.Status, err)
				}
				b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a"})
			}
		}
		l := b.waiting(t, lead.SuspectFreed, "after it")
		if _, err := s.Decide(t.Context(), l.ID, lead.Decision{Event: lead.SuspectFreed, Who: "ann", Reason: "a person"}); err != nil {
			t.Errorf("a suspect from after the restore: %v", err)
		}
	},
	"after a clean stop what was received is due again, in one act": func(t *testing.T, b *bench) {
		ids := b.oneOfEach(t)
		b.wantGuarded(t, restore.Doubts{InDoubt: 3, Again: 1})
		b.wantLifted(t, true, 2)
		if l := b.find(t, ids["held"]); l.Status != lead.Received || l.Hold != "consent" {
			t.Errorf("the held lead is %s, hold %q", l.Status, l.Hold)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 2, lead.InDoubt: 1, lead.Created: 2})
		b.clock.forward(48 * time.Hour)
		b.wantClaimable(t, 1, 1, 1) // the held one waits for its consent
		b.wantHistory(t, ids["held"], "0 stored:  → received", "0 restored: received → in_doubt", "0 restore lifted: in_doubt → received")
		if _, err := b.LiftRestore(t.Context(), true, by); !errors.Is(err, restore.ErrNotRestored) {
			t.Errorf("lifted twice: %v", err)
		}
	},
	"restoring and lifting are one commit each with the word of who did it": func(t *testing.T, b *bench) {
		b.oneOfEach(t)
		b.wantGuarded(t, restore.Doubts{InDoubt: 3, Again: 1})
		b.clock.forward(time.Second) // entries of one millisecond have no order
		b.exec(t, "alter table audit_entry rename to hidden")
		if _, err := b.LiftRestore(t.Context(), true, by); err == nil {
			t.Error("lifted without an audit entry")
		}
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 3, lead.Created: 2})
		if _, err := b.RestoreDoubts(t.Context(), by); err == nil {
			t.Error("guarded without an audit entry")
		}
		b.exec(t, "alter table hidden rename to audit_entry")
		if _, waits, err := b.Restored(t.Context()); err != nil || !waits {
			t.Errorf("delivery waits %v, %v", waits, err)
		}
		b.wantLifted(t, true, 2)
		b.clock.forward(time.Second)
		b.wantGuarded(t, restore.Doubts{InDoubt: 2, Again: 0})
		b.clock.forward(time.Second)
		b.wantLifted(t, false, 0)
		b.wantActions(t, "", "ann: restore", "ann: lift restore, nothing sent since", "ann: restore", "ann: lift restore")
	},
	"a doubt of before stays one when the restore is lifted": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Ambiguous})
		b.wantGuarded(t, restore.Doubts{})
		b.wantLifted(t, true, 0)
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 1})
	},
	"no doubt is repeated by itself after a restore, neither one of before nor one of the restore": func(t *testing.T, b *bench) {
		b.save(t, "before")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Ambiguous})
		b.save(t, "waiting")
		if doubts, err := b.Doubts(t.Context()); err != nil || len(doubts) != 1 {
			t.Fatalf("%d doubts to repeat before the restore, %v, want 1", len(doubts), err)
		}
		b.wantGuarded(t, restore.Doubts{InDoubt: 1})
		b.wantLifted(t, false, 0)
		if doubts, err := b.Doubts(t.Context()); err != nil || len(doubts) > 0 {
			t.Errorf("%d doubts to repeat, %v", len(doubts), err)
		}
	},
	"the word that nothing was sent is about the last restore alone": func(t *testing.T, b *bench) {
		b.save(t, "of the first")
		suspect := b.waiting(t, lead.SuspectFreed, "suspect")
		b.wantGuarded(t, restore.Doubts{InDoubt: 1})
		b.clock.forward(time.Second)
		b.wantLifted(t, false, 0) // and nobody knows
		b.save(t, "of the second")
		b.clock.forward(time.Second)
		b.wantGuarded(t, restore.Doubts{InDoubt: 1})
		b.clock.forward(time.Second)
		b.wantGuarded(t, restore.Doubts{}, b.clock.Now().Add(-time.Second))
		b.wantLifted(t, true, 1)
		b.wantCounts(t, map[lead.Status]int{lead.InDoubt: 1, lead.Received: 1, lead.Suspect: 1})
		if _, err := b.Decide(t.Context(), suspect.ID, lead.Decision{Event: lead.SuspectFreed, Who: "ann", Reason: "a person"}); !errors.Is(err, store.ErrUnconfirmed) {
			t.Errorf("a suspect of before the first restore is sent on a word alone: %v", err)
		}
	},
	"the doubts of a restore halt nothing": func(t *testing.T, b *bench) {
		b.saveGroup(t, "key", 50)
		b.wantGuarded(t, restore.Doubts{InDoubt: 50})
		b.wantLifted(t, true, 50)
		b.options.DoubtHalt = 10
		s := b.again(t)
		claimed, err := s.Claim(t.Context(), lead.Send, 1, "courier", b.clock.Now().Add(time.Minute))
		if err != nil || len(claimed) != 1 {
			t.Fatalf("%d leads, %v", len(claimed), err)
		}
		if err := s.Record(t.Context(), claimed[0].ID, 1, lead.Outcome{Event: lead.Ambiguous}); err != nil {
			t.Fatal(err)
		}
		if again, err := s.Claim(t.Context(), lead.Send, 1, "courier", b.clock.Now().Add(time.Minute)); err != nil || len(again) != 1 {
			t.Errorf("%d leads after one doubt, %v", len(again), err)
		}
	},
}

// oneOfEach makes leads that stand where the names say.
func (b *bench) oneOfEach(t *testing.T) map[string]lead.PartnerID {
	t.Helper()
	ids := map[string]lead.PartnerID{}
	answered := lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015, Next: lead.Look}
	ids["looked at"] = b.save(t, "looked at").ID
	b.record(t, b.claim(t, lead.Send), answered)
	b.claim(t, lead.Look)
	ids["submitting"] = b.save(t, "submitting").ID
	answered.Next = lead.Submit
	b.record(t, b.claim(t, lead.Send), answered)
	b.claim(t, lead.Submit)
	ids["sending"] = b.save(t, "sending").ID
	b.claim(t, lead.Send)
	held := Lead("held")
	held.Hold = "consent"
	if _, err := b.Save(t.Context(), held, Record()); err != nil {
		t.Fatal(err)
	}
	ids["held"] = held.ID
	ids["received"] = b.save(t, "received").ID
	return ids
}

// wantGuarded guards the database, which waits since now or since the time that is named.
func (b *bench) wantGuarded(t *testing.T, want restore.Doubts, since ...time.Time) {
	t.Helper()
	got, err := b.RestoreDoubts(t.Context(), by)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, guarded (-want +got):\n%s", err, diff)
	}
	if at, waits, err := b.Restored(t.Context()); err != nil || !waits || !at.Equal(append(since, b.clock.Now())[0]) {
		t.Errorf("restored at %v, waits %v, %v", at, waits, err)
	}
}

func (b *bench) wantLifted(t *testing.T, nothingSince bool, want int) {
	t.Helper()
	if n, err := b.LiftRestore(t.Context(), nothingSince, by); err != nil || n != want {
		t.Errorf("%d leads are due again, %v, want %d", n, err, want)
	}
	if _, waits, err := b.Restored(t.Context()); err != nil || waits {
		t.Errorf("it still waits: %v, %v", waits, err)
	}
}

// waiting is a lead that waits for the event of a person.
func (b *bench) waiting(t *testing.T, event lead.Event, key string) lead.Lead {
	t.Helper()
	if event == lead.SendAgain {
		return b.parked(t, key)
	}
	l := Lead(key)
	l.Status, l.Reason = lead.Suspect, "too fast"
	if _, err := b.Save(t.Context(), l, Record()); err != nil {
		t.Fatal(err)
	}
	return b.find(t, l.ID)
}

// wantClaimable claims all that may be claimed.
func (b *bench) wantClaimable(t *testing.T, send, submit, look int) {
	t.Helper()
	got := map[lead.Step]int{}
	for _, step := range []lead.Step{lead.Send, lead.Submit, lead.Look} {
		claimed, err := b.Claim(t.Context(), step, 99, "courier", b.clock.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		got[step] = len(claimed)
	}
	if diff := cmp.Diff(map[lead.Step]int{lead.Send: send, lead.Submit: submit, lead.Look: look}, got); diff != "" {
		t.Errorf("claimed (-want +got):\n%s", diff)
	}
}
