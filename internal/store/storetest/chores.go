package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/store"
	"intake/internal/store/chore"
)

// each is how often the chore of these tests runs.
var each = chore.Period{Every: time.Hour, Retry: time.Minute}

const choreLease = time.Minute

var leasingChores = map[string]func(*testing.T, *bench){
	"of two processes that look at once, one runs a chore": func(t *testing.T, b *bench) {
		processes := []*store.Store{b.Store, b.again(t)}
		for range 10 {
			taken := make([]bool, 10)
			together(10, func(i int) {
				var err error
				if taken[i], err = processes[i%2].Chores().Take(t.Context(), "sweep", owners[i], each, choreLease); err != nil {
					t.Error(err)
				}
			})
			winner := ""
			for i, took := range taken {
				if took && winner != "" {
					t.Fatalf("%s and %s run at the same time", winner, owners[i])
				}
				if took {
					winner = owners[i]
				}
			}
			if winner == "" {
				t.Fatal("nobody runs it")
			}
			b.endChore(t, processes[0], winner, chore.Done)
			b.clock.forward(each.Every)
		}
	},
	"what is done is due again when its time is over, for every process": func(t *testing.T, b *bench) {
		other := b.again(t)
		b.wantTaken(t, b.Store, "a", true)
		b.endChore(t, b.Store, "a", chore.Done)
		b.clock.forward(each.Every - time.Millisecond)
		b.wantTaken(t, b.Store, "a", false)
		b.wantTaken(t, other, "b", false)
		b.clock.forward(time.Millisecond)
		b.wantTaken(t, other, "b", true)
	},
	"a process that dies loses a chore when its lease ends": func(t *testing.T, b *bench) {
		other := b.again(t)
		b.wantTaken(t, b.Store, "a", true)
		b.clock.forward(choreLease - time.Millisecond)
		b.wantTaken(t, other, "b", false)
		b.clock.forward(time.Millisecond)
		b.wantTaken(t, other, "b", true)
		b.wantRenewed(t, b.Store, "a", false)
		b.endChore(t, b.Store, "a", chore.Done) // it was only slow: the other goes on
		b.wantTaken(t, b.Store, "a", false)
		b.wantRenewed(t, other, "b", true)
	},
	"a lease that is renewed keeps others away for as long as a run takes": func(t *testing.T, b *bench) {
		other := b.again(t)
		b.wantTaken(t, b.Store, "a", true)
		for range 10 {
			b.clock.forward(choreLease - time.Millisecond)
			b.wantTaken(t, other, "b", false)
			b.wantRenewed(t, b.Store, "a", true)
		}
	},
	"a run that failed is tried again soon, one that was stopped at once": func(t *testing.T, b *bench) {
		b.wantTaken(t, b.Store, "a", true)
		b.endChore(t, b.Store, "a", chore.Failed)
		b.wantTaken(t, b.Store, "a", false)
		b.clock.forward(each.Retry)
		b.wantTaken(t, b.Store, "a", true)
		b.endChore(t, b.Store, "a", chore.Stopped)
		b.wantTaken(t, b.again(t), "b", true)
	},
	"a clock that is set back a day stops no chore for a day": func(t *testing.T, b *bench) {
		other := b.again(t)
		b.wantTaken(t, b.Store, "a", true)
		b.clock.forward(-day)
		b.wantTaken(t, other, "b", true)
		b.endChore(t, other, "b", chore.Done)
		b.clock.forward(-day)
		b.wantTaken(t, other, "b", true)
	},
	"a process whose clock runs ahead takes a chore from another once, and is not robbed in turn": func(t *testing.T, b *bench) {
		other := b.again(t)
		b.wantTaken(t, b.Store, "a", true)
		b.clock.forward(10 * time.Minute)
		b.wantTaken(t, other, "b", true)
		b.clock.forward(-10 * time.Minute)
		b.wantRenewed(t, b.Store, "a", false)
		b.wantTaken(t, b.Store, "a", false)
	},
	"the chores are listed with their last runs": func(t *testing.T, b *bench) {
		begun := b.clock.Now()
		b.wantTaken(t, b.Store, "a", true)
		b.endChore(t, b.Store, "a", chore.Done)
		b.clock.forward(each.Every)
		b.wantTaken(t, b.Store, "b", true)
		b.endChore(t, b.Store, "b", chore.Failed)
		b.clock.forward(each.Retry)
		b.wantTaken(t, b.Store, "c", true)
		want := []chore.State{{Name: "sweep", Owner: "c", DoneAt: begun, FailedAt: begun.Add(each.Every), LeaseUntil: b.clock.Now().Add(choreLease)}}
		got, err := b.Chores().List(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, chores (-want +got):\n%s", err, diff)
		}
		b.endChore(t, b.Store, "c", chore.Done)
		if got, err := b.Chores().List(t.Context()); err != nil || len(got) != 1 || !got[0].FailedAt.IsZero() {
			t.Errorf("%+v, %v, want no failure behind a success", got, err)
		}
	},
}

var owners = []string{"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"}

func (b *bench) wantTaken(t *testing.T, s *store.Store, owner string, want bool) {
	t.Helper()
	if got, err := s.Chores().Take(t.Context(), "sweep", owner, each, choreLease); err != nil || got != want {
		t.Fatalf("%s takes the chore: %v, %v, want %v", owner, got, err, want)
	}
}

func (b *bench) wantRenewed(t *testing.T, s *store.Store, owner string, want bool) {
	t.Helper()
	if got, err := s.Chores().Renew(t.Context(), "sweep", owner, choreLease); err != nil || got != want {
		t.Errorf("%s renews its lease: %v, %v, want %v", owner, got, err, want)
	}
}

func (b *bench) endChore(t *testing.T, s *store.Store, owner string, run chore.Result) {
	t.Helper()
	if err := s.Chores().End(t.Context(), "sweep", owner, b.clock.Now(), run); err != nil {
		t.Fatal(err)
	}
}
