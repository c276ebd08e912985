package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store"
)

var pacing = map[string]func(*testing.T, *bench){
	"two processes share the pace": func(t *testing.T, b *bench) {
		b.options.Pace = 60
		stores := []*store.Store{b.again(t), b.again(t)}
		const leads = 200
		b.fill(t, leads)
		const burst = 3
		for second := range 60 {
			claimed := make([]int, 2)
			together(2, func(i int) { claimed[i] = take(t, b, stores[i], lead.Send, 50) })
			want := 1
			if second == 0 {
				want = burst
			}
			if claimed[0]+claimed[1] != want {
				t.Errorf("second %d: %d and %d calls, want %d together", second, claimed[0], claimed[1], want)
			}
			b.clock.forward(time.Second)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: leads - 59 - burst, lead.Sending: 59 + burst})
	},
	"a pace that is no whole number of calls a second is kept": func(t *testing.T, b *bench) {
		b.options.Pace = 90
		s := b.again(t)
		b.fill(t, 200)
		took := take(t, b, s, lead.Send, 50)
		for range 60 {
			b.clock.forward(time.Second)
			took += take(t, b, s, lead.Send, 50)
		}
		if took < 90 || took > 93 {
			t.Errorf("%d calls in a minute, want 90 and the 3 of a burst at most", took)
		}
	},
	"a rest saves up no more than a burst": func(t *testing.T, b *bench) {
		b.options.Pace = 60
		s := b.again(t)
		b.fill(t, 20)
		for range 2 {
			if got := take(t, b, s, lead.Send, 50); got != 3 {
				t.Errorf("%d calls at once, want 3", got)
			}
			b.clock.forward(time.Hour)
		}
	},
	"every step takes from the same pace": func(t *testing.T, b *bench) {
		b.fill(t, 6)
		for _, step := range []lead.Step{lead.Submit, lead.Look} {
			for range 2 {
				b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", Next: step})
			}
		}
		b.options.Pace = 60
		s := b.again(t)
		for _, step := range []lead.Step{lead.Send, lead.Submit, lead.Look} {
			if got := take(t, b, s, step, 1); got != 1 {
				t.Errorf("%s: %d calls, want 1", step, got)
			}
		}
		for _, step := range []lead.Step{lead.Send, lead.Submit, lead.Look} {
			if got := take(t, b, s, step, 1); got != 0 {
				t.Errorf("%s: %d calls more, want 0", step, got)
			}
		}
	},
	"a clock that is set back an hour stops nobody for an hour": func(t *testing.T, b *bench) {
		b.options.Pace = 60
		s := b.again(t)
		b.fill(t, 20)
		take(t, b, s, lead.Send, 50)
		b.clock.forward(-time.Hour)
		for _, l := range []int{0, 1, 2} { // they are due in the past of the new time
			b.exec(t, "update lead set next_attempt_at = $1 where id = (select min(id) from lead where status = 'received' and next_attempt_at > $2)", b.clock.Now().UnixMilli(), b.clock.Now().UnixMilli()+int64(l))
		}
		if got := take(t, b, s, lead.Send, 50); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
		b.clock.forward(time.Second)
		if got := take(t, b, s, lead.Send, 50); got != 1 {
			t.Errorf("%d calls a second later, want 1", got)
		}
	},
	"without a pace all that is due may go": func(t *testing.T, b *bench) {
		b.fill(t, 150)
		if got := take(t, b, b.Store, lead.Send, 150); got != 150 {
			t.Errorf("%d calls, want 150", got)
		}
	},
	"one doubt too many in an hour halts createLead for all processes until a person resumes it": func(t *testing.T, b *bench) {
		b.options.DoubtHalt = 3
		one, other := b.again(t), b.again(t)
		b.fill(t, 20)
		for i := range 4 {
			b.wantHalted(t, other, false)
			b.doubt(t, one, i%2 == 0)
		}
		b.wantHalted(t, other, true)
		b.wantHalted(t, b.again(t), true) // also after a restart
		for _, s := range []*store.Store{one, other} {
			if got := take(t, b, s, lead.Send, 9); got != 0 {
				t.Errorf("%d createLead calls although it is halted", got)
			}
		}
		if _, why, err := other.Halted(t.Context()); err != nil || why != "4 new doubts within an hour" {
			t.Errorf("why: %q, %v", why, err)
		}
		b.clock.forward(24 * time.Hour)
		b.wantHalted(t, other, true)
		if err := other.Resume(t.Context(), audit.Entry{Reason: "nobody says so"}); err == nil {
			t.Error("resumed by nobody")
		}
		b.wantHalted(t, one, true)
		if err := other.Resume(t.Context(), audit.Entry{Who: "ann", Reason: "Alleviate is well again"}); err != nil {
			t.Fatal(err)
		}
		b.wantHalted(t, one, false)
		b.wantActions(t, "", "ann: resume createLead")
		if err := other.Resume(t.Context(), audit.Entry{Who: "ann"}); !errors.Is(err, store.ErrNotHalted) {
			t.Errorf("resumed twice: %v", err)
		}
		if got := take(t, b, one, lead.Send, 1); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	},
	"submits and looks go on while createLead is halted": func(t *testing.T, b *bench) {
		b.options.DoubtHalt = 1
		b.fill(t, 6)
		for _, step := range []lead.Step{lead.Submit, lead.Look} {
			b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", Next: step})
		}
		s := b.again(t)
		for range 2 {
			b.doubt(t, s, true)
		}
		b.wantHalted(t, s, true)
		for step, want := range map[lead.Step]int{lead.Send: 0, lead.Submit: 1, lead.Look: 1} {
			if got := take(t, b, s, step, 9); got != want {
				t.Errorf("%s: %d calls, want %d", step, got, want)
			}
		}
	},
	"doubts of more than an hour, and those before a resumption, count no more": func(t *testing.T, b *bench) {
		b.options.DoubtHalt = 2
		s := b.again(t)
		b.fill(t, 20)
		for range 6 {
			b.doubt(t, s, true)
			b.clock.forward(31 * time.Minute)
		}
		b.wantHalted(t, s, false)
		for range 2 {
			b.doubt(t, s, true)
		}
		b.wantHalted(t, s, true)
		if err := s.Resume(t.Context(), audit.Entry{Who: "ann"}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			b.clock.forward(time.Second)
			b.doubt(t, s, true)
		}
		b.wantHalted(t, s, false)
		b.doubt(t, s, true)
		b.wantHalted(t, s, true)
	},
	"without a limit no doubt halts": func(t *testing.T, b *bench) {
		b.fill(t, 15)
		for range 15 {
			b.doubt(t, b.Store, true)
		}
		b.wantHalted(t, b.Store, false)
	},
}

