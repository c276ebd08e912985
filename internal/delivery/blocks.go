package delivery

import (
	"errors"
	"maps"
	"sync"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

// blockedAlone is how often a lead is blocked on the way, while the calls of others get through,
// until a person has to look at it.
const blockedAlone = 3

// forgetBlockAfter is how long a lead may go without being blocked again before its count is dropped. It
// is longer than any pause between two attempts; a lead that was erased or closed meanwhile never comes back.
const forgetBlockAfter = 24 * time.Hour

// blocks tells a lead that something between us and Alleviate refuses for its own sake, as a
// firewall does that dislikes an answer, from an outage that refuses everybody. It counts in memory:
// after a restart a lead is tried a few times more, and that is all.
type blocks struct {
	mu       sync.Mutex
	answered map[lead.Step]int // calls that got through to Alleviate
	byLead   map[lead.PartnerID]block
}

type block struct {
	times    int
	answered int       // as it was the last time
	at       time.Time // the last time
}

// alone says whether err blocks the lead for the third time, with calls of other leads for the same
// step getting through in between.
func (b *blocks) alone(id lead.PartnerID, step lead.Step, err error, now time.Time) bool {
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
	return last.times >= blockedAlone
}

// ended notes a call that got through, and drops the count of a lead that did or that a person decides now.
func (b *blocks) ended(id lead.PartnerID, step lead.Step, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if answered(err) {
		if b.answered == nil {
			b.answered = map[lead.Step]int{}
		}
		b.answered[step]++
	}
	if answered(err) || b.byLead[id].times >= blockedAlone {
		delete(b.byLead, id)
	}
}

// forgetOld drops the counts of leads that were not blocked again for so long, as of those that were erased.
func (b *blocks) forgetOld(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.byLead, func(_ lead.PartnerID, last block) bool { return now.Sub(last.at) >= forgetBlockAfter })
}

func blocked(err error) bool {
	failure, ok := errors.AsType[*alleviate.Error](err)
	return ok && failure.Blocked
}
