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

var deciding = map[string]func(*testing.T, *bench){
	"a decision, its history and its audit entry are one commit": func(t *testing.T, b *bench) {
		l := b.parked(t, "key")
		d := lead.Decision{Event: lead.SendAgain, Attempt: 1, Who: "ann", Reason: "the state was corrected", RequestID: "r1"}
		b.exec(t, "drop table audit_entry")
		if _, err := b.Decide(t.Context(), l.ID, d); err == nil {
			t.Error("decided without an audit entry")
		}
		if diff := cmp.Diff(l, b.find(t, l.ID)); diff != "" {
			t.Errorf("the lead moved without an audit entry (-before +after):\n%s", diff)
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "1 send begun: received → sending", "1 rejected: sending → parked")
	},
	"a parked lead is sent again, and counts its failures anew": func(t *testing.T, b *bench) {
		l := b.parked(t, "key")
		b.exec(t, "update lead set failures = 11 where id = $1", l.ID)
		b.clock.forward(time.Hour)
		d := lead.Decision{Event: lead.SendAgain, Attempt: 1, Who: "ann", Reason: "corrected", RequestID: "r1"}
		got := b.decide(t, l.ID, d)
		if got.Status != lead.Received || got.Step != lead.Send || !got.NextAttemptAt.Equal(b.clock.Now()) || got.Failures != 0 || got.Attempt != 1 || !got.ChangedAt.Equal(b.clock.Now()) {
			t.Errorf("got %s, waits for %q at %v, %d failures, attempt %d", got.Status, got.Step, got.NextAttemptAt, got.Failures, got.Attempt)
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "1 send begun: received → sending", "1 rejected: sending → parked", "1 send again: parked → received")
		entries, err := b.AuditLog().Of(t.Context(), string(l.ID))
		if err != nil || len(entries) != 1 {
			t.Fatalf("%d audit entries, %v", len(entries), err)
		}
		want := audit.Entry{At: b.clock.Now(), Who: "ann", Action: "send again", Lead: string(l.ID), Reason: "corrected", RequestID: "r1",
			Fields: []string{"changed_at", "failures", "next_attempt_at", "reason", "status", "step"}}
		if diff := cmp.Diff(want, entries[0], asWritten); diff != "" {
			t.Errorf("audit entry (-want +got):\n%s", diff)
		}
		if _, err := b.AuditLog().Verify(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if again := b.claim(t, lead.Send); again.ID != l.ID || again.Attempt != 2 {
			t.Errorf("claimed %s, attempt %d", again.ID, again.Attempt)
		}
	},
	"a lead that was given up after twelve failures gets all its tries anew": func(t *testing.T, b *bench) {
		answered := lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015, Next: lead.Submit}
		for _, tt := range []struct {
			step  lead.Step
			event lead.Event
		}{{lead.Send, lead.SendAgain}, {lead.Submit, lead.GoOn}} {
			b.save(t, "key "+string(tt.step))
			if tt.step == lead.Submit {
				b.record(t, b.claim(t, lead.Send), answered)
			}
			failing := lead.Outcome{Event: lead.Postponed, Next: tt.step, Failed: true, Reason: "transient"}
			for range 11 {
				b.record(t, b.claim(t, tt.step), failing)
				b.clock.forward(3 * time.Hour)
			}
			failing.Event, failing.Next = lead.GaveUp, lead.AtRest
			l := b.record(t, b.claim(t, tt.step), failing)
			if l.Status != lead.Parked || l.Failures != 12 {
				t.Fatalf("%s: %s after %d failures", tt.step, l.Status, l.Failures)
			}
			b.decide(t, l.ID, lead.Decision{Event: tt.event, Attempt: l.Attempt, Who: "ann", Reason: "Alleviate is back"})
			if again := b.claim(t, tt.step); again.ID != l.ID || again.Failures != 0 || again.Attempt != l.Attempt+1 {
				t.Errorf("%s: claimed with %d failures, attempt %d, want 0 and %d", tt.step, again.Failures, again.Attempt, l.Attempt+1)
			}
		}
	},
	"a decision that the lead does not take changes nothing": func(t *testing.T, b *bench) {
		l := b.parked(t, "key")
		for _, d := range []lead.Decision{
			{Event: lead.SendAgain, Attempt: 0, Who: "ann", Reason: "seen before the last attempt"},
			{Event: lead.GoOn, Attempt: 1, Who: "ann", Reason: "Alleviate never had it"},
			{Event: lead.SuspectFreed, Attempt: 1, Who: "ann", Reason: "it is no suspect"},
			{Event: lead.SendAgain, Attempt: 1, Who: "ann"},
			{Event: lead.SendAgain, Attempt: 1, Reason: "nobody"},
		} {
			if _, err := b.Decide(t.Context(), l.ID, d); err == nil {
				t.Errorf("%q was taken: %s", d.Event, d.Reason)
			}
		}
		if diff := cmp.Diff(l, b.find(t, l.ID)); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		b.wantActions(t, l.ID)
		if _, err := b.Decide(t.Context(), "nobody", lead.Decision{}); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("no such lead: %v", err)
		}
	},
	"of two people who decide at once one is heard": func(t *testing.T, b *bench) {
		stores := []*store.Store{b.Store, b.again(t)}
		for i := range 10 {
			l := b.parked(t, fmt.Sprint("key ", i))
			errs := make([]error, 2)
			together(2, func(i int) {
				event := []lead.Event{lead.SendAgain, lead.ClosedByHand}[i]
				_, errs[i] = stores[i].Decide(t.Context(), l.ID, lead.Decision{Event: event, Attempt: 1, Who: "ann", Reason: "r"})
			})
			entries, err := b.AuditLog().Of(t.Context(), string(l.ID))
			if err != nil {
				t.Fatal(err)
			}
			took := 0
			for _, err := range errs {
				if err == nil {
					took++
				}
			}
			if took != len(entries) || took == 0 { // sent again and then closed is possible, too
				t.Errorf("%v, and %d audit entries", errs, len(entries))
			}
			if b.find(t, l.ID).Status == lead.Received {
				_, err := b.Decide(t.Context(), l.ID, lead.Decision{Event: lead.ClosedByHand, Attempt: 1, Who: "ann", Reason: "r"})
				if err != nil {
					t.Error(err)
				}
			}
		}
	},
	"a suspect is released or discarded": func(t *testing.T, b *bench) {
		for event, want := range map[lead.Event]lead.Status{lead.SuspectFreed: lead.Received, lead.SuspectDiscarded: lead.Closed} {
			l := Lead("key " + string(event))
			l.Status, l.Reason = lead.Suspect, "too fast"
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Fatal(err)
			}
			got := b.decide(t, l.ID, lead.Decision{Event: event, Who: "ann", Reason: "called"})
			if got.Status != want || (got.Step == lead.Send) != (want == lead.Received) || got.Reason != "called" {
				t.Errorf("%s: %s, waits for %q, %q", event, got.Status, got.Step, got.Reason)
			}
		}
	},
	"a doubt is resolved: found there, not there, or closed": func(t *testing.T, b *bench) {
		when := time.Date(2026, time.March, 3, 10, 0, 0, 0, time.UTC)
		for _, tt := range []struct {
			decision   lead.Decision
			wantStatus lead.Status
			wantStep   lead.Step
			wantReason string
		}{
			{lead.Decision{Event: lead.FoundThere, AlleviateID: "mlas-1", ResultCode: 1015, Bid: "12.50", Next: lead.Submit}, lead.Created, lead.Submit, "asked"},
			{lead.Decision{Event: lead.NotThere, Confirmed: "Bob", ConfirmedAt: when}, lead.Received, lead.Send, "Bob confirmed at 2026-03-03T10:00:00Z: asked"},
			{lead.Decision{Event: lead.ClosedByHand}, lead.Closed, lead.AtRest, "asked"},
		} {
			b.save(t, "key "+string(tt.decision.Event))
			l := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Ambiguous, Reason: "cut"})
			tt.decision.Attempt, tt.decision.Who, tt.decision.Reason = 1, "ann", "asked"
			b.clock.forward(max(0, tt.decision.ConfirmedAt.Sub(b.clock.Now())))
			got := b.decide(t, l.ID, tt.decision)
			if got.Status != tt.wantStatus || got.Step != tt.wantStep || got.Reason != tt.wantReason || !got.DoubtSince.IsZero() {
				t.Errorf("%s: %s, waits for %q, %q", tt.decision.Event, got.Status, got.Step, got.Reason)
			}
			if got.AlleviateID != tt.decision.AlleviateID || got.ResultCode != tt.decision.ResultCode || got.Bid != tt.decision.Bid {
				t.Errorf("%s: id %q, code %d, bid %q", tt.decision.Event, got.AlleviateID, got.ResultCode, got.Bid)
			}
			if got.Status == lead.Received { // the next round claims
				b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a"})
			}
		}
	},
	"an answer that comes after not there was said still counts": func(t *testing.T, b *bench) {
		b.save(t, "key")
		claimed := b.claim(t, lead.Send)
		b.record(t, claimed, lead.Outcome{Event: lead.Ambiguous})
		b.clock.forward(time.Hour)
		b.decide(t, claimed.ID, lead.Decision{Event: lead.NotThere, Attempt: 1, Who: "ann", Reason: "asked", Confirmed: "Bob", ConfirmedAt: b.clock.Now()})
		if got := b.record(t, claimed, lead.Outcome{Event: lead.Answered, AlleviateID: "a"}); got.Status != lead.Created || got.Step != lead.AtRest {
			t.Errorf("%s, waits for %q", got.Status, got.Step)
		}
	},
	"who says that Alleviate does not have a lead asked after the call could land, and not in the future": func(t *testing.T, b *bench) {
		b.options.SendLease, b.options.Longest = 4*time.Minute, 10*time.Minute
		b.Store = b.again(t)
		for story, tt := range map[string]struct {
			restored bool
			longest  time.Duration
			last     time.Duration // until when the call may have landed, after it began
		}{
			"until the end of the lease": {longest: 0, last: time.Minute},
			"until Alleviate's longest":  {longest: 10 * time.Minute, last: 10 * time.Minute},
			"until a restore and a call": {restored: true, longest: 0, last: 30*time.Second + 4*time.Minute},
		} {
			b.options.Longest = tt.longest
			s := b.again(t)
			b.save(t, story)
			begun := b.clock.Now()
			claimed := b.claim(t, lead.Send) // for a minute
			b.clock.forward(30 * time.Second)
			b.record(t, claimed, lead.Outcome{Event: lead.Ambiguous})
			if tt.restored {
				b.wantGuarded(t, restore.Doubts{})
				b.wantLifted(t, false, 0)
			}
			b.clock.forward(time.Hour)
			last := begun.Add(tt.last)
			for _, wrong := range []struct {
				at   time.Time
				want string
			}{
				{begun.Add(-time.Hour), last.Format(time.RFC3339)}, {begun.Add(31 * time.Second), last.Format(time.RFC3339)}, {last, last.Format(time.RFC3339)},
				{b.clock.Now().Add(time.Millisecond), "from the future"},
			} {
				d := lead.Decision{Event: lead.NotThere, Attempt: 1, Who: "ann", Reason: "asked", Confirmed: "Bob", ConfirmedAt: wrong.at}
				if _, err := s.Decide(t.Context(), claimed.ID, d); err == nil || !strings.Contains(err.Error(), wrong.want) {
					t.Errorf("%s, confirmed at %v: %v, want %q", story, wrong.at, err, wrong.want)
				}
			}
			if l := b.find(t, claimed.ID); l.Status != lead.InDoubt {
				t.Fatalf("%s: %s", story, l.Status)
			}
			d := lead.Decision{Event: lead.NotThere, Attempt: 1, Who: "ann", Reason: "asked", Confirmed: "Bob", ConfirmedAt: last.Add(time.Millisecond)}
			if _, err := s.Decide(t.Context(), claimed.ID, d); err != nil {
				t.Errorf("%s: %v", story, err)
			}
			b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a"})
		}
	},
	"the facts of a lead open nothing": func(t *testing.T, b *bench) {
		want := b.save(t, "key")
		b.exec(t, "update lead set answers = ssn where id = $1", want.ID)
		got, err := b.Facts(t.Context(), want.ID)
		want.Applicant, want.Handle, want.Permission.ClientIP = lead.Applicant{}, lead.Private[string]{}, lead.Private[string]{}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if _, err := b.Facts(t.Context(), "nobody"); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("no such lead: %v", err)
		}
	},
	"each list holds its leads, those that stand there for longest first": func(t *testing.T, b *bench) {
		b.clock.forward(time.Hour)
		newest := b.parked(t, "newest")
		b.clock.forward(-time.Hour)
		oldest := b.parked(t, "oldest")
		b.save(t, "not final")
		notFinal := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 9999, Next: lead.Look, NextAt: b.clock.Now().Add(100 * time.Hour)})
		b.save(t, "final")
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1018})
		b.wantList(t, store.Parked, 9, oldest.ID, newest.ID)
		b.wantList(t, store.Parked, 1, oldest.ID)
		b.wantList(t, store.InDoubt, 9)
		b.clock.forward(24*time.Hour - time.Millisecond)
		b.wantList(t, store.NotFinal, 9)
		b.clock.forward(time.Millisecond)
		b.wantList(t, store.NotFinal, 9, notFinal.ID)
		b.wantList(t, store.Stuck, 9)
	},
	"planted orphans are listed, and nobody else": func(t *testing.T, b *bench) {
		b.parked(t, "parked")
		held := Lead("held")
		held.Hold, held.Step = "consent", lead.Send
		if _, err := b.Save(t.Context(), held, Record()); err != nil {
			t.Fatal(err)
		}
		leased := b.save(t, "leased")
		b.claim(t, lead.Send)
		b.clock.forward(time.Second)
		lost := b.save(t, "lost")
		b.exec(t, "update lead set step = '', next_attempt_at = null where id = $1", lost.ID)
		b.clock.forward(time.Second)
		sending := b.save(t, "sending without a lease")
		b.exec(t, "update lead set status = 'sending' where id = $1", sending.ID)
		b.clock.forward(time.Second)
		waiting := b.save(t, "due")
		b.wantOrphans(t, true, lost.ID, sending.ID)
		b.clock.forward(11 * time.Minute)
		b.wantOrphans(t, true, lost.ID, sending.ID, leased.ID)
		b.clock.forward(49 * time.Minute)
		b.wantOrphans(t, true, lost.ID, sending.ID, waiting.ID, leased.ID)
		b.wantOrphans(t, false, lost.ID, sending.ID, leased.ID)
	},
	"a lead without a result that nobody would look at again is an orphan": func(t *testing.T, b *bench) {
		answered := func(key string, code int) lead.Lead {
			b.save(t, key)
			b.clock.forward(time.Second)
			return b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: code, Next: lead.Look, NextAt: b.clock.Now().Add(100 * time.Hour)})
		}
		forgotten, timeless, final, looked := answered("forgotten", 1000), answered("timeless", 9999), answered("final", 1018), answered("looked", 1001)
		b.wantOrphans(t, false)
		b.exec(t, "update lead set step = '', next_attempt_at = null where id in ($1, $2)", forgotten.ID, final.ID)
		b.exec(t, "update lead set next_attempt_at = null where id = $1", timeless.ID)
		b.wantOrphans(t, false, forgotten.ID, timeless.ID)
		if now := b.find(t, looked.ID); now.Step != lead.Look {
			t.Errorf("the lead that is looked at waits for %q", now.Step)
		}
	},
	"a lead that was closed without a result is looked at, and listed when there is one": func(t *testing.T, b *bench) {
		b.save(t, "key")
		l := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1000, Next: lead.Look})
		closed := b.record(t, b.claim(t, lead.Look), lead.Outcome{Event: lead.Unresolved, Reason: "nothing", Next: lead.LookBack, NextAt: b.clock.Now().Add(time.Hour)})
		if got, err := b.Claim(t.Context(), lead.LookBack, 9, "courier", b.clock.Now().Add(time.Minute)); err != nil || len(got) != 0 {
			t.Errorf("%d leads are claimed before their time, %v", len(got), err)
		}
		b.clock.forward(time.Hour)
		b.exec(t, "update lead set answers = $1 where id = $2", []byte("sealed by nobody"), l.ID) // a look opens nothing
		for range 2 {
			look := b.claim(t, lead.LookBack)
			if look.ID != l.ID || look.Status != lead.Closed || look.AlleviateID != "a" || !look.ChangedAt.Equal(closed.ChangedAt) {
				t.Errorf("claimed %+v", look)
			}
			b.clock.forward(2 * time.Minute) // nobody comes back
			b.wantExpired(t, 1)
		}
		b.wantList(t, store.Changed, 9)
		if err := b.Record(t.Context(), l.ID, b.claim(t, lead.LookBack).Attempt, lead.Outcome{Event: lead.ResultChanged, Reason: lead.ChangedLate + ": 1015"}); err != nil {
			t.Fatal(err)
		}
		b.wantList(t, store.Changed, 9, l.ID)
		b.wantOrphans(t, true)
		b.wantCounts(t, map[lead.Status]int{lead.Closed: 1})
		b.clock.forward(60 * 24 * time.Hour)
		b.wantList(t, store.Changed, 9)
		if got, err := b.Claim(t.Context(), lead.LookBack, 9, "courier", b.clock.Now().Add(time.Minute)); err != nil || len(got) != 0 {
			t.Errorf("%d leads are claimed after their result, %v", len(got), err)
		}
	},
	"a queue that waits for the pace or for a person is no orphan": func(t *testing.T, b *bench) {
		b.fill(t, 9)
		b.options.Pace, b.options.DoubtHalt = 60, 1
		s := b.again(t)
		b.clock.forward(2 * time.Hour)
		for want := range map[int]bool{9: true} {
			if got, err := s.Orphans(t.Context(), true, lead.Page{Size: 99}); err != nil || len(got) != want {
				t.Errorf("%d orphans, %v, want %d", len(got), err, want)
			}
		}
		take(t, b, s, lead.Send, 9)
		if got, err := s.Orphans(t.Context(), true, lead.Page{Size: 99}); err != nil || len(got) != 0 {
			t.Errorf("%d orphans while the pace is used up, %v", len(got), err)
		}
		b.clock.forward(3 * time.Second)
		for range 2 {
			b.doubt(t, s, true)
			b.clock.forward(time.Minute)
		}
		b.wantHalted(t, s, true)
		if got, err := s.Orphans(t.Context(), true, lead.Page{Size: 99}); err != nil || len(got) != 0 {
			t.Errorf("%d orphans while createLead is halted, %v", len(got), err)
		}
	},
}

