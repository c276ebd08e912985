package delivery

import (
	"time"

	"intake/alleviate"
)

// Trouble is why leads wait although they are accepted.
type Trouble string

// The troubles that a person should know of.
const (
	Credentials Trouble = "credentials" // a credential, a permission or our address is refused
	NoToken     Trouble = "token"       // no token is to be had
	Outage      Trouble = "outage"      // calls fail, one after the other
	Throttled   Trouble = "throttled"   // Alleviate has asked for silence for longer than is usual
	Halted      Trouble = "halted"      // too many doubts: a person has to resume
	Restored    Trouble = "restored"    // the database came from a backup: a person has to lift that
)

const (
	usualSilence = throttleMost + 5*time.Minute // nobody needs to know of one after which calls pass
	calmAfter    = backoffMost + 5*time.Minute  // a lead that failed is back within that time
)

// Troubled says whether leads wait because of t now. It asks nobody, and never blocks.
func (c *Courier) Troubled(t Trouble) bool {
	switch t {
	case Halted:
		return c.halted.Load()
	case Restored:
		return c.restored.Load()
	}
	return c.gate.troubled(t)
}

// blame is the trouble of the last calls. A probe that comes back does not end it, for it proves less
// than a lead: that nothing passes but probes would be told over and over again. It ends with the call
// that passes or, when no lead is there to try it, by itself.
type blame struct {
	trouble Trouble
	since   time.Time
	calmAt  time.Time
}

// put notes trouble at now, for which the gate is shut until then.
func (b *blame) put(t Trouble, now, until time.Time) {
	if b.trouble != t || !now.Before(b.calmAt) {
		b.trouble, b.since = t, now
	}
	b.calmAt = until.Add(calmAfter)
}

func (b *blame) on(t Trouble, now time.Time) bool {
	if b.trouble != t || !now.Before(b.calmAt) {
		return false
	}
	return t != Throttled || now.Sub(b.since) > usualSilence
}

func troubleOf(err error) Trouble {
	switch KindOf(err) {
	case alleviate.Credentials:
		return Credentials
	case alleviate.Throttled:
		return Throttled
	}
	return Outage
}
