// Package live tells open pages which leads have changed. A process reads the changes once, however many pages are open,
// and nobody who reads slowly keeps the others waiting.
package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"intake/internal/lead"
)

const (
	maxWaiting = 64          // leads that wait for one follower; with more it reads everything again
	maxAgents  = 10_000      // leads whose agent is remembered
	retryEvery = time.Second // after the store could not be read
)

// Source has the changes of leads, by this process and others.
type Source interface {
	// Subscribe tells of all changes that are committed from now on.
	Subscribe(ctx context.Context) (Subscription, error)
	// AgentOf is the key of the agent who typed a lead; empty for a consumer's own. It never changes.
	AgentOf(ctx context.Context, id lead.PartnerID) (key string, err error)
}

// Subscription is one reader of the changes.
type Subscription interface {
	Ready() <-chan struct{} // receives when there is something to take
	Take() News
	Close()
}

// News is which leads have changed since the last call.
type News struct {
	Leads  []lead.PartnerID
	Missed bool // there were too many to name
}

// Hub reads the changes of leads while somebody follows, and tells each follower of those that are theirs.
type Hub struct {
	source Source
	log    *slog.Logger
	wake   chan struct{}             // a follower came or left
	agents map[lead.PartnerID]string // whose lead it is; only the goroutine of Run uses it

	mu      sync.Mutex
	byAgent map[string]map[*Follower]bool
	byLead  map[lead.PartnerID]map[*Follower]bool
}

// New makes a hub. It reads nothing before Run.
func New(source Source, log *slog.Logger) *Hub {
	return &Hub{
		source: source, log: log, wake: make(chan struct{}, 1),
		byAgent: map[string]map[*Follower]bool{}, byLead: map[lead.PartnerID]map[*Follower]bool{}, agents: map[lead.PartnerID]string{},
	}
}

// Run reads changes until ctx ends.
func (h *Hub) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if h.hasFollowers() {
			h.relay(ctx)
		}
		select {
		case <-ctx.Done():
		case <-h.wake:
		}
	}
}

// relay passes changes on until nobody follows any more, or ctx ends.
func (h *Hub) relay(ctx context.Context) {
	changes, err := h.source.Subscribe(ctx)
	if err != nil {
		h.log.Error("follow changes", "cause", err.Error())
		time.AfterFunc(retryEvery, h.wakeUp)
		return
	}
	defer changes.Close()
	h.refreshAll() // for what changed before the subscription
	var unread []lead.PartnerID
	for ctx.Err() == nil && h.hasFollowers() {
		var retry <-chan time.Time
		if len(unread) > 0 {
			retry = time.After(retryEvery)
		}
		select {
		case <-ctx.Done():
		case <-h.wake:
		case <-retry:
			unread = h.tell(ctx, unread)
		case <-changes.Ready():
			news := changes.Take()
			if news.Missed {
				h.refreshAll()
			}
			unread = h.tell(ctx, append(unread, news.Leads...))
		}
	}
}

// tell passes on that leads have changed. It returns those whose agent could not be read.
func (h *Hub) tell(ctx context.Context, ids []lead.PartnerID) (unread []lead.PartnerID) {
	for _, id := range ids {
		h.tellFollowersOf(id)
		if !h.followsAgents() {
			continue
		}
		key, err := h.agentOf(ctx, id)
		if err != nil {
			h.log.Error("read whose lead has changed", "lead", string(id), "cause", err.Error())
			unread = append(unread, id)
			continue
		}
		h.tellAgent(key, id)
	}
	if len(unread) > maxWaiting { // nobody can be told of so many
		h.refreshAll()
		return nil
	}
	return unread
}

// agentOf remembers what it has read: the same lead changes several times within seconds.
func (h *Hub) agentOf(ctx context.Context, id lead.PartnerID) (string, error) {
	if key, known := h.agents[id]; known {
		return key, nil
	}
	key, err := h.source.AgentOf(ctx, id)
	if err != nil {
		return "", err
	}
	if len(h.agents) >= maxAgents {
		clear(h.agents)
	}
	h.agents[id] = key
	return key, nil
}

func (h *Hub) hasFollowers() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.byAgent)+len(h.byLead) > 0
}

func (h *Hub) followsAgents() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.byAgent) > 0
}

func (h *Hub) tellFollowersOf(id lead.PartnerID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for f := range h.byLead[id] {
		f.add(id)
	}
}

func (h *Hub) tellAgent(key string, id lead.PartnerID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for f := range h.byAgent[key] {
		f.add(id)
	}
}

func (h *Hub) refreshAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, followers := range h.byAgent {
		for f := range followers {
			f.addAll()
		}
	}
	for _, followers := range h.byLead {
		for f := range followers {
			f.addAll()
		}
	}
}

func (h *Hub) wakeUp() {
	select {
	case h.wake <- struct{}{}:
	default: // it will look
	}
}