var resending = map[string]func(*testing.T, *bench){
	"a doubt that has settled is claimed once more, and never again": func(t *testing.T, b *bench) {
		doubt := b.inDoubt(t, "key")
		b.clock.forward(15*time.Minute - time.Millisecond)
		b.wantResent(t, doubt, 0)
		b.clock.forward(time.Millisecond)
		seen := doubt
		seen.Attempt = 0 // as if another call had begun and been lost since
		b.wantResent(t, seen, 0)
		got := b.wantResent(t, doubt, 1)[0]
		want := doubt
		want.Status, want.Step, want.Attempt, want.Resent, want.Reason = lead.Sending, lead.Send, 2, true, doubt.Reason
		want.LeaseUntil, want.NextAttemptAt, want.ChangedAt, want.DoubtSince = b.clock.Now().Add(time.Minute), b.clock.Now(), b.clock.Now(), doubt.DoubtSince
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claimed (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, b.find(t, doubt.ID)); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		b.wantResent(t, doubt, 0)
		again := b.record(t, got, lead.Outcome{Event: lead.Ambiguous})
		b.clock.forward(1000 * time.Hour)
		b.wantResent(t, again, 0)
		if doubts, err := b.Doubts(t.Context()); err != nil || len(doubts) != 0 {
			t.Errorf("%d doubts may be repeated, %v, want none", len(doubts), err)
		}
		b.wantHistory(t, doubt.ID, "0 stored:  → received", "1 send begun: received → sending", "1 ambiguous: sending → in_doubt",
			"2 resend begun: in_doubt → sending", "2 ambiguous: sending → in_doubt")
	},
	"the repeat is refused: nobody sends the lead again without Alleviate's word": func(t *testing.T, b *bench) {
		doubt := b.inDoubt(t, "key")
		b.clock.forward(time.Hour)
		repeat := b.wantResent(t, doubt, 1)[0]
		b.record(t, repeat, lead.Outcome{Event: lead.Rejected, Reason: "rejected: certificate"})
		again := lead.Decision{Event: lead.SendAgain, Attempt: 2, Who: "ann", Reason: "corrected"}
		b.clock.forward(time.Hour)
		if _, err := b.Decide(t.Context(), doubt.ID, again); !errors.Is(err, store.ErrResent) {
			t.Errorf("without a confirmation: %v", err)
		}
		again.Confirmed, again.ConfirmedAt = "their support", repeat.ChangedAt.Add(time.Second)
		if _, err := b.Decide(t.Context(), doubt.ID, again); err == nil {
			t.Error("a confirmation of before the end of the call was enough")
		}
		again.ConfirmedAt = b.clock.Now()
		if l, err := b.Decide(t.Context(), doubt.ID, again); err != nil || l.Step != lead.Send {
			t.Errorf("with a confirmation: %s, %v", l.Status, err)
		}
	},
	"the lease of a repeat runs out: in doubt for a person": func(t *testing.T, b *bench) {
		doubt := b.inDoubt(t, "key")
		b.clock.forward(time.Hour)
		b.wantResent(t, doubt, 1)
		b.clock.forward(time.Hour)
		b.wantExpired(t, 1)
		b.clock.forward(time.Hour)
		b.wantResent(t, b.find(t, doubt.ID), 0)
	},
	"the answer to the first call is fenced off once the repeat has begun": func(t *testing.T, b *bench) {
		b.save(t, "key")
		first := b.claim(t, lead.Send)
		b.record(t, first, lead.Outcome{Event: lead.Ambiguous})
		b.clock.forward(time.Hour)
		b.wantResent(t, b.find(t, first.ID), 1)
		if err := b.Record(t.Context(), first.ID, 1, lead.Outcome{Event: lead.Answered, AlleviateID: "a"}); !errors.Is(err, lead.ErrFenced) {
			t.Errorf("got %v, want lead.ErrFenced", err)
		}
	},
	"of eight processes one repeats": func(t *testing.T, b *bench) {
		stores := []*store.Store{b.Store, b.again(t)}
		doubt := b.inDoubt(t, "key")
		b.clock.forward(time.Hour)
		claimed := make([]int, 8)
		together(8, func(i int) {
			leads, err := stores[i%2].ClaimDoubt(t.Context(), doubt.Summary(), 15*time.Minute, "courier", b.clock.Now().Add(time.Minute))
			if err != nil {
				t.Error(err)
			}
			claimed[i] = len(leads)
		})
		if got := strings.Count(fmt.Sprint(claimed), "1"); got != 1 {
			t.Errorf("claimed %v, want one", claimed)
		}
	},
	"pace and halt hold for repeats": func(t *testing.T, b *bench) {
		doubt := b.inDoubt(t, "key")
		b.fill(t, 9)
		b.clock.forward(time.Hour)
		b.options.Pace, b.options.DoubtHalt = 60, 1
		s := b.again(t)
		take(t, b, s, lead.Send, 9)
		resend := func() int {
			leads, err := s.ClaimDoubt(t.Context(), doubt.Summary(), 15*time.Minute, "courier", b.clock.Now().Add(time.Minute))
			if err != nil && !errors.Is(err, lead.ErrPaced) || (err == nil) != (len(leads) > 0) {
				t.Errorf("%d repeats, %v", len(leads), err)
			}
			return len(leads)
		}
		if got := resend(); got != 0 {
			t.Errorf("%d repeats while the pace is used up", got)
		}
		b.clock.forward(time.Minute)
		for range 2 {
			b.doubt(t, s, true)
		}
		b.clock.forward(time.Minute)
		if got := resend(); got != 0 {
			t.Errorf("%d repeats while createLead is halted", got)
		}
		if err := s.Resume(t.Context(), audit.Entry{Who: "ann"}); err != nil {
			t.Fatal(err)
		}
		if got := resend(); got != 1 {
			t.Errorf("%d repeats, want 1", got)
		}
	},
	"nothing that came from a backup is repeated": func(t *testing.T, b *bench) {
		restored := b.save(t, "received when the backup was made")
		b.clock.forward(time.Second)
		if _, err := b.RestoreDoubts(t.Context(), by); err != nil {
			t.Fatal(err)
		}
		b.clock.forward(time.Hour)
		b.wantResent(t, b.find(t, restored.ID), 0)
		if _, err := b.LiftRestore(t.Context(), false, by); err != nil {
			t.Fatal(err)
		}
		b.wantResent(t, b.find(t, restored.ID), 0)
	},
}

