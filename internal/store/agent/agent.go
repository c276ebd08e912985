// Package agent keeps who types leads at the desk, so that a lead holds a number and not a long key.
package agent

import (
	"context"
	"fmt"
	"sync"
	"time"

	"intake/internal/clock"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

const (
	seenEvery  = time.Hour       // how exactly the time is known at which an agent was seen last
	writeLimit = 5 * time.Second // somebody is waiting
)

// row is a row of the table.
type row struct {
	id          int64
	agent       lead.Agent
	firstSeenAt time.Time
	lastSeenAt  time.Time
}

var columns = table.Of[row]{
	"id":            func(r *row) any { return &r.id },
	"key":           func(r *row) any { return &r.agent.Key },
	"name":          func(r *row) any { return &r.agent.Name },
	"first_seen_at": func(r *row) any { return table.Millis(&r.firstSeenAt) },
	"last_seen_at":  func(r *row) any { return table.Millis(&r.lastSeenAt) },
}

// IsOf is the condition of leads and drafts of the agent whose key is $1, as the indexes lead_agent and draft_agent have it.
const IsOf = "agent_id = (select id from agent where key = $1) and agent_id <> 0"

const selectOne = "select id, key, name, last_seen_at from agent where key = $1"

// upsert keeps the name when the new one is empty: of a draft the key alone is known.
var upsert = table.Named(`insert into agent (key, name, first_seen_at, last_seen_at) values (:key, :name, :first_seen_at, :last_seen_at)
	on conflict (key) do update set last_seen_at = excluded.last_seen_at, name = case when excluded.name = '' then agent.name else excluded.name end`)

// Agents are those that this process has seen, by key, so that an agent who is known needs no statement.
type Agents struct {
	engine db.Engine
	clock  *clock.Clock

	mu       sync.RWMutex
	known    map[string]row
	database string // the id of the database that they were read from; empty: not known yet
}

// New knows no agents yet.
func New(e db.Engine, c *clock.Clock) *Agents {
	return &Agents{engine: e, clock: c, known: map[string]row{}}
}

// ForgetOthers forgets the rows if the database has got another id: it was restored, and its numbers may mean other agents.
func (a *Agents) ForgetOthers(database string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.database != "" && a.database != database {
		a.known = map[string]row{}
	}
	a.database = database
}

// Of is the number of an agent; 0 for nobody, without a statement. An agent who is new, or has another name, is written
// first, in a transaction of its own that goes on when ctx ends. It fails only for one who is new: their lead would be
// nobody's.
func (a *Agents) Of(ctx context.Context, who lead.Agent) (int64, error) {
	if who.Key == "" {
		return 0, nil
	}
	now := a.clock.Now()
	a.mu.RLock()
	found, known := a.known[who.Key]
	a.mu.RUnlock()
	if known && (who.Name == "" || who.Name == found.agent.Name) && now.Before(found.lastSeenAt.Add(seenEvery)) {
		return found.id, nil
	}
	written, err := db.Write(ctx, a.engine, writeLimit, func(ctx context.Context, q db.Queries) (row, error) {
		if _, err := columns.Exec(ctx, q, upsert, &row{agent: who, firstSeenAt: now, lastSeenAt: now}); err != nil {
			return row{}, err
		}
		return columns.One(ctx, q, selectOne, who.Key)
	})
	switch {
	case err == nil:
		a.mu.Lock()
		a.known[who.Key] = written
		a.mu.Unlock()
		return written.id, nil
	case known:
		return found.id, nil
	}
	return 0, fmt.Errorf("write down an agent: %w", err)
}