func (b *bench) fill(t *testing.T, n int) {
	t.Helper()
	together(n, func(i int) {
		if _, err := b.Save(t.Context(), Lead(fmt.Sprint("key ", i)), Record()); err != nil {
			t.Error(err)
		}
	})
}

// take claims up to n leads for a minute and says how many it got.
func take(t *testing.T, b *bench, s *store.Store, step lead.Step, n int) int {
	t.Helper()
	leads, err := s.Claim(t.Context(), step, n, "courier", b.clock.Now().Add(time.Minute))
	if err != nil {
		t.Error(err)
	}
	return len(leads)
}

// doubt lets a lead end in doubt: told by the courier, or by the end of its lease.
func (b *bench) doubt(t *testing.T, s *store.Store, told bool) {
	t.Helper()
	leads, err := s.Claim(t.Context(), lead.Send, 1, "courier", b.clock.Now().Add(time.Second))
	if err != nil || len(leads) != 1 {
		t.Fatalf("claimed %d leads, %v", len(leads), err)
	}
	if told {
		err = s.Record(t.Context(), leads[0].ID, leads[0].Attempt, lead.Outcome{Event: lead.Ambiguous, At: b.clock.Now()})
	} else {
		b.clock.forward(time.Second)
		_, err = s.ExpireLeases(t.Context(), b.clock.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bench) wantHalted(t *testing.T, s *store.Store, want bool) {
	t.Helper()
	since, why, err := s.Halted(t.Context())
	if err != nil || since.IsZero() == want || (why != "") != want {
		t.Errorf("halted since %v (%q), %v; want halted: %v", since, why, err, want)
	}
}

// wantActions compares the audit entries about a lead, each as "who: action", and checks the chain.
func (b *bench) wantActions(t *testing.T, about lead.PartnerID, want ...string) {
	t.Helper()
	entries, err := b.AuditLog().Of(t.Context(), string(about))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Who+": "+e.Action)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("audit log: %q, want %q", got, want)
	}
	if _, err := b.AuditLog().Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