func (b *bench) decide(t *testing.T, id lead.PartnerID, d lead.Decision) lead.Lead {
	t.Helper()
	got, err := b.Decide(t.Context(), id, d)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := b.Facts(t.Context(), id)
	if diff := cmp.Diff(stored, got); diff != "" || err != nil {
		t.Errorf("%v (-stored +returned):\n%s", err, diff)
	}
	b.wantActions(t, id, d.Who+": "+string(d.Event))
	return got
}

// parked is a lead that Alleviate refused.
func (b *bench) parked(t *testing.T, key string) lead.Lead {
	t.Helper()
	b.save(t, key)
	return b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Rejected, Reason: "rejected: state"})
}

func (b *bench) inDoubt(t *testing.T, key string) lead.Lead {
	t.Helper()
	b.save(t, key)
	return b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Ambiguous, Reason: "cut"})
}

// wantResent claims the doubt for its repeat, with a settle of 15 minutes.
func (b *bench) wantResent(t *testing.T, doubt lead.Lead, n int) []lead.Lead {
	t.Helper()
	leads, err := b.ClaimDoubt(t.Context(), doubt.Summary(), 15*time.Minute, "courier", b.clock.Now().Add(time.Minute))
	if err != nil || len(leads) != n {
		t.Fatalf("%d leads are repeated, %v, want %d", len(leads), err, n)
	}
	return leads
}

func (b *bench) wantList(t *testing.T, list store.List, n int, want ...lead.PartnerID) {
	t.Helper()
	leads, err := b.Leads(t.Context(), list, lead.Page{Size: n})
	wantIDs(t, string(list), leads, err, want)
}

func (b *bench) wantOrphans(t *testing.T, open bool, want ...lead.PartnerID) {
	t.Helper()
	leads, err := b.Orphans(t.Context(), open, lead.Page{Size: 99})
	wantIDs(t, fmt.Sprint("orphans, delivery open: ", open), leads, err, want)
}

func wantIDs(t *testing.T, what string, leads []lead.Summary, err error, want []lead.PartnerID) {
	t.Helper()
	var got []lead.PartnerID
	for _, l := range leads {
		got = append(got, l.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
	}
}
