package delivery

import (
	"errors"
	"sync"

	"intake/alleviate"
	"intake/internal/lead"
)

// blockedAlone is how often a lead is blocked on the way, while the calls of others get through,
// until a person has to look at it.
const blockedAlone = 3

// blocks tells a lead that something between us and Alleviate refuses for its own sake, as a
// firewall does that dislikes an answer, from an outage that refuses everybody. It counts in memory:
// after a restart a lead is tried a few times more, and that is all.
type blocks struct {
	mu      sync.Mutex
	through map[lead.Step]int // calls that got through to Alleviate
	met     map[lead.PartnerID]block
}

type block struct {
	times   int
	through int // as it was the last time
}

// alone says whether err blocks the lead the third time, with calls of other leads for the same
// step getting through in between.
func (b *blocks) alone(id lead.PartnerID, step lead.Step, err error) bool {
	if !blocked(err) {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	met, again := b.met[id]
	if !again || met.through != b.through[step] {
		met.times++
	}
	met.through = b.through[step]
	if b.met == nil {
		b.met = map[lead.PartnerID]block{}
	}
	b.met[id] = met
	return met.times >= blockedAlone
}

// ended notes a call that got through, and forgets a lead that did or that a person looks at now.
func (b *blocks) ended(id lead.PartnerID, step lead.Step, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if answered(err) {
		if b.through == nil {
			b.through = map[lead.Step]int{}
		}
		b.through[step]++
	}
	if answered(err) || b.met[id].times >= blockedAlone {
		delete(b.met, id)
	}
}

func blocked(err error) bool {
	failure, ok := errors.AsType[*alleviate.Error](err)
	return ok && failure.Blocked
}
