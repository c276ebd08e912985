package delivery

import (
	"context"
	"time"

	"intake/internal/clock"
	"intake/internal/lead"
)

// sighting is when this process first saw a doubt.
type sighting struct {
	attempt int
	at      clock.Mark
}

// resend repeats the doubts that have settled, where the policy allows that: the store looks at the
// wall clock, from the end of the call, and this process at the time that it has watched the doubt
// itself. So a clock that jumps, or a restart, can only make the wait longer.
func (c *Courier) resend(ctx context.Context) {
	if c.Settle == 0 {
		return
	}
	doubts, err := c.Doubts.Doubts(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Log.Error("list doubts", "cause", err.Error())
		}
		return
	}
	c.watch(doubts)
	for _, doubt := range doubts {
		if c.Clock.Passed(c.doubts[doubt.ID].at) < c.Settle {
			continue
		}
		if !c.claim(ctx, lead.Send, func(_ int, leaseUntil time.Time) ([]lead.Lead, error) {
			return c.Doubts.ClaimDoubt(ctx, doubt, c.Settle, c.Owner, leaseUntil)
		}) {
			return
		}
	}
}

// watch notes new doubts and forgets those that are settled.
func (c *Courier) watch(doubts []lead.Lead) {
	seen := make(map[lead.PartnerID]sighting, len(doubts))
	for _, doubt := range doubts {
		s, known := c.doubts[doubt.ID]
		if !known || s.attempt != doubt.Attempt {
			s = sighting{doubt.Attempt, c.Clock.Mark()}
		}
		seen[doubt.ID] = s
	}
	c.doubts = seen
}

// lookForHalt tells when createLead is halted and when it goes on.
func (c *Courier) lookForHalt(ctx context.Context) {
	since, why, err := c.Holds.Halted(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Log.Error("look for a halt", "cause", err.Error())
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

// lookForRestore tells when nothing goes out because the database came from a backup, and when it goes on.
func (c *Courier) lookForRestore(ctx context.Context) {
	since, waits, err := c.Holds.Restored(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.Log.Error("look for a restore", "cause", err.Error())
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

const orphansAtOnce = 100

// reconcile lists what is stuck for a reason that nobody thought of, and asks what has become of leads
// that were closed without a result, as many at a time as there are workers.
func (c *Courier) reconcile(ctx context.Context) {
	c.listOrphans(ctx)
	c.claimDue(ctx, lead.LookBack)
}

func (c *Courier) listOrphans(ctx context.Context) {
	orphans, err := c.Queue.Orphans(ctx, c.gate.open() && c.ready(ctx), orphansAtOnce)
	if err != nil {
		if ctx.Err() == nil {
			c.Log.Error("look for orphans", "cause", err.Error())
		}
		return
	}
	for _, l := range orphans {
		c.Log.Error("lead is stuck", "lead", string(l.ID), "status", string(l.Status), "step", string(l.Step),
			"attempt", l.Attempt, "due", l.NextAttemptAt, "lease", l.LeaseUntil)
	}
	c.Log.Info("looked for stuck leads", "found", len(orphans))
}
