package simulator

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// mood is what chance does to one call. The zero mood does nothing.
type mood struct {
	fault   *Fault
	latency time.Duration
	life    int  // of a token, in seconds; 0 leaves it alone
	dress   bool // shuffled keys and unknown extra fields
	order   uint64
}

// mood throws the dice for a call. They are a hash of seed, operation, key and attempt, so that the same seed
// brings the same faults however the calls are interleaved.
func (sc *script) mood(e Entry) mood {
	if !sc.isHostile() || e.Operation == opElsewhere {
		return mood{}
	}
	m := mood{
		fault:   sc.accident(e),
		latency: time.Duration(sc.roll("latency", e)%50) * time.Millisecond,
		order:   sc.roll("order", e),
	}
	if e.Operation == opToken {
		m.life = 60 + int(sc.roll("life", e)%3540)
		return m
	}
	m.dress = sc.roll("dress", e)%2 == 0
	return m
}

// accident picks from a hundred: 5 refused tokens, 2 times 429, 2 times 503 with Retry-After, 1 answer lost
// after the work. A refused token is refused once: the attempt after it is not refused again.
func (sc *script) accident(e Entry) *Fault {
	wait := fmt.Sprint(1 + sc.roll("wait", e)%2)
	switch n := sc.roll("accident", e) % 100; {
	case n < 5:
		if e.Operation == opToken || sc.refusedBefore(e) {
			return nil
		}
		return &Fault{Name: "401"}
	case n < 7:
		return &Fault{Name: "429", RetryAfter: wait}
	case n < 9:
		return &Fault{Name: "503", RetryAfter: wait}
	case n < 10:
		return &Fault{Name: "cut", When: after}
	}
	return nil
}

func (sc *script) refusedBefore(e Entry) bool {
	if e.Attempt <= 1 {
		return false
	}
	e.Attempt--
	return sc.roll("accident", e)%100 < 5
}

// roll is a number that depends on nothing but its arguments and the seed.
func (sc *script) roll(purpose string, e Entry) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%s\n%s\n%d", sc.seed, purpose, e.Operation, e.Key, e.Attempt))
	return binary.BigEndian.Uint64(sum[:8])
}

// disguise changes what a tolerant reader must not notice.
func (m mood) disguise(a answer) answer {
	if !m.dress || a.status/100 != 2 {
		return a
	}
	a.body = shuffle(withExtras(a.body), m.order)
	return a
}

// digest stands for a value that must not be read back from a key.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8])
}
