package delivery

import (
	"time"

	"intake/alleviate"
)

// Trouble is a reason why accepted leads are not delivered.
type Trouble string

// The troubles that an operator should know of.
const (
	Credentials Trouble = "credentials" // a credential, a permission or our address is refused
	NoToken     Trouble = "token"       // there is no access token
	Outage      Trouble = "outage"      // calls fail, one after the other
	Throttled   Trouble = "throttled"   // Alleviate has throttled us for longer than usual
	Halted      Trouble = "halted"      // too many leads in doubt: a person must resume
	Restored    Trouble = "restored"    // the database came from a backup: a person must lift the hold
)

const (
	usualThrottle = throttleWaitMax + 5*time.Minute // shorter throttling needs no operator
	clearAfter    = backoffMax + 5*time.Minute      // a lead that failed is retried within that time
)

// HasTrouble says whether leads wait because of t now. It reads memory only and never blocks.
func (c *Courier) HasTrouble(t Trouble) bool {
	switch t {
	case Halted:
		return c.halted.Load()
	case Restored:
		return c.restored.Load()
	}
	return c.gate.hasTrouble(t)
}

// recentTrouble is the trouble of the last calls. It ends with a call that succeeds or, when no lead is there to
// try, by itself at clearsAt. A probe that succeeds does not end it: while only probes succeed, the trouble
// would be logged as ended and begun again and again.
type recentTrouble struct {
	trouble  Trouble
	since    time.Time
	clearsAt time.Time
}

// note records at now that trouble t closed the gate until the given time.
func (b *recentTrouble) note(t Trouble, now, until time.Time) {
	if b.trouble != t || !now.Before(b.clearsAt) {
		b.trouble, b.since = t, now
	}
	b.clearsAt = until.Add(clearAfter)
}

func (b *recentTrouble) active(t Trouble, now time.Time) bool {
	if b.trouble != t || !now.Before(b.clearsAt) {
		return false
	}
	return t != Throttled || now.Sub(b.since) > usualThrottle
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
