package storetest

import (
	"errors"
	"testing"
	"time"

	"intake/internal/lead"
)

var dana = lead.Agent{Key: "https://login.example dana", Name: "Dana"}

// notFinal is a lead that Alleviate answered with 1000, whose status is checked in an hour.
func (b *bench) notFinal(t *testing.T, key string) lead.Lead {
	t.Helper()
	b.save(t, key)
	return b.record(t, b.claim(t, lead.Send), lead.Outcome{
		Event: lead.Answered, AlleviateID: "a", ResultCode: 1000, Next: lead.Look, NextAt: b.clock.Now().Add(time.Hour),
	})
}

func (b *bench) wantNoLook(t *testing.T, l lead.Lead, want error) {
	t.Helper()
	if err := b.LookNow(t.Context(), l.ID, dana); !errors.Is(err, want) {
		t.Errorf("a look at a lead that is %s, %q: got %v, want %v", l.Status, l.Reason, err, want)
	}
	if now := b.find(t, l.ID); now.Step != l.Step || !now.NextAttemptAt.Equal(l.NextAttemptAt) {
		t.Errorf("it waits for %q at %s now", now.Step, now.NextAttemptAt)
	}
	b.wantActions(t, l.ID)
}

var lookingNow = map[string]func(*testing.T, *bench){
	"a status check that somebody asks for is due at once, and done by the next claim": func(t *testing.T, b *bench) {
		l := b.notFinal(t, "key")
		for range 3 { // to ask again does nothing more
			if err := b.LookNow(t.Context(), l.ID, dana); err != nil {
				t.Fatal(err)
			}
		}
		b.wantActions(t, l.ID, "Dana: look now")
		got := b.claim(t, lead.Look)
		if got.ID != l.ID || got.Attempt != l.Attempt+1 {
			t.Errorf("claimed %s, attempt %d, want the next attempt of %s", got.ID, got.Attempt, l.ID)
		}
		if err := b.LookNow(t.Context(), l.ID, dana); !errors.Is(err, lead.ErrCalling) {
			t.Errorf("while the call is running: %v", err)
		}
		b.record(t, got, lead.Outcome{Event: lead.Looked, ResultCode: 1018})
		b.wantHistory(t, l.ID, "0 stored:  → received", "1 send begun: received → sending", "1 answered: sending → created",
			"2 look begun: created → created", "2 looked: created → created")
	},
	"a result that rests can be read again": func(t *testing.T, b *bench) {
		b.save(t, "key")
		l := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1042})
		if err := b.LookNow(t.Context(), l.ID, dana); err != nil {
			t.Fatal(err)
		}
		if got := b.claim(t, lead.Look); got.ID != l.ID {
			t.Errorf("claimed %s", got.ID)
		}
	},
	"there is no look where it could change nothing": func(t *testing.T, b *bench) {
		received := b.save(t, "received")
		b.wantNoLook(t, received, lead.ErrNoLook)
		qualified := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015, Next: lead.Submit})
		b.wantNoLook(t, qualified, lead.ErrNoLook)
		b.save(t, "landed")
		landed := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "b", ResultCode: 1003, Reason: lead.LandedBefore})
		b.wantNoLook(t, landed, lead.ErrNoLook)
		b.wantNoLook(t, b.parked(t, "parked"), lead.ErrNoLook)
		if err := b.LookNow(t.Context(), "nobody", dana); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
	},
	"nobody looks unless it is written down who asked": func(t *testing.T, b *bench) {
		l := b.notFinal(t, "key")
		b.exec(t, "alter table audit_entry rename to hidden")
		if err := b.LookNow(t.Context(), l.ID, dana); err == nil {
			t.Error("it was accepted")
		}
		if now := b.find(t, l.ID); !now.NextAttemptAt.Equal(l.NextAttemptAt) {
			t.Errorf("it is due at %s", now.NextAttemptAt)
		}
	},
}
