package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
)

// fakeSource is the changes of a database, and its own only subscription.
type fakeSource struct {
	mu         sync.Mutex
	news       News
	ready      chan struct{}
	open, made int
	reads      int
	fail       error
	failOpen   error
}

func newSource() *fakeSource { return &fakeSource{ready: make(chan struct{}, 1)} }

func (s *fakeSource) Subscribe(context.Context) (Subscription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failOpen != nil {
		return nil, s.failOpen
	}
	s.open, s.made = s.open+1, s.made+1
	return s, nil
}

// AgentOf is the part of an id before the dash.
func (s *fakeSource) AgentOf(_ context.Context, id lead.PartnerID) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	for i, c := range id {
		if c == '-' {
			return string(id[:i]), s.fail
		}
	}
	return "", s.fail
}

func (s *fakeSource) Ready() <-chan struct{} { return s.ready }

func (s *fakeSource) Take() News {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := s.news
	s.news = News{}
	return news
}

func (s *fakeSource) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
}

func (s *fakeSource) change(missed bool, ids ...lead.PartnerID) {
	s.mu.Lock()
	s.news.Leads, s.news.Missed = append(s.news.Leads, ids...), missed
	s.mu.Unlock()
	s.ready <- struct{}{}
}

func (s *fakeSource) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// running runs a hub in a bubble of its own time; every synctest.Wait lets it do all that it can.
func running(t *testing.T, test func(*Hub, *fakeSource)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		source := newSource()
		hub := New(source, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		var ended atomic.Bool
		go func() { hub.Run(ctx); ended.Store(true) }()
		test(hub, source)
		stop()
		synctest.Wait()
		if !ended.Load() || source.open != 0 {
			t.Errorf("ended: %v, with %d subscriptions", ended.Load(), source.open)
		}
	})
}

// wants compares what a follower takes.
func (f *Follower) wants(t *testing.T, what string, wantAll bool, want ...lead.PartnerID) {
	t.Helper()
	synctest.Wait()
	leads, all := f.Take()
	if diff := cmp.Diff(want, leads); diff != "" || all != wantAll {
		t.Errorf("%s: everything %v, want %v (-want +got):\n%s", what, all, wantAll, diff)
	}
}

func TestHub_TellsAgentsOfTheirOwnLeadsAlone(t *testing.T) {
	running(t, func(h *Hub, s *fakeSource) {
		ann, bob, page := h.FollowAgent("ann"), h.FollowAgent("bob"), h.FollowLead("bob-2")
		for _, f := range []*Follower{ann, bob, page} {
			f.wants(t, "at first", true)
		}
		s.change(false, "ann-1", "bob-2", "ann-3", "ann-1", "of a consumer")
		ann.wants(t, "ann", false, "ann-1", "ann-3")
		bob.wants(t, "bob", false, "bob-2")
		page.wants(t, "the page of a lead", false, "bob-2")
		ann.wants(t, "and nothing more", false)
		ann.Close()
		s.change(false, "ann-1", "bob-2")
		ann.wants(t, "after the end", false)
		bob.wants(t, "who stays", false, "bob-2")
		bob.Close()
		bob.Close()
		page.Close()
	})
}

func TestHub_ReadsEachLeadOnceForAllThatAreOpen(t *testing.T) {
	running(t, func(h *Hub, s *fakeSource) {
		var desks []*Follower
		for i := range 300 {
			desks = append(desks, h.FollowAgent(fmt.Sprint("agent", i)))
		}
		desks[7].wants(t, "at first", true)
		for range 3 {
			s.change(false, "agent7-1", "of a consumer")
			desks[7].wants(t, "the one", false, "agent7-1")
		}
		if s.reads != 2 || s.made != 1 {
			t.Errorf("%d reads and %d subscriptions, want 2 and 1", s.reads, s.made)
		}
		for i, f := range desks {
			if i != 7 {
				f.wants(t, "another", true) // from the beginning
			}
			f.Close()
		}
	})
}

func TestHub_ReadsNoAgentForThePageOfALead(t *testing.T) {
	running(t, func(h *Hub, s *fakeSource) {
		page := h.FollowLead("ann-1")
		page.wants(t, "at first", true)
		s.change(false, "ann-1", "ann-2")
		page.wants(t, "then", false, "ann-1")
		if s.reads != 0 {
			t.Errorf("%d reads", s.reads)
		}
		page.Close()
	})
}

func TestHub_TellsSlowReadersToReadEverything(t *testing.T) {
	running(t, func(h *Hub, s *fakeSource) {
		slow := h.FollowAgent("ann")
		slow.wants(t, "at first", true)
		for i := range maxWaiting {
			s.change(false, lead.PartnerID(fmt.Sprint("ann-", i)))
			synctest.Wait()
		}
		if leads, all := slow.Take(); len(leads) != maxWaiting || all {
			t.Errorf("%d leads, everything %v", len(leads), all)
		}
		for i := range maxWaiting + 1 {
			s.change(false, lead.PartnerID(fmt.Sprint("ann-", i)))
			synctest.Wait()
		}
		slow.wants(t, "one more", true)
		s.change(true)
		slow.wants(t, "when the feed missed some", true)
		slow.Close()
	})
}

func TestHub_AsksAgainWhoseLeadItIs(t *testing.T) {
	running(t, func(h *Hub, s *fakeSource) {
		ann := h.FollowAgent("ann")
		ann.wants(t, "at first", true)
		s.set(func() { s.fail = errors.New("disk full") })
		s.change(false, "ann-1")
		ann.wants(t, "while it cannot be read", false)
		s.set(func() { s.fail = nil })
		time.Sleep(retryEvery)
		ann.wants(t, "later", false, "ann-1")
		ann.Close()
	})
}

func TestHub_SubscribesWhileSomebodyFollowsAndTriesAgain(t *testing.T) {
	running(t, func(h *Hub, s *fakeSource) {
		synctest.Wait()
		if s.made != 0 {
			t.Error("it reads although nobody follows")
		}
		s.set(func() { s.failOpen = errors.New("closed") })
		first := h.FollowAgent("ann")
		first.wants(t, "at first", true)
		s.set(func() { s.failOpen = nil })
		time.Sleep(retryEvery)
		first.wants(t, "once it can be read", true)
		first.Close()
		synctest.Wait()
		if s.open != 0 || s.made != 1 {
			t.Errorf("%d subscriptions are open, of %d", s.open, s.made)
		}
		second := h.FollowAgent("ann")
		second.wants(t, "the next one", true)
		if s.made != 2 {
			t.Errorf("%d subscriptions were made", s.made)
		}
		second.Close()
	})
}
