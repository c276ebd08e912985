package live

import (
	"slices"
	"sync"

	"intake/internal/lead"
)

// Follower is told of the changes of one agent's leads, or of one lead. It must be closed.
type Follower struct {
	hub   *Hub
	agent string         // empty: it follows a lead
	lead  lead.PartnerID // empty: it follows an agent
	ready chan struct{}

	mu    sync.Mutex
	leads []lead.PartnerID
	all   bool
}

// FollowAgent tells of changes of the leads that the agent with this key typed. The first thing that it tells is to read
// everything: what changed before is not told.
func (h *Hub) FollowAgent(key string) *Follower {
	f := &Follower{hub: h, agent: key, ready: make(chan struct{}, 1)}
	return h.follow(f)
}

// FollowLead tells of changes of one lead, beginning as FollowAgent does.
func (h *Hub) FollowLead(id lead.PartnerID) *Follower {
	f := &Follower{hub: h, lead: id, ready: make(chan struct{}, 1)}
	return h.follow(f)
}

func (h *Hub) follow(f *Follower) *Follower {
	f.addAll()
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.lead != "" {
		addTo(h.byLead, f.lead, f)
	} else {
		addTo(h.byAgent, f.agent, f)
	}
	h.wakeUp()
	return f
}

func addTo[K comparable](followers map[K]map[*Follower]bool, key K, f *Follower) {
	if followers[key] == nil {
		followers[key] = map[*Follower]bool{}
	}
	followers[key][f] = true
}

func removeFrom[K comparable](followers map[K]map[*Follower]bool, key K, f *Follower) {
	delete(followers[key], f)
	if len(followers[key]) == 0 {
		delete(followers, key)
	}
}

// Close ends it. It may be called twice.
func (f *Follower) Close() {
	h := f.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.lead != "" {
		removeFrom(h.byLead, f.lead, f)
	} else {
		removeFrom(h.byAgent, f.agent, f)
	}
	h.wakeUp()
}

// Ready receives when there is something to take.
func (f *Follower) Ready() <-chan struct{} { return f.ready }

// Take returns which leads have changed since the last call, each once, in their order. With all true it may be any:
// everything is to be read again.
func (f *Follower) Take() (leads []lead.PartnerID, all bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	leads, all = f.leads, f.all
	f.leads, f.all = nil, false
	return leads, all
}

func (f *Follower) add(id lead.PartnerID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.all && !slices.Contains(f.leads, id) {
		f.leads = append(f.leads, id)
	}
	if len(f.leads) > maxWaiting {
		f.leads, f.all = nil, true
	}
	f.signal()
}

func (f *Follower) addAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leads, f.all = nil, true
	f.signal()
}

// signal is called with the lock held.
func (f *Follower) signal() {
	select {
	case f.ready <- struct{}{}:
	default: // it was told before
	}
}
