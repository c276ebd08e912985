package delivery

import (
	"errors"
	"maps"
	"sync"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

// maxBlocks is how often a lead must be blocked on the way to Alleviate, while calls of other leads get
// through, before it is parked for a person.
const maxBlocks = 3

// forgetBlockAfter is how long a lead may go without being blocked again before its count is dropped. It
// is longer than any pause between two attempts; a lead that was erased or closed meanwhile never comes back.
const forgetBlockAfter = 24 * time.Hour

// blocks tells a lead that something between us and Alleviate refuses because of its content, such as a web
// application firewall, from an outage that refuses every lead. The counts are in memory only: a restart
// costs a few more tries.
type blocks struct {
	mu       sync.Mutex
	answered map[lead.Step]int // calls that got through to Alleviate
	byLead   map[lead.PartnerID]block
}

type block struct {
	times    int
	answered int       // as it was the last time
	at       time.Time // of the last time
}

// countBlock counts a blocked call and says whether the lead must be parked: it was blocked for the third
// time, with calls of other leads for the same step getting through in between.
func (b *blocks) countBlock(id lead.PartnerID, step lead.Step, err error, now time.Time) bool {
	if !blocked(err) {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	last, again := b.byLead[id]
	if !again || last.answered != b.answered[step] {
		last.times++
	}
	last.answered, last.at = b.answered[step], now
	if b.byLead == nil {
		b.byLead = map[lead.PartnerID]block{}
	}
	b.byLead[id] = last
	return last.times >= maxBlocks
}

// callEnded counts a call that got through, and drops the count of a lead that did, or that is parked now.
func (b *blocks) callEnded(id lead.PartnerID, step lead.Step, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if answered(err) {
		if b.answered == nil {
			b.answered = map[lead.Step]int{}
		}
		b.answered[step]++
	}
	if answered(err) || b.byLead[id].times >= maxBlocks {
		delete(b.byLead, id)
	}
}

// forgetOld drops counts older than forgetBlockAfter, such as those of leads that were erased.
func (b *blocks) forgetOld(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.byLead, func(_ lead.PartnerID, last block) bool { return now.Sub(last.at) >= forgetBlockAfter })
}

func blocked(err error) bool {
	failure, ok := errors.AsType[*alleviate.Error](err)
	return ok && failure.Blocked
}
