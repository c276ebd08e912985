package delivery

import (
	"context"
	"slices"
	"time"

	"intake/internal/clock"
	"intake/internal/lead"
)

// firstSeen is when this process first saw a lead in doubt.
type firstSeen struct {
	attempt int
	at      clock.Mark
}

// listResends lists the leads in doubt that have waited for ResendAfter, where the policy allows to send them
// once more. Both clocks must agree: the store compares wall-clock times from the end of the call, and this
// process measures how long it has seen the doubt. So a clock that jumps, or a restart, can only make the wait longer.
func (c *Courier) listResends(ctx context.Context) {
	if c.ResendAfter == 0 {
		return
	}
	doubts, err := c.Doubts.Doubts(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Log.Error("list doubts", "cause", err.Error())
		}
		return
	}
	c.trackDoubts(doubts)
	c.resends = slices.DeleteFunc(doubts, func(d lead.Lead) bool { return c.Clock.Passed(c.doubts[d.ID].at) < c.ResendAfter })
}

// resend sends what listResends listed. It returns false when no call may go out now, or the pace leaves no room:
// the others follow before new leads. While createLead is halted it does nothing.
func (c *Courier) resend(ctx context.Context) bool {
	for len(c.resends) > 0 && !c.halted.Load() {
		doubt := c.resends[0]
		if !c.claim(ctx, lead.Send, func(_ int, leaseUntil time.Time) ([]lead.Lead, error) {
			return c.Doubts.ClaimDoubt(ctx, doubt, c.ResendAfter, c.Owner, leaseUntil)
		}) {
			return false
		}
		c.resends = c.resends[1:]
	}
	return true
}

// trackDoubts adds new doubts and drops those that are resolved.
func (c *Courier) trackDoubts(doubts []lead.Lead) {
	seen := make(map[lead.PartnerID]firstSeen, len(doubts))
	for _, doubt := range doubts {
		s, known := c.doubts[doubt.ID]
		if !known || s.attempt != doubt.Attempt {
			s = firstSeen{doubt.Attempt, c.Clock.Mark()}
		}
		seen[doubt.ID] = s
	}
	c.doubts = seen
}

// checkHalt logs when createLead is halted and when it is resumed.
func (c *Courier) checkHalt(ctx context.Context) {
	since, why, err := c.Holds.Halted(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Log.Error("check for a halt", "cause", err.Error())
		}
		return
	}
	halted := !since.IsZero()
	was := c.halted.Swap(halted)
	if halted && !was {
		c.Log.Error("createLead is halted until a person resumes it: intake leads resume", "since", since, "why", why)
	}
	if !halted && was {
		c.Log.Info("createLead goes on")
	}
}

// checkRestore logs when delivery stops because the database came from a backup, and when it goes on.
func (c *Courier) checkRestore(ctx context.Context) {
	since, waits, err := c.Holds.Restored(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Log.Error("check for a restore", "cause", err.Error())
		}
		return
	}
	was := c.restored.Swap(waits)
	if waits && !was {
		c.Log.Error("nothing goes out: the database came from a backup; intake restore -lift -reason WHY", "restored", since)
	}
	if !waits && was {
		c.Log.Info("delivery goes on after a restore")
	}
}

const orphanLimit = 100

// LogStuck logs leads that are stuck for an unknown reason. It changes nothing. One process does it for all, since each would
// log the same leads. It is safe beside Run: it only looks at the gate.
func (c *Courier) LogStuck(ctx context.Context) error {
	open := c.gate.isOpen() && !c.gate.needsProbe() && c.Backend.Ready(ctx) == nil
	orphans, err := c.Queue.Orphans(ctx, open, orphanLimit)
	if err != nil {
		return err
	}
	for _, l := range orphans {
		c.Log.Error("lead is stuck", "lead", string(l.ID), "status", string(l.Status), "step", string(l.Step),
			"attempt", l.Attempt, "due", l.NextAttemptAt, "lease", l.LeaseUntil)
	}
	c.Log.Info("looked for stuck leads", "found", len(orphans))
	return nil
}
